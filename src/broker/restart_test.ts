// Goal: a broker on a folder has all that it had when it is started again, whether it was stopped or just vanished; a full
// disk is an answer and nothing worse. Method: brokers over files in memory, asked over the wire.
import assert from "node:assert/strict";
import { createMemoryFiles, type Files } from "../files/mod.ts";
import { startBroker, type TestBroker, type TestClient } from "./_client_test.ts";
import { produceApi } from "./protocol/00_produce.ts";
import { fetchApi } from "./protocol/01_fetch.ts";
import { offsetCommitApi } from "./protocol/08_offset_commit.ts";
import { offsetFetchApi } from "./protocol/09_offset_fetch.ts";
import { createTopicsApi } from "./protocol/19_create_topics.ts";
import { deleteTopicsApi } from "./protocol/20_delete_topics.ts";
import { initProducerIdApi } from "./protocol/22_init_producer_id.ts";
import { describeConfigsApi } from "./protocol/32_describe_configs.ts";
import { createPartitionsApi } from "./protocol/37_create_partitions.ts";
import { deleteGroupsApi } from "./protocol/42_delete_groups.ts";
import { offsetDeleteApi } from "./protocol/47_offset_delete.ts";
import { describeClusterApi } from "./protocol/60_describe_cluster.ts";
import { ERROR } from "./protocol/error_codes.ts";
import { writeBatch } from "./protocol/records.ts";

function start(files: Files): Promise<TestBroker> {
  return startBroker({ data: "data", files, cleanEveryMs: 1000 });
}

interface Sending {
  readonly topic?: string;
  readonly producer?: { readonly id: number; readonly epoch: number; readonly sequence: number };
  readonly partition?: number;
}

async function produce(client: TestClient, values: readonly string[], sending: Sending = {}) {
  const { topic = "t", partition = 0, producer } = sending;
  const records = writeBatch(
    values.map((value) => ({
      key: null,
      value: new TextEncoder().encode(value),
      headers: [],
      timestampMs: 1_700_000_000_000,
    })),
    producer && { producer },
  );
  const topics = [{ name: topic, partitions: [{ index: partition, records }] }];
  const { errorCode, baseOffset } = (await client.ask(produceApi, 7, { acks: -1, topics })).topics[0]!.partitions[0]!;
  return [errorCode, baseOffset];
}

async function ends(client: TestClient): Promise<number[]> {
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1e6 }];
  const answer = await client.ask(fetchApi, 11, {
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 1e6,
    topics: [{ topic: "t", partitions }],
  });
  const { errorCode, highWatermark, records } = answer.topics[0]!.partitions[0]!;
  return [errorCode, highWatermark, records?.length ?? 0];
}

async function committed(client: TestClient): Promise<number> {
  const topics = [{ name: "t", partitionIndexes: [0] }];
  return (await client.ask(offsetFetchApi, 5, { groupId: "g", topics })).topics[0]!.partitions[0]!.committedOffset;
}

async function commit(client: TestClient, offset: number): Promise<number> {
  const partitions = [{ partitionIndex: 0, committedOffset: offset, committedMetadata: "" }];
  const answer = await client.ask(offsetCommitApi, 5, {
    groupId: "g",
    generationOrMemberEpoch: -1,
    memberId: "",
    topics: [{ name: "t", partitions }],
  });
  return answer.topics[0]!.partitions[0]!.errorCode;
}

for (const how of ["stopped", "vanished"] as const) {
  Deno.test(`a broker that ${how === "stopped" ? "was" : "has"} ${how} has all when it is started again`, async () => {
    const files = createMemoryFiles();
    const before = await start(files);
    const client = before.client();
    const configs = [{ name: "segment.bytes", value: "300" }];
    await client.ask(createTopicsApi, 5, { topics: [{ name: "t", numPartitions: 2, replicationFactor: 1, configs }] });
    await client.ask(createTopicsApi, 5, { topics: [{ name: "gone", numPartitions: 1, replicationFactor: 1 }] });
    await client.ask(createPartitionsApi, 1, { topics: [{ name: "t", count: 3, assignments: null }] });
    const { producerId: id } = await client.ask(initProducerIdApi, 1, { transactionalId: null });
    for (let i = 0; i < 20; i++) {
      const producer = { id, epoch: 0, sequence: 2 * i };
      assert.deepEqual(await produce(client, [`a${i}`, `b${i}`], { producer }), [ERROR.NONE, 2 * i]);
    }
    await produce(client, ["x"], { partition: 2 });
    await produce(client, ["x"], { topic: "gone" });
    await client.ask(deleteTopicsApi, 3, { topicNames: ["gone"] });
    assert.equal(await commit(client, 17), ERROR.NONE);
    const { clusterId } = await client.ask(describeClusterApi, 0, {});
    const end = await ends(client);
    if (how === "stopped") await before.broker.stop();

    await using after = await start(files);
    const again = after.client();
    assert.deepEqual(after.events.filter(({ kind }) => kind === "damage"), []);
    assert.deepEqual(await ends(again), end);
    assert.equal(await committed(again), 17);
    assert.equal((await again.ask(describeClusterApi, 0, {})).clusterId, clusterId);
    const resources = [{ resourceType: 2, resourceName: "t", configurationKeys: ["segment.bytes"] }];
    const described = await again.ask(describeConfigsApi, 1, { resources });
    assert.equal(described.results[0]!.configs[0]!.value, "300");
    assert.deepEqual(await produce(again, ["y"], { partition: 2 }), [ERROR.NONE, 1]);
    assert.equal((await produce(again, ["x"], { topic: "gone" }))[0], ERROR.UNKNOWN_TOPIC_OR_PARTITION);
    assert.deepEqual(files.list("data/topics"), ["t"]);
    // What was sent again is recognised, what is missing is noticed, and nobody gets the same number.
    assert.deepEqual(await produce(again, ["a19", "b19"], { producer: { id, epoch: 0, sequence: 38 } }), [0, 38]);
    const gap = await produce(again, ["z"], { producer: { id, epoch: 0, sequence: 41 } });
    assert.equal(gap[0], ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER);
    assert.deepEqual(await produce(again, ["z"], { producer: { id, epoch: 0, sequence: 40 } }), [0, 40]);
    assert.notEqual((await again.ask(initProducerIdApi, 1, { transactionalId: null })).producerId, id);
    await client.link.close();
    if (how === "vanished") await before.broker.stop().catch(() => {});
  });
}

Deno.test("on a full disk nothing new is taken, all that is there is served, and it goes on when there is room", async () => {
  const files = createMemoryFiles({ diskBytes: 200_000 });
  await using server = await start(files);
  await using client = server.client();
  await client.ask(createTopicsApi, 5, { topics: [{ name: "t", numPartitions: 1, replicationFactor: 1 }] });
  files.replace("ballast", new Uint8Array(100_000));
  let taken = 0;
  for (;;) {
    const [error, offset] = await produce(client, ["x".repeat(5000)]);
    if (error === ERROR.KAFKA_STORAGE_ERROR) break;
    assert.deepEqual([error, offset], [ERROR.NONE, taken++]);
  }
  while (await commit(client, taken) === ERROR.NONE);
  assert.equal(await commit(client, taken), ERROR.COORDINATOR_NOT_AVAILABLE);
  // To forget is to write, too, though less.
  files.replace("crumbs", new Uint8Array(files.freeBytes("data")!));
  const partitions = [{ partitionIndex: 0 }];
  const forgotten = await client.ask(offsetDeleteApi, 0, { groupId: "g", topics: [{ name: "t", partitions }] });
  assert.equal(forgotten.topics[0]!.partitions[0]!.errorCode, ERROR.COORDINATOR_NOT_AVAILABLE);
  const deleteGroup = async () => (await client.ask(deleteGroupsApi, 2, { groupsNames: ["g"] })).results[0]!.errorCode;
  assert.equal(await deleteGroup(), ERROR.COORDINATOR_NOT_AVAILABLE);
  assert.equal(await committed(client), taken);
  const refused = await client.ask(createTopicsApi, 5, {
    topics: [{ name: "u", numPartitions: 1, replicationFactor: 1 }],
  });
  assert.equal(refused.topics[0]!.errorCode, ERROR.KAFKA_STORAGE_ERROR);
  assert.deepEqual((await ends(client)).slice(0, 2), [ERROR.NONE, taken]);
  // Whoever runs it is told, and not for each batch.
  const told = () => server.events.filter((event) => event.kind === "error" && event.client === "data").length;
  assert.equal(told(), 1);
  await server.clock.runTo(server.clock.now() + 1_000_000_000n);
  assert.deepEqual(await produce(client, ["x".repeat(5000)]), [ERROR.KAFKA_STORAGE_ERROR, -1]);
  assert.equal(told(), 2);
  files.remove("ballast");
  assert.deepEqual(await produce(client, ["y"]), [ERROR.NONE, taken]);
  assert.equal(await commit(client, taken + 1), ERROR.NONE);
  assert.deepEqual([await deleteGroup(), await committed(client)], [ERROR.NONE, -1]);
});

Deno.test("retention throws away old records by the clock", async () => {
  const files = createMemoryFiles();
  await using server = await start(files);
  await using client = server.client();
  const configs = [{ name: "retention.ms", value: "5000" }, { name: "segment.bytes", value: "200" }];
  await client.ask(createTopicsApi, 5, { topics: [{ name: "t", numPartitions: 1, replicationFactor: 1, configs }] });
  for (let i = 0; i < 5; i++) await produce(client, ["x".repeat(100)]);
  await server.clock.runTo(server.clock.now() + 4_000_000_000n);
  assert.equal((await ends(client))[0], ERROR.NONE);
  await server.clock.runTo(server.clock.now() + 3_000_000_000n);
  assert.equal((await ends(client))[0], ERROR.OFFSET_OUT_OF_RANGE);
  assert.deepEqual(await produce(client, ["next"]), [ERROR.NONE, 5]);
});
