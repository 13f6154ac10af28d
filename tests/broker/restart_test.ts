// Goal: clients that are at work when the broker is killed go on when it is there again, and each record that was
// acknowledged reaches the group. Method: a producer and a group member of each client, a broker in a process of its own
// that is killed while they work and started again on the same port and folder.
import assert from "node:assert/strict";
import { Producer, stringSerializers } from "@platformatic/kafka";
import { Kafka, logLevel, Partitioners } from "kafkajs";
import { openKafka } from "tinman";
import { temporaryFolder } from "../promises/_folder.ts";
import { startBrokerProcess } from "./_broker.ts";
import { hasKcat, lines, startKcat } from "./_kcat.ts";

// Clients start timers of their own, and their sockets end a moment after they say that they have.
const loose = { sanitizeOps: false, sanitizeResources: false };

/** What works on a topic `t`. */
interface Client extends AsyncDisposable {
  /** Sends a record, again where that fails. */
  send(value: string): Promise<void>;
  /** Ends the producer; resolves when all was acknowledged. */
  flush(): Promise<void>;
}

type Open = (bootstrap: string, onValue: (value: string) => void) => Promise<Client>;

const clients: readonly (readonly [name: string, open: Open, isThere: boolean])[] = [
  ["kafkajs", openKafkajs, true],
  ["@platformatic/kafka", openPlatformatic, true],
  ["kcat", openKcat, hasKcat],
];

for (const [name, open, isThere] of clients) {
  Deno.test({
    name: `${name}: a producer and a member of a group go on after the broker was killed${
      isThere ? "" : " (skipped: it is not installed)"
    }`,
    ignore: !isThere,
    ...loose,
    fn: async () => {
      using folder = temporaryFolder();
      const seen = new Set<string>();
      let wake = () => {};
      const sees = async (count: number) => {
        while (seen.size < count) await new Promise<void>((resolve) => wake = resolve);
      };
      // It ends behind the client, which says goodbye to it.
      await using brokers = new AsyncDisposableStack();
      const first = await startBrokerProcess(["--data", folder.path]);
      {
        await using queue = await openKafka(first.bootstrap);
        await queue.createTopic("t");
      }
      await using client = await open(first.bootstrap, (value) => {
        seen.add(value);
        wake();
      });
      let [sent, isEnding] = [0, false];
      const producing = (async () => {
        while (!isEnding) await client.send(`${sent++}`);
      })();
      await sees(30);
      await first.end("SIGKILL");
      const before = sent;
      const second = brokers.use(await startBrokerProcess(["--data", folder.path, "--listen", first.bootstrap]));
      await sees(before + 30);
      isEnding = true;
      await producing;
      await client.flush();
      await sees(sent);

      await using queue = await openKafka(second.bootstrap);
      const records = await queue.fetch("t", { offset: 0, maxRecords: 1e6, maxBytes: 1e9, waitMs: 0 });
      const values = records.map(({ value }) => new TextDecoder().decode(value!));
      // Idempotent producers: what was sent again is there once, and nothing has overtaken it.
      assert.deepEqual(values, Array.from({ length: sent }, (_, i) => `${i}`));
      assert.deepEqual([...seen].map(Number).sort((a, b) => a - b), values.map(Number));
    },
  });
}

async function openKafkajs(bootstrap: string, onValue: (value: string) => void): Promise<Client> {
  const retry = { initialRetryTime: 50, maxRetryTime: 200, retries: 100 };
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING, retry });
  const createPartitioner = Partitioners.DefaultPartitioner;
  const producer = kafka.producer({ createPartitioner, idempotent: true, maxInFlightRequests: 1, retry });
  await producer.connect();
  const consumer = kafka.consumer({ groupId: "g", maxWaitTimeInMs: 50, heartbeatInterval: 100, retry });
  await consumer.connect();
  await consumer.subscribe({ topic: "t", fromBeginning: true });
  await consumer.run({
    autoCommitThreshold: 1,
    eachMessage: ({ message }) => Promise.resolve(onValue(`${message.value}`)),
  });
  return {
    send: async (value) => void await producer.send({ topic: "t", messages: [{ value }] }),
    flush: () => producer.disconnect(),
    [Symbol.asyncDispose]: () => consumer.disconnect(),
  };
}

/** Its streams end when their connection does, so its member is a process that is started again, as people would. */
function openPlatformatic(bootstrap: string, onValue: (value: string) => void): Promise<Client> {
  const options = { clientId: "test", bootstrapBrokers: [bootstrap], retries: 100, retryDelay: 50 };
  const producer = new Producer({ ...options, serializers: stringSerializers, idempotent: true });
  const script = new URL("_consumer.ts", import.meta.url).pathname;
  let [isClosing, child] = [false, undefined as Deno.ChildProcess | undefined];
  const reading = (async () => {
    while (!isClosing) {
      const args = ["run", "-A", script, bootstrap, "classic"];
      child = new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "null" }).spawn();
      for await (const line of lines(child.stdout)) onValue(line);
      await child.status;
    }
  })();
  return Promise.resolve({
    send: async (value) => void await producer.send({ messages: [{ topic: "t", value }], acks: -1 }),
    flush: () => producer.close(),
    async [Symbol.asyncDispose]() {
      isClosing = true;
      child?.kill("SIGKILL");
      await reading;
    },
  });
}

/** One that is given lines, and one that prints them. */
function openKcat(bootstrap: string, onValue: (value: string) => void): Promise<Client> {
  const quick = ["-X", "reconnect.backoff.max.ms=100", "-X", "heartbeat.interval.ms=100"];
  const producer = startKcat([
    "-P",
    "-E",
    "-b",
    bootstrap,
    "-t",
    "t",
    "-X",
    "enable.idempotence=true",
    ...quick.slice(0, 2),
  ]);
  const consumer = startKcat(
    ["-E", "-b", bootstrap, "-G", "g", "-u", "-X", "auto.offset.reset=earliest", ...quick, "t"],
    onValue,
  );
  return Promise.resolve({
    async send(value) {
      await producer.write(`${value}\n`);
      // It says nothing of what was acknowledged, so that this is what holds us up.
      await new Promise((resolve) => setTimeout(resolve, 10));
    },
    flush: () => producer.end(),
    [Symbol.asyncDispose]: () => consumer.kill(),
  });
}
