// Goal: stock clients read a compacted topic of transactions as they should: what was committed last, nothing that was
// given up. Method: kafkajs writes and reads it, and our own client; the broker compacts many times meanwhile.
import assert from "node:assert/strict";
import { Kafka, logLevel } from "kafkajs";
import { openBroker, openQueue } from "tinman";
import { readTopic } from "tinman/broker";

Deno.test({
  name:
    "clients see of a compacted topic of transactions what was committed, each key once, and nothing that was given up",
  // kafkajs starts timers of its own and leaves some running.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using broker = await openBroker({ port: 0, cleanEveryMs: 20 });
    await using queue = await openQueue(broker.url);
    const kafka = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    const settings = { "cleanup.policy": "compact", "segment.bytes": "300", "min.cleanable.dirty.ratio": "0" };
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: "t", numPartitions: 1, configEntries }] });
    await admin.disconnect();
    const producer = kafka.producer({ transactionalId: "tx", maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    for (let i = 0; i < 40; i++) {
      const transaction = await producer.transaction();
      const isKept = i % 2 === 0;
      const messages = ["a", "b", isKept ? "c" : "given up"].map((key) => ({
        key,
        value: isKept ? `${i}` : "given up",
      }));
      await transaction.send({ topic: "t", messages });
      await (isKept ? transaction.commit() : transaction.abort());
    }
    await producer.disconnect();
    // One that is not of a transaction, so that the segments before it are full.
    for (let i = 0; i < 10; i++) {
      await queue.produce("t", { key: new TextEncoder().encode("end"), value: new Uint8Array(200) });
    }
    const read = async () => {
      const seen: string[] = [];
      for await (const { records } of readTopic(queue, "t", { untilEnd: true })) {
        for (const { key, value } of records) {
          if (value!.length < 200) seen.push(`${new TextDecoder().decode(key!)}=${new TextDecoder().decode(value!)}`);
        }
      }
      return seen;
    };
    const last = ["a=38", "b=38", "c=38"];
    while ((await read()).length > last.length);
    assert.deepEqual(await read(), last);
    assert.deepEqual(await consume(kafka), last);
  },
});

/** What a consumer gets up to the first record of 200 bytes. */
async function consume(kafka: Kafka): Promise<string[]> {
  const consumer = kafka.consumer({ groupId: "g" });
  const seen: string[] = [];
  const done = Promise.withResolvers<void>();
  await consumer.connect();
  await consumer.subscribe({ topic: "t", fromBeginning: true });
  await consumer.run({
    eachMessage: ({ message: { key, value } }) => {
      if (value!.length === 200) done.resolve();
      else seen.push(`${key}=${value}`);
      return Promise.resolve();
    },
  });
  await done.promise;
  await consumer.disconnect();
  return seen;
}
