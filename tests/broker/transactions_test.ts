import assert from "node:assert/strict";
import { Consumer, Producer, stringDeserializers, stringSerializers } from "@platformatic/kafka";
import { Kafka, logLevel, Partitioners } from "kafkajs";
import { openQueue } from "tinman";
import { temporaryFolder } from "../promises/_folder.ts";
import { startBrokerProcess } from "./_broker.ts";

// Both clients start timers and sockets of their own and leave some for a moment.
const loose = { sanitizeOps: false, sanitizeResources: false };

Deno.test(
  "kafkajs: a transaction is seen when it commits, with its offsets; never when it is given up",
  loose,
  async () => {
    await using broker = await startBrokerProcess();
    const kafka = new Kafka({ clientId: "test", brokers: [broker.bootstrap], logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: "in" }, { topic: "out" }] });
    const options = { createPartitioner: Partitioners.DefaultPartitioner, maxInFlightRequests: 1, idempotent: true };
    const producer = kafka.producer({ ...options, transactionalId: "etl" });
    await producer.connect();
    const offsets = (offset: string) => ({
      consumerGroupId: "g",
      topics: [{ topic: "in", partitions: [{ partition: 0, offset }] }],
    });
    const committed = async () =>
      (await admin.fetchOffsets({ groupId: "g", topics: ["in"] }))[0]!.partitions[0]!.offset;
    const send = async (value: string, end: "commit" | "abort", offset: string) => {
      const transaction = await producer.transaction();
      await transaction.send({ topic: "out", messages: [{ value }, { value: `${value}!` }] });
      await transaction.sendOffsets(offsets(offset));
      assert.notEqual(await committed(), offset);
      await transaction[end]();
    };
    await send("a", "commit", "5");
    assert.equal(await committed(), "5");
    await send("b", "abort", "9");
    assert.equal(await committed(), "5");
    await send("c", "commit", "7");
    assert.equal(await committed(), "7");

    const read = async (groupId: string, readUncommitted: boolean, count: number) => {
      const consumer = kafka.consumer({ groupId, readUncommitted, maxWaitTimeInMs: 50 });
      await consumer.connect();
      await consumer.subscribe({ topic: "out", fromBeginning: true });
      const seen: string[] = [];
      const all = Promise.withResolvers<void>();
      await consumer.run({
        eachMessage: ({ message }) => {
          seen.push(`${message.value}`);
          if (seen.length === count) all.resolve();
          return Promise.resolve();
        },
      });
      await all.promise;
      await consumer.disconnect();
      return seen;
    };
    assert.deepEqual(await read("committed", false, 4), ["a", "a!", "c", "c!"]);
    assert.deepEqual(await read("all", true, 6), ["a", "a!", "b", "b!", "c", "c!"]);

    // Another one of this name shuts it out in the middle of its work.
    const zombie = await producer.transaction();
    await zombie.send({ topic: "out", messages: [{ value: "lost" }] });
    const next = kafka.producer({ ...options, transactionalId: "etl" });
    await next.connect();
    const transaction = await next.transaction();
    await assert.rejects(zombie.commit(), /epoch|fenced/i);
    await transaction.send({ topic: "out", messages: [{ value: "d" }] });
    await transaction.commit();
    assert.deepEqual(await read("later", false, 5), ["a", "a!", "c", "c!", "d"]);
    await Promise.all([producer.disconnect(), next.disconnect(), admin.disconnect()]);
  },
);

Deno.test(
  "@platformatic/kafka: transactions of several producers of one name, one after the other",
  loose,
  async () => {
    await using broker = await startBrokerProcess();
    const options = { clientId: "test", bootstrapBrokers: [broker.bootstrap], autocreateTopics: true };
    const open = () =>
      new Producer({ ...options, serializers: stringSerializers, idempotent: true, transactionalId: "tx" });
    const send = async (producer: Producer<string, string, string, string>, value: string, end: "commit" | "abort") => {
      const transaction = await producer.beginTransaction();
      await transaction.send({ messages: [{ topic: "t", value }, { topic: "t", value: `${value}!` }] });
      await transaction[end]();
    };
    const first = open();
    await send(first, "a", "commit");
    await send(first, "b", "abort");
    await send(first, "c", "commit");
    await first.close();
    const second = open();
    await send(second, "d", "commit");

    const consumer = new Consumer({ ...options, groupId: "g", deserializers: stringDeserializers, maxWaitTime: 50 });
    const stream = await consumer.consume({ topics: ["t"], mode: "earliest", autocommit: false });
    const transaction = await second.beginTransaction();
    await transaction.addConsumer(consumer);
    const seen: string[] = [];
    for await (const message of stream) {
      seen.push(message.value);
      await transaction.addOffset(message);
      if (seen.length === 6) break;
    }
    await transaction.commit();
    assert.deepEqual(seen, ["a", "a!", "c", "c!", "d", "d!"]);
    const [{ partitions }] = await consumer.listCommittedOffsets({ topics: [{ topic: "t", partitions: [0] }] })
      .then((found) => [{ partitions: found.get("t")! }] as const);
    // The last record lies behind two transactions with markers, and one that was given up.
    assert.deepEqual(partitions.map(Number), [11]);
    await stream.close();
    await Promise.all([consumer.close(true), second.close()]);
  },
);

Deno.test("kafkajs: a broker that is killed goes on with the transaction, where it was", loose, async () => {
  using folder = temporaryFolder();
  const first = await startBrokerProcess(["--data", folder.path]);
  const kafka = new Kafka({
    clientId: "test",
    brokers: [first.bootstrap],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50 },
  });
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    maxInFlightRequests: 1,
    idempotent: true,
    transactionalId: "tx",
  });
  await producer.connect();
  const lost = await producer.transaction();
  await lost.send({ topic: "t", messages: [{ value: "lost" }] });
  await lost.abort();
  const transaction = await producer.transaction();
  await transaction.send({ topic: "t", messages: [{ value: "before" }] });
  await transaction.sendOffsets({
    consumerGroupId: "g",
    topics: [{ topic: "t", partitions: [{ partition: 0, offset: "5" }] }],
  });
  await first.end("SIGKILL");
  await using second = await startBrokerProcess(["--data", folder.path, "--listen", first.bootstrap]);
  const queue = await openQueue(`kafka://${second.bootstrap}`);
  assert.deepEqual([await queue.fetch("t", { offset: 0, waitMs: 0 }), await queue.committed("g", "t")], [
    [],
    undefined,
  ]);
  await transaction.send({ topic: "t", messages: [{ value: "after" }] });
  await transaction.commit();
  const values = (await queue.fetch("t", { offset: 0, waitMs: 0 })).map(({ value }) =>
    new TextDecoder().decode(value!)
  );
  assert.deepEqual([values, await queue.committed("g", "t")], [["before", "after"], 5]);
  await queue[Symbol.asyncDispose]();
  await producer.disconnect();
});

// librdkafka through Debian's python3-confluent-kafka.
const python = "/usr/bin/python3";
const isThere = await new Deno.Command(python, { args: ["-c", "import confluent_kafka"], stderr: "null" }).output()
  .then(({ success }) => success, () => false);

Deno.test({
  name: `librdkafka: transactions, offsets in them, fencing${
    isThere ? "" : " (skipped: python3-confluent-kafka is not installed)"
  }`,
  ignore: !isThere,
  fn: async () => {
    await using broker = await startBrokerProcess();
    const script = new URL("librdkafka_transactions.py", import.meta.url).pathname;
    const { code, stdout, stderr } = await new Deno.Command(python, { args: [script, broker.bootstrap] }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    assert.deepEqual(new TextDecoder().decode(stdout).trim().split("\n"), [
      "committed 0 0 2 2",
      "all 0 0 1 1 2 2 3 3",
      "out committed-0 committed-0 committed-2 committed-2",
      "offset True",
      "fenced True",
      "committed 0 0 2 2 last",
    ]);
  },
});
