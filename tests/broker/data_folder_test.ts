import assert from "node:assert/strict";
import { Kafka, logLevel, Partitioners } from "kafkajs";
import { openBroker } from "tinman";
import { temporaryFolder } from "../promises/_folder.ts";
import { startBrokerProcess } from "./_broker.ts";

// kafkajs starts timers of its own and leaves some running.
const loose = { sanitizeOps: false, sanitizeResources: false };

Deno.test(
  "kafkajs: records, settings and offsets of groups outlive a broker that is killed, and one that is stopped",
  loose,
  async () => {
    using folder = temporaryFolder();
    const seen: string[] = [];
    for (const [n, signal] of (["SIGKILL", "SIGTERM", "SIGKILL"] as const).entries()) {
      await using broker = await startBrokerProcess(["--data", folder.path]);
      const kafka = new Kafka({ clientId: "test", brokers: [broker.bootstrap], logLevel: logLevel.NOTHING });
      const admin = kafka.admin();
      await admin.connect();
      const configEntries = [{ name: "segment.bytes", value: "2000" }];
      if (n === 0) await admin.createTopics({ topics: [{ topic: "t", numPartitions: 2, configEntries }] });
      const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, idempotent: true });
      await producer.connect();
      for (let i = 0; i < 10; i++) {
        const messages = Array.from({ length: 10 }, (_, j) => ({ key: `${j}`, value: `${n}/${i}/${j}` }));
        await producer.send({ topic: "t", messages });
      }
      const consumer = kafka.consumer({ groupId: "g", maxWaitTimeInMs: 50 });
      await consumer.connect();
      await consumer.subscribe({ topic: "t", fromBeginning: true });
      const all = Promise.withResolvers<void>();
      await consumer.run({
        eachMessage: ({ message }) => {
          seen.push(`${message.value}`);
          if (seen.length === (n + 1) * 100) all.resolve();
          return Promise.resolve();
        },
      });
      await all.promise;
      // It commits as it goes.
      await consumer.disconnect();
      const ends = await admin.fetchTopicOffsets("t");
      assert.equal(ends.reduce((sum, { high }) => sum + Number(high), 0), (n + 1) * 100);
      const resources = [{ type: 2, name: "t", configNames: ["segment.bytes"] }];
      const { resources: described } = await admin.describeConfigs({ resources, includeSynonyms: false });
      assert.equal(described[0]!.configEntries[0]!.configValue, "2000");
      await Promise.all([producer.disconnect(), admin.disconnect()]);
      await broker.end(signal);
    }
    assert.equal(new Set(seen).size, 300, "each record was seen once");
  },
);

Deno.test("openBroker() on a folder: one at a time, and all is there again", async () => {
  using folder = temporaryFolder();
  const data = `${folder.path}/new`;
  {
    await using broker = await openBroker({ port: 0, data, sync: "always" });
    await using client = await broker.connect();
    await client.produce("t", { value: new TextEncoder().encode("a") });
    await assert.rejects(openBroker({ port: 0, data }), { code: "UNAVAILABLE" });
    await broker.stop();
    await broker.start();
    await using other = await broker.connect();
    await other.produce("t", { value: new TextEncoder().encode("b") });
  }
  await using broker = await openBroker({ port: 0, data });
  await using client = await broker.connect();
  const records = await client.fetch("t", { waitMs: 0 });
  assert.deepEqual(records.map(({ value }) => new TextDecoder().decode(value!)), ["a", "b"]);
});
