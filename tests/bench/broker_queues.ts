import { Buffer } from "node:buffer";
import { Consumer, Producer } from "@platformatic/kafka";
import { CompressionTypes, Kafka, logLevel, Partitioners } from "kafkajs";
import { openBroker } from "tinman";
import { MemoryQueue, type QueueClient } from "tinman/broker";
import { createWallClock } from "../../src/platform/mod.ts";

/** Something that records are put into and taken out of. */
export interface Queue extends AsyncDisposable {
  readonly name: string;
  /** Puts records of so many bytes into a topic; so many are on their way at once, or wait for one answer. */
  produce(topic: string, count: number, options: { readonly bytes: number; readonly ahead: number }): Promise<void>;
  /** Takes all out, from the first on. Some give the rate themselves: that of what came behind the first batch. */
  consume(topic: string, count: number): Promise<number | void>;
  delete(topic: string): Promise<void>;
}

/** kafkajs: five requests under way, each with a batch. */
export async function openKafkajs(bootstrap: string): Promise<Queue> {
  const kafka = new Kafka({ clientId: "bench", brokers: [bootstrap], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  const admin = kafka.admin();
  await Promise.all([producer.connect(), admin.connect()]);
  return {
    name: "kafkajs",
    produce: (topic, count, { bytes, ahead }) => {
      const value = Buffer.alloc(bytes);
      const messages = Array.from({ length: ahead }, () => ({ value }));
      const compression = CompressionTypes.None;
      return inFlight(count / ahead, () => producer.send({ topic, messages, acks: -1, compression }), lanesOf(ahead));
    },
    async consume(topic, count) {
      const consumer = kafka.consumer({
        groupId: crypto.randomUUID(),
        maxBytesPerPartition: 2 ** 20,
        maxWaitTimeInMs: 50,
      });
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      const rate = new Rate(count);
      await consumer.run({
        autoCommit: false,
        eachBatch: ({ batch }) => {
          rate.came(batch.messages.length);
          return Promise.resolve();
        },
      });
      const perSecond = await rate.done;
      await consumer.disconnect();
      return perSecond;
    },
    delete: (topic) => admin.deleteTopics({ topics: [topic] }),
    async [Symbol.asyncDispose]() {
      await Promise.all([producer.disconnect(), admin.disconnect()]);
    },
  };
}

/** `@platformatic/kafka`: five requests under way, each with a batch. */
export function openPlatformatic(bootstrap: string, client: QueueClient): Queue {
  const options = { clientId: "bench", bootstrapBrokers: [bootstrap] };
  const producer = new Producer<Uint8Array, Uint8Array, Uint8Array, Uint8Array>(
    { ...options, autocreateTopics: true } as never,
  );
  return {
    name: "@platformatic/kafka",
    async produce(topic, count, { bytes, ahead }) {
      await client.createTopic(topic);
      const value = Buffer.alloc(bytes);
      const messages = Array.from({ length: ahead }, () => ({ topic, value }));
      await inFlight(count / ahead, () => producer.send({ messages, acks: -1 } as never), lanesOf(ahead));
    },
    async consume(topic, count) {
      const consumer = new Consumer(
        { ...options, groupId: crypto.randomUUID(), maxBytes: 2 ** 24, maxWaitTime: 50 } as never,
      );
      const stream = await consumer.consume({ topics: [topic], mode: "earliest", autocommit: false } as never);
      const rate = new Rate(count);
      for await (const _ of stream) if (rate.came(1)) break;
      await stream.close();
      await consumer.close(true);
      return await rate.done;
    },
    delete: async (topic) => void await client.deleteTopic(topic),
    [Symbol.asyncDispose]: async () => void await producer.close(),
  };
}

/** Whatever speaks our contract: batches, five under way, and fetches of up to 10,000 records. */
export function queueOf(name: string, client: QueueClient, end: () => Promise<void> = () => client.close()): Queue {
  return {
    name,
    produce(topic, count, { bytes, ahead }) {
      const records = Array.from({ length: ahead }, () => ({ value: new Uint8Array(bytes) }));
      return inFlight(count / ahead, () => client.produceBatch(topic, records), lanesOf(ahead));
    },
    async consume(topic, count) {
      for (let offset = 0; offset < count;) {
        const found = await client.fetch(topic, { offset, maxRecords: 10_000, maxBytes: 2 ** 24 });
        offset += found.length;
      }
    },
    delete: async (topic) => void await client.deleteTopic(topic),
    [Symbol.asyncDispose]: end,
  };
}

/** EmbeddedBroker.connect(), in this process. */
export async function openEmbedded(): Promise<Queue> {
  const broker = await openBroker({ port: 0 });
  const client = await broker.connect();
  return queueOf("EmbeddedBroker in process", client, async () => {
    await client.close();
    await broker.stop();
  });
}

/** MemoryQueue, in this process. */
export async function openMemory(): Promise<Queue> {
  const broker = new MemoryQueue({ clock: createWallClock(), maxBytes: 2 ** 31 });
  await broker.start();
  return queueOf("MemoryQueue", await broker.connect(), () => broker.stop());
}

/** Who has one record ahead has one request on its way. */
const lanesOf = (ahead: number) => ahead === 1 ? 1 : 5;

async function inFlight(count: number, send: () => Promise<unknown>, lanes: number): Promise<void> {
  let left = Math.ceil(count);
  await Promise.all(Array.from({ length: lanes }, async () => {
    while (left-- > 0) await send();
  }));
}

/** The rate of what comes behind the first batch, so that joining a group is not in it. */
class Rate {
  readonly #count: number;
  readonly #done = Promise.withResolvers<number>();
  #seen = 0;
  #first = 0;
  #startMs = 0;

  constructor(count: number) {
    this.#count = count;
  }

  get done(): Promise<number> {
    return this.#done.promise;
  }

  came(count: number): boolean {
    if (this.#seen === 0) [this.#first, this.#startMs] = [count, performance.now()];
    this.#seen += count;
    if (this.#seen < this.#count) return false;
    this.#done.resolve((this.#seen - this.#first) / (performance.now() - this.#startMs) * 1000);
    return true;
  }
}
