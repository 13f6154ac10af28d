import assert from "node:assert/strict";
import { type IHeaders, Kafka, logLevel, Partitioners } from "kafkajs";
import { startBrokerProcess } from "./_broker.ts";

// kafkajs starts timers of its own and leaves some running.
const loose = { sanitizeOps: false, sanitizeResources: false };
const createPartitioner = Partitioners.DefaultPartitioner;

Deno.test("kafkajs: topics, records with keys and headers, offsets, groups", loose, async () => {
  await using broker = await startBrokerProcess();
  const kafka = new Kafka({ clientId: "test", brokers: [broker.bootstrap], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  assert.equal(await admin.createTopics({ topics: [{ topic: "t", numPartitions: 3 }] }), true);
  assert.equal(await admin.createTopics({ topics: [{ topic: "t", numPartitions: 3 }] }), false);
  assert.deepEqual(await admin.listTopics(), ["t"]);

  const producer = kafka.producer({ createPartitioner, idempotent: true });
  await producer.connect();
  const messages = Array.from({ length: 30 }, (_, i) => ({
    key: `key ${i % 5}`,
    value: `${i}`,
    headers: { n: `${i}`, list: ["a", "b"] },
    timestamp: `${1_700_000_000_000 + i}`,
  }));
  for (let i = 0; i < 30; i += 10) await producer.send({ topic: "t", messages: messages.slice(i, i + 10) });
  const ends = await admin.fetchTopicOffsets("t");
  assert.equal(ends.reduce((sum, { high }) => sum + Number(high), 0), 30);
  const since = await admin.fetchTopicOffsetsByTimestamp("t", 1_700_000_000_029);
  const last = (await Promise.resolve(since)).filter(({ partition, offset }) =>
    Number(offset) < Number(ends.find((end) => end.partition === partition)!.high)
  );
  assert.equal(last.length, 1, "the newest record is in one partition");

  const consumer = kafka.consumer({ groupId: "g", maxWaitTimeInMs: 50 });
  await consumer.connect();
  await consumer.subscribe({ topic: "t", fromBeginning: true });
  const seen: { key: string; value: string; headers: IHeaders; timestamp: string }[] = [];
  const all = Promise.withResolvers<void>();
  await consumer.run({
    eachMessage: ({ message: { key, value, headers = {}, timestamp } }) => {
      seen.push({ key: `${key}`, value: `${value}`, headers, timestamp });
      if (seen.length === 30) all.resolve();
      return Promise.resolve();
    },
  });
  await all.promise;
  await consumer.disconnect();
  const byKey = Map.groupBy(seen, ({ key }) => key);
  assert.deepEqual([...byKey.keys()].sort(), [0, 1, 2, 3, 4].map((i) => `key ${i}`));
  for (const records of byKey.values()) {
    const numbers = records.map(({ value }) => Number(value));
    assert.deepEqual(numbers, numbers.toSorted((a, b) => a - b), "records of a key come in order");
  }
  const one = seen.find(({ value }) => value === "7")!;
  assert.deepEqual([`${one.headers.n}`, String(one.headers.list)], ["7", "a,b"]);
  assert.equal(one.timestamp, "1700000000007");

  const committed = await admin.fetchOffsets({ groupId: "g", topics: ["t"] });
  assert.equal(committed[0]!.partitions.reduce((sum, { offset }) => sum + Number(offset), 0), 30);
  await admin.deleteTopics({ topics: ["t"] });
  assert.deepEqual(await admin.listTopics(), []);
  await Promise.all([producer.disconnect(), admin.disconnect()]);
});

Deno.test("kafkajs: a group shares the partitions, also after a member has left", loose, async () => {
  await using broker = await startBrokerProcess(["--partitions", "4"]);
  const kafka = new Kafka({ clientId: "test", brokers: [broker.bootstrap], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ createPartitioner });
  await producer.connect();
  const send = async (from: number) => {
    const messages = Array.from({ length: 40 }, (_, i) => ({ partition: i % 4, value: `${from + i}` }));
    await producer.send({ topic: "t", messages });
  };
  await send(0);
  const seen = new Map<string, string[]>();
  let wake = () => {};
  const open = async (name: string) => {
    const consumer = kafka.consumer({
      groupId: "g",
      maxWaitTimeInMs: 50,
      heartbeatInterval: 100,
      rebalanceTimeout: 5000,
    });
    await consumer.connect();
    await consumer.subscribe({ topic: "t", fromBeginning: true });
    const joined = new Promise<void>((resolve) => void consumer.on("consumer.group_join", () => resolve()));
    seen.set(name, []);
    await consumer.run({
      autoCommitThreshold: 1,
      eachMessage: ({ message }) => {
        seen.get(name)!.push(`${message.value}`);
        wake();
        return Promise.resolve();
      },
    });
    await joined;
    return consumer;
  };
  const until = async (count: number) => {
    while ([...seen.values()].flat().length < count) await new Promise<void>((resolve) => wake = resolve);
  };
  const one = await open("one");
  await until(40);
  const rejoined = new Promise<void>((resolve) => void one.on("consumer.group_join", () => resolve()));
  const two = await open("two");
  await rejoined;
  await send(40);
  await until(80);
  const ofTwo = seen.get("two")!.length;
  assert.equal(ofTwo, 20, `the second member had its half, ${ofTwo} of 40`);
  const alone = new Promise<void>((resolve) => void two.on("consumer.group_join", () => resolve()));
  await one.disconnect();
  await alone;
  await send(80);
  await until(120);
  assert.deepEqual(
    [...seen.values()].flat().map(Number).sort((a, b) => a - b),
    Array.from({ length: 120 }, (_, i) => i),
  );
  await Promise.all([two.disconnect(), producer.disconnect()]);
});
