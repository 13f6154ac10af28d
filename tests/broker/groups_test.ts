import assert from "node:assert/strict";
import { type EachMessagePayload, Kafka, logLevel } from "kafkajs";
import { Admin, Consumer, Producer, stringDeserializers, stringSerializers } from "@platformatic/kafka";
import { openBroker } from "tinman";

// Clients start timers of their own, and their sockets end a moment after they say that they have.
const loose = { sanitizeOps: false, sanitizeResources: false };

// Goal: records reach a group whatever happens to its members. Method: real clients, one of them killed in its process.
for (const kind of ["consumer", "classic", "kafkajs"] as const) {
  const client = kind === "kafkajs" ? kind : `@platformatic/kafka, ${kind} protocol`;
  Deno.test(
    `${client}: members share, and take over from one that was killed`,
    loose,
    async () => {
      await using broker = await openBroker({ port: 0, groupHeartbeatMs: 100, groupSessionMs: 1000 });
      const options = { clientId: "test", bootstrapBrokers: [broker.bootstrap] };
      const admin = new Admin(options);
      await admin.createTopics({ topics: ["t"], partitions: 4, replicas: 1 });
      const producer = new Producer({ ...options, serializers: stringSerializers });
      const send = async (from: number) => {
        const messages = Array.from({ length: 40 }, (_, i) => ({ topic: "t", partition: i % 4, value: `${from + i}` }));
        await producer.send({ messages, acks: -1 });
      };
      await send(0);
      const seen: number[] = [];
      let wake = () => {};
      const until = async (isDone: () => boolean) => {
        while (!isDone()) await new Promise<void>((resolve) => wake = resolve);
      };
      await using _one = await consume(options, kind, (value) => {
        seen.push(Number(value));
        wake();
      });
      await until(() => seen.length === 40);

      const ofOther: number[] = [];
      const other = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", new URL("_consumer.ts", import.meta.url).pathname, broker.bootstrap, kind],
        stdout: "piped",
        stderr: "null",
      }).spawn();
      const reading = (async () => {
        let text = "";
        for await (const chunk of other.stdout.pipeThrough(new TextDecoderStream())) {
          const lines = (text + chunk).split("\n");
          text = lines.pop()!;
          ofOther.push(...lines.map(Number));
          wake();
        }
      })();
      // Until the other has a part, all records come to the first.
      let sent = 40;
      while (ofOther.length === 0) {
        await send(sent);
        sent += 40;
        await until(() => new Set([...seen, ...ofOther]).size === sent);
      }
      other.kill("SIGKILL");
      await Promise.all([other.status, reading]);
      await send(sent);
      sent += 40;
      await until(() => new Set([...seen, ...ofOther]).size === sent);
      const all = new Set([...seen, ...ofOther]);
      assert.deepEqual([...all].sort((a, b) => a - b), Array.from({ length: sent }, (_, i) => i));
      await Promise.all([admin.close(), producer.close()]);
    },
  );
}

Deno.test("a group that is of one protocol refuses the other, and tools see which it is", loose, async () => {
  await using broker = await openBroker({ port: 0, groupHeartbeatMs: 100 });
  const options = { clientId: "test", bootstrapBrokers: [broker.bootstrap] };
  const admin = new Admin(options);
  await admin.createTopics({ topics: ["t"], partitions: 1, replicas: 1 });
  await using _one = await consume(options, "consumer", () => {});
  const groups = await admin.listGroups({ types: ["consumer"] });
  assert.equal(groups.get("g")?.groupType, "consumer");
  const kafka = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING, retry: { retries: 0 } });
  const classic = kafka.consumer({ groupId: "g" });
  const crashed = new Promise<Error>((resolve) =>
    void classic.on("consumer.crash", ({ payload }) => resolve(payload.error))
  );
  await classic.connect();
  await classic.subscribe({ topic: "t" });
  classic.run({ eachMessage: () => Promise.resolve() }).catch(() => {});
  assert.match((await crashed).message, /protocol/i);
  await Promise.all([classic.disconnect(), admin.close()]);
});

/** A member that hands on the values that it sees. */
async function consume(
  options: { readonly clientId: string; readonly bootstrapBrokers: string[] },
  kind: "consumer" | "classic" | "kafkajs",
  onValue: (value: string) => void,
): Promise<AsyncDisposable> {
  if (kind === "kafkajs") {
    const kafka = new Kafka({ brokers: options.bootstrapBrokers, logLevel: logLevel.NOTHING });
    const member = kafka.consumer({ groupId: "g", maxWaitTimeInMs: 50, sessionTimeout: 1000, heartbeatInterval: 100 });
    await member.connect();
    await member.subscribe({ topic: "t", fromBeginning: true });
    const eachMessage = ({ message }: EachMessagePayload) => Promise.resolve(onValue(`${message.value}`));
    await member.run({ autoCommitThreshold: 1, eachMessage });
    return { [Symbol.asyncDispose]: () => member.disconnect() };
  }
  const consumer = new Consumer({
    ...options,
    groupId: "g",
    groupProtocol: kind,
    sessionTimeout: 1000,
    heartbeatInterval: 100,
    deserializers: stringDeserializers,
    maxWaitTime: 50,
  });
  const stream = await consumer.consume({ topics: ["t"], mode: "committed", fallbackMode: "earliest", autocommit: 10 });
  const reading = (async () => {
    for await (const { value } of stream) onValue(value);
  })();
  return {
    async [Symbol.asyncDispose]() {
      await consumer.close(true);
      await reading;
    },
  };
}
