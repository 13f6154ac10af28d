import { openBroker, openQueue } from "tinman";
import { startBrokerProcess } from "../broker/_broker.ts";
import { openKcat } from "./broker_kcat.ts";
import { openPeers } from "./broker_peers.ts";
import { openEmbedded, openKafkajs, openMemory, openPlatformatic, type Queue, queueOf } from "./broker_queues.ts";
import { isInstalled } from "./broker_servers.ts";
import { type Case, type Group, milliseconds, type Part, type PartMaker, perSecond, type Row } from "./harness.ts";

/** What stock clients and our own get through the broker, beside Redis Streams and NATS JetStream. */
export const brokerGroup: Group = {
  title: "broker",
  parts: [throughput(100, 100_000), throughput(1000, 20_000), inProcess, oneAtATime, latency, longTopic, memory, start],
};

const KAFKA_CLIENTS = ["kafkajs", "@platformatic/kafka", "KafkaQueueClient"];

/** Batches of a thousand in, everything out, through a broker in a process of its own. */
function throughput(bytes: number, full: number): PartMaker {
  return async ({ scale }) => {
    await using stack = new AsyncDisposableStack();
    const { queues, bootstrap } = await openAll(stack);
    const peers = (await openPeers()).map((peer) => stack.use(peer));
    const hasKcat = await isInstalled("kcat", "-V");
    if (!hasKcat) console.error("librdkafka is left out: kcat is not installed");
    const count = Math.max(2000, full * scale);
    const rows: Row[] = [];
    const add = (ours: string, work: "produce" | "consume", options: Partial<Row>) =>
      rows.push({ work: `${work}, ${ours}, ${bytes} B`, ours: `${ours} ${work}`, unit: "per second", ...options });
    const cases = [...queues, ...peers].flatMap((queue) => casesOf(queue, { count, bytes }));
    if (hasKcat) {
      const kcat = stack.use(await openKcat(bootstrap, { count: count * 5, bytes }));
      cases.push(...casesOf(kcat, { count: count * 5, bytes }));
      add("librdkafka", "produce", bytes === 100 ? { floor: { atLeast: 500_000 } } : {});
      add("librdkafka", "consume", bytes === 100 ? { floor: { atLeast: 1_000_000 } } : {});
      const kept = stack.use(await startBrokerProcess(["--data", "topics"]));
      const onDisk = stack.use(
        await openKcat(kept.bootstrap, { count: count * 5, bytes, name: "librdkafka, on disk" }),
      );
      cases.push(...casesOf(onDisk, { count: count * 5, bytes }));
      const floor = bytes === 100 ? { floor: { ratio: 0.7 } } : {};
      for (const work of ["produce", "consume"] as const) {
        add("librdkafka, on disk", work, { peer: `librdkafka ${work}`, ...floor });
      }
    }
    for (const ours of KAFKA_CLIENTS) {
      for (const { name } of peers) {
        // kafkajs spends most of the time in itself, whatever the broker.
        const floor = ours === "kafkajs" ? {} : { floor: { ratio: 1 } };
        add(ours, "produce", { peer: `${name} produce`, ...(name.startsWith("Redis") && floor) });
        add(ours, "consume", { peer: `${name} consume`, ...(name.startsWith("NATS") && floor) });
      }
      if (peers.length === 0) { for (const work of ["produce", "consume"] as const) add(ours, work, {}); }
    }
    return { cases, rows, ...disposing(stack) };
  };
}

/** The same without a socket. */
async function inProcess({ scale }: { readonly scale: number }): Promise<Part> {
  await using stack = new AsyncDisposableStack();
  const queues = [stack.use(await openEmbedded()), stack.use(await openMemory())];
  const count = Math.max(2000, 200_000 * scale);
  const rows = queues.flatMap(({ name }) =>
    ["produce", "consume"].map((work): Row => ({
      work: `${work}, ${name}, 100 B`,
      ours: `${name} ${work}`,
      unit: "per second",
      floor: { atLeast: 1_000_000 },
    }))
  );
  return { cases: queues.flatMap((queue) => casesOf(queue, { count, bytes: 100 })), rows, ...disposing(stack) };
}

/** Each record waits for its answer. */
async function oneAtATime({ scale }: { readonly scale: number }): Promise<Part> {
  await using stack = new AsyncDisposableStack();
  const { queues } = await openAll(stack);
  const peers = (await openPeers()).map((peer) => stack.use(peer));
  const count = Math.max(50, 2000 * scale);
  const cases = [...queues, ...peers].map((queue): Case => ({
    name: queue.name,
    async run() {
      const topic = name();
      const rate = await perSecond(count, () => queue.produce(topic, count, { bytes: 100, ahead: 1 }));
      await queue.delete(topic);
      return rate;
    },
  }));
  const rows = KAFKA_CLIENTS.flatMap((ours) =>
    [...peers.map(({ name }) => name), undefined].map((peer): Row => ({
      work: `one at a time, ${ours}, 100 B`,
      ours,
      peer,
      unit: "per second",
      ...(peer === undefined && { floor: { atLeast: 2000 } }),
    }))
  );
  return { cases, rows, ...disposing(stack) };
}

/** From produce() to what fetch() gives, through two clients of a broker in a process of its own. */
async function latency({ scale }: { readonly scale: number }): Promise<Part> {
  await using stack = new AsyncDisposableStack();
  const broker = stack.use(await startBrokerProcess());
  const producer = stack.use(await openQueue(`kafka://${broker.bootstrap}`));
  const consumer = stack.use(await openQueue(`kafka://${broker.bootstrap}`));
  await producer.createTopic("t");
  const count = Math.max(100, 2000 * scale);
  let offset = 0;
  const sample = async (part: number) => {
    const times: number[] = [];
    for (let i = 0; i < count; i++) {
      const startMs = performance.now();
      const arrived = consumer.fetch("t", { offset: offset++ }).then(() => performance.now() - startMs);
      await producer.produce("t", { value: new Uint8Array(100) });
      times.push(await arrived);
    }
    return times.sort((a, b) => a - b)[Math.floor(count * part)]!;
  };
  return {
    cases: [{ name: "p50", run: () => sample(0.5) }, { name: "p99", run: () => sample(0.99) }],
    rows: [
      { work: "end-to-end latency, p50", ours: "p50", unit: "ms", floor: { atMost: 10 } },
      { work: "end-to-end latency, p99", ours: "p99", unit: "ms", floor: { atMost: 50 } },
    ],
    ...disposing(stack),
  };
}

/** The last thousand records of a topic a hundred times as long. */
async function longTopic({ scale }: { readonly scale: number }): Promise<Part> {
  await using stack = new AsyncDisposableStack();
  const broker = stack.use(await openBroker({ port: 0 }));
  const client = stack.use(await broker.connect());
  const cases: Case[] = [];
  for (const [name, full] of [["short", 10_000], ["long", 1_000_000]] as const) {
    const count = Math.max(2000, full * scale);
    await queueOf(name, client).produce(name, count, { bytes: 100, ahead: 1000 });
    const times = Math.max(10, 200 * scale);
    const run = () =>
      perSecond(times * 1000, async () => {
        for (let i = 0; i < times; i++) await client.fetch(name, { offset: count - 1000, maxRecords: 1000 });
      });
    cases.push({ name, run });
  }
  const floor = { ratio: 0.8 };
  const rows: Row[] = [
    { work: "fetch from 1 M records beside 10 k", ours: "long", peer: "short", unit: "per second", floor },
  ];
  return { cases, rows, ...disposing(stack) };
}

/** What a broker in a process of its own takes when it holds a million records of 100 B, which are 100 MB. */
function memory({ scale }: { readonly scale: number }): Part {
  const count = Math.max(2000, 1_000_000 * scale);
  const run = async () => {
    await using broker = await startBrokerProcess();
    await using client = await openQueue(`kafka://${broker.bootstrap}`);
    await queueOf("", client).produce("t", count, { bytes: 100, ahead: 1000 });
    const status = await Deno.readTextFile(`/proc/${broker.pid}/status`);
    return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
  };
  if (Deno.build.os !== "linux") return { cases: [], rows: [] };
  return {
    cases: [{ name: "memory", run }],
    rows: [{ work: "memory at 1 M records of 100 B", ours: "memory", unit: "MB" }],
  };
}

/** Until clients can connect. */
function start(): Part {
  const run = async () => {
    let broker: Awaited<ReturnType<typeof openBroker>> | undefined;
    const ms = await milliseconds(async () => broker = await openBroker({ port: 0 }));
    await broker!.stop();
    return ms;
  };
  const row: Row = { work: "start, until the port is bound", ours: "start", unit: "ms", floor: { atMost: 100 } };
  return { cases: [{ name: "start", run }], rows: [row] };
}

async function openAll(stack: AsyncDisposableStack): Promise<{ queues: Queue[]; bootstrap: string }> {
  const { bootstrap } = stack.use(await startBrokerProcess());
  const client = await openQueue(`kafka://${bootstrap}`);
  const queues = [
    await openKafkajs(bootstrap),
    openPlatformatic(bootstrap, client),
    queueOf("KafkaQueueClient", client),
  ];
  for (const queue of queues.toReversed()) stack.use(queue);
  return { queues, bootstrap };
}

function casesOf(queue: Queue, { count, bytes }: { readonly count: number; readonly bytes: number }): Case[] {
  const kept = name();
  let filled: Promise<void> | undefined;
  return [
    {
      name: `${queue.name} produce`,
      async run() {
        const topic = name();
        const rate = await perSecond(count, () => queue.produce(topic, count, { bytes, ahead: 1000 }));
        await queue.delete(topic);
        return rate;
      },
    },
    {
      name: `${queue.name} consume`,
      async run() {
        await (filled ??= queue.produce(kept, count, { bytes, ahead: 1000 }));
        let own: number | void = undefined;
        const rate = await perSecond(count, async () => own = await queue.consume(kept, count));
        return own ?? rate;
      },
    },
  ];
}

let names = 0;
const name = () => `t${names++}`;

function disposing(stack: AsyncDisposableStack): AsyncDisposable {
  const moved = stack.move();
  return { [Symbol.asyncDispose]: () => moved.disposeAsync() };
}
