import assert from "node:assert/strict";
import { startBroker, type TestClient } from "./_client_test.ts";
import { produceApi } from "./protocol/00_produce.ts";
import { metadataApi } from "./protocol/03_metadata.ts";
import { describeGroupsApi } from "./protocol/15_describe_groups.ts";
import { listGroupsApi } from "./protocol/16_list_groups.ts";
import { createTopicsApi } from "./protocol/19_create_topics.ts";
import { deleteTopicsApi } from "./protocol/20_delete_topics.ts";
import { describeAclsApi } from "./protocol/29_describe_acls.ts";
import { describeConfigsApi } from "./protocol/32_describe_configs.ts";
import { alterConfigsApi } from "./protocol/33_alter_configs.ts";
import { describeLogDirsApi } from "./protocol/35_describe_log_dirs.ts";
import { createPartitionsApi } from "./protocol/37_create_partitions.ts";
import { deleteGroupsApi } from "./protocol/42_delete_groups.ts";
import { incrementalAlterConfigsApi } from "./protocol/44_incremental_alter_configs.ts";
import { offsetDeleteApi } from "./protocol/47_offset_delete.ts";
import { offsetCommitApi } from "./protocol/08_offset_commit.ts";
import { offsetFetchApi } from "./protocol/09_offset_fetch.ts";
import { describeClusterApi } from "./protocol/60_describe_cluster.ts";
import { describeTopicPartitionsApi } from "./protocol/75_describe_topic_partitions.ts";
import { ERROR } from "./protocol/error_codes.ts";
import { writeBatch } from "./protocol/records.ts";

const TOPIC = 2;

Deno.test("CreateTopics answers with the id and all settings, and refuses what cannot be", async () => {
  await using server = await startBroker();
  await using client = server.client();
  const create = async (topic: Record<string, unknown>, validateOnly = false) => {
    const asked = { name: "t", numPartitions: 2, replicationFactor: 1, ...topic };
    return (await client.ask(createTopicsApi, 7, { topics: [asked], validateOnly })).topics[0]!;
  };
  assert.equal((await create({}, true)).errorCode, ERROR.NONE);
  const made = await create({ configs: [{ name: "retention.ms", value: "1000" }] });
  assert.deepEqual([made.errorCode, made.numPartitions, made.replicationFactor], [ERROR.NONE, 2, 1]);
  assert.match(made.topicId, /^(?!0{32})[0-9a-f]{32}$/);
  const retention = made.configs!.find(({ name }) => name === "retention.ms")!;
  assert.deepEqual([retention.value, retention.configSource], ["1000", 1]);
  assert.ok(made.configs!.every(({ configSource }) => configSource === 1 || configSource === 5));

  const refused: readonly (readonly [Record<string, unknown>, number])[] = [
    [{}, ERROR.TOPIC_ALREADY_EXISTS],
    [{ name: "a b" }, ERROR.INVALID_TOPIC],
    [{ name: ".." }, ERROR.INVALID_TOPIC],
    [{ name: "x".repeat(250) }, ERROR.INVALID_TOPIC],
    [{ name: "u", numPartitions: 0 }, ERROR.INVALID_PARTITIONS],
    [{ name: "u", replicationFactor: 3 }, ERROR.INVALID_REPLICATION_FACTOR],
    [{ name: "u", configs: [{ name: "no.such", value: "1" }] }, ERROR.INVALID_CONFIG],
    [{ name: "u", configs: [{ name: "retention.ms", value: "soon" }] }, ERROR.INVALID_CONFIG],
    [{ name: "u", configs: [{ name: "cleanup.policy", value: "burn" }] }, ERROR.INVALID_CONFIG],
  ];
  for (const [topic, error] of refused) assert.equal((await create(topic)).errorCode, error, JSON.stringify(topic));
  const twice = [{ name: "u", numPartitions: 1, replicationFactor: 1 }, {
    name: "u",
    numPartitions: 1,
    replicationFactor: 1,
  }];
  const { topics } = await client.ask(createTopicsApi, 4, { topics: twice });
  assert.deepEqual(topics.map(({ errorCode }) => errorCode), [ERROR.INVALID_REQUEST, ERROR.INVALID_REQUEST]);
  const { topics: all } = await client.ask(metadataApi, 12, { topics: null });
  assert.deepEqual(all.map(({ name }) => name), ["t"]);
});

Deno.test("topics are found and deleted by id, and forgotten with what groups committed", async () => {
  await using server = await startBroker();
  await using client = server.client();
  await createTopic(client, "t");
  const { topics } = await client.ask(metadataApi, 12, { topics: [{ name: "t" }] });
  const { topicId } = topics[0]!;
  const byId = await client.ask(metadataApi, 12, { topics: [{ name: null, topicId }] });
  assert.equal(byId.topics[0]!.name, "t");
  await commit(client, "g", "t", 5);
  const deleted = await client.ask(deleteTopicsApi, 6, { topics: [{ name: null, topicId }] });
  assert.deepEqual([deleted.responses[0]!.errorCode, deleted.responses[0]!.name], [ERROR.NONE, "t"]);
  const again = await client.ask(deleteTopicsApi, 6, { topics: [{ name: null, topicId }] });
  assert.equal(again.responses[0]!.errorCode, ERROR.UNKNOWN_TOPIC_ID);
  await createTopic(client, "t");
  assert.equal(await committed(client, "g", "t"), -1);
});

Deno.test("settings are described, altered as a whole, one by one, and as lists from their default", async () => {
  await using server = await startBroker();
  await using client = server.client();
  await createTopic(client, "t");
  const setting = async (name: string) => {
    const resources = [{ resourceType: TOPIC, resourceName: "t", configurationKeys: [name] }];
    const { results } = await client.ask(describeConfigsApi, 4, { resources, includeSynonyms: true });
    return results[0]!.configs[0]!;
  };
  const change = async (name: string, configOperation: number, value: string | null, validateOnly = false) => {
    const resources = [{ resourceType: TOPIC, resourceName: "t", configs: [{ name, configOperation, value }] }];
    return (await client.ask(incrementalAlterConfigsApi, 1, { resources, validateOnly })).responses[0]!.errorCode;
  };
  assert.equal((await setting("cleanup.policy")).value, "delete");
  assert.equal(await change("cleanup.policy", 2, "compact"), ERROR.NONE);
  assert.deepEqual([(await setting("cleanup.policy")).value, (await setting("cleanup.policy")).configSource], [
    "delete,compact",
    1,
  ]);
  assert.equal(await change("cleanup.policy", 3, "delete"), ERROR.NONE);
  assert.equal((await setting("cleanup.policy")).value, "compact");
  assert.equal(await change("cleanup.policy", 1, null), ERROR.NONE);
  assert.equal((await setting("cleanup.policy")).configSource, 5);
  assert.equal(await change("retention.ms", 0, "99", true), ERROR.NONE);
  assert.equal((await setting("retention.ms")).value, "604800000");
  assert.equal(await change("retention.ms", 2, "1"), ERROR.INVALID_CONFIG);
  assert.equal(await change("no.such", 0, "1"), ERROR.INVALID_CONFIG);

  assert.equal(await change("retention.ms", 0, "99"), ERROR.NONE);
  const resources = [{ resourceType: TOPIC, resourceName: "t", configs: [{ name: "retention.bytes", value: "7" }] }];
  await client.ask(alterConfigsApi, 2, { resources });
  assert.deepEqual([(await setting("retention.ms")).value, (await setting("retention.bytes")).value], [
    "604800000",
    "7",
  ]);
});

Deno.test("only settings of topics can be changed, and others are refused as such", async () => {
  await using server = await startBroker();
  await using client = server.client();
  const configs = [{ name: "num.partitions", value: "3", configOperation: 0 }];
  const resources = [{ resourceType: 4, resourceName: "1", configs }, { resourceType: TOPIC, resourceName: "t" }];
  for (const [api, version] of [[alterConfigsApi, 2], [incrementalAlterConfigsApi, 1]] as const) {
    const { responses } = await client.ask(api as typeof alterConfigsApi, version, { resources });
    assert.deepEqual(responses.map(({ errorCode }) => errorCode), [
      ERROR.INVALID_REQUEST,
      ERROR.UNKNOWN_TOPIC_OR_PARTITION,
    ]);
  }
});

Deno.test("a producer is told which records of a batch have no key where each needs one", async () => {
  await using server = await startBroker();
  await using client = server.client();
  const configs = [{ name: "cleanup.policy", value: "compact" }];
  await client.ask(createTopicsApi, 7, { topics: [{ name: "t", numPartitions: 1, replicationFactor: 1, configs }] });
  const keys = [Uint8Array.of(1), null, Uint8Array.of(2), null];
  const records = writeBatch(keys.map((key) => ({ key, value: null, headers: [], timestampMs: 1 })));
  const { topics } = await client.ask(produceApi, 11, {
    acks: -1,
    topics: [{ name: "t", partitions: [{ index: 0, records }] }],
  });
  const { errorCode, recordErrors } = topics[0]!.partitions[0]!;
  assert.deepEqual([errorCode, recordErrors.map(({ batchIndex }) => batchIndex)], [ERROR.INVALID_RECORD, [1, 3]]);
});

Deno.test("tools find what they need to render: the broker, its settings, its folder, its groups", async () => {
  await using server = await startBroker();
  await using client = server.client();
  await createTopic(client, "t", 3);
  const cluster = await client.ask(describeClusterApi, 1, { includeClusterAuthorizedOperations: true });
  // Create, Alter, Describe, ClusterAction, DescribeConfigs, AlterConfigs, IdempotentWrite.
  assert.equal(cluster.clusterAuthorizedOperations, [5, 7, 8, 9, 10, 11, 12].reduce((bits, n) => bits | 1 << n, 0));
  assert.deepEqual(cluster.brokers.map(({ brokerId, port }) => [brokerId, port]), [[cluster.controllerId, 9092]]);
  const resources = [{ resourceType: 4, resourceName: "1", configurationKeys: null }];
  const { results } = await client.ask(describeConfigsApi, 1, { resources });
  assert.ok(results[0]!.configs.some(({ name, value }) => name === "num.partitions" && value === "1"));
  const dirs = await client.ask(describeLogDirsApi, 4, { topics: null });
  assert.deepEqual(dirs.results[0]!.topics[0]!.partitions.map(({ partitionSize }) => partitionSize), [0, 0, 0]);
  assert.equal((await client.ask(describeAclsApi, 3, {})).errorCode, ERROR.SECURITY_DISABLED);

  await commit(client, "g", "t", 5);
  assert.deepEqual(
    (await client.ask(listGroupsApi, 5, {})).groups.map(({ groupId, groupState }) => [groupId, groupState]),
    [
      ["g", "Empty"],
    ],
  );
  const { groups } = await client.ask(describeGroupsApi, 5, { groups: ["g", "nobody"] });
  assert.deepEqual(groups.map(({ groupState, errorCode }) => [groupState, errorCode]), [["Empty", 0], ["Dead", 0]]);
  const topics = [{ name: "t", partitions: [{ partitionIndex: 0 }, { partitionIndex: 9 }] }];
  const offsets = await client.ask(offsetDeleteApi, 0, { groupId: "g", topics });
  assert.deepEqual(offsets.topics[0]!.partitions.map(({ errorCode }) => errorCode), [
    0,
    ERROR.UNKNOWN_TOPIC_OR_PARTITION,
  ]);
  assert.equal(await committed(client, "g", "t"), -1);
  const removed = await client.ask(deleteGroupsApi, 2, { groupsNames: ["g", "nobody"] });
  assert.deepEqual(removed.results.map(({ errorCode }) => errorCode), [ERROR.NONE, ERROR.GROUP_ID_NOT_FOUND]);
});

Deno.test("DescribeTopicPartitions goes through all partitions in pages", async () => {
  await using server = await startBroker();
  await using client = server.client();
  await createTopic(client, "a", 3);
  await createTopic(client, "b", 4);
  const found: string[] = [];
  let cursor: { topicName: string; partitionIndex: number } | null = null;
  do {
    const page: Awaited<ReturnType<typeof ask>> = await ask(cursor);
    for (const { name, partitions } of page.topics) {
      found.push(...partitions.map((each) => `${name}${each.partitionIndex}`));
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  assert.deepEqual(found, ["a0", "a1", "a2", "b0", "b1", "b2", "b3"]);

  function ask(cursor: { topicName: string; partitionIndex: number } | null) {
    return client.ask(describeTopicPartitionsApi, 0, {
      topics: [{ name: "a" }, { name: "b" }],
      responsePartitionLimit: 2,
      cursor,
    });
  }
});

Deno.test("CreatePartitions adds, and never takes away", async () => {
  await using server = await startBroker();
  await using client = server.client();
  await createTopic(client, "t", 2);
  const grow = async (count: number) =>
    (await client.ask(createPartitionsApi, 3, { topics: [{ name: "t", count, assignments: null }] })).results[0]!
      .errorCode;
  assert.equal(await grow(2), ERROR.INVALID_PARTITIONS);
  assert.equal(await grow(5), ERROR.NONE);
  assert.equal((await client.ask(metadataApi, 9, { topics: [{ name: "t" }] })).topics[0]!.partitions.length, 5);
});

async function createTopic(client: TestClient, name: string, numPartitions = 1): Promise<void> {
  await client.ask(createTopicsApi, 7, { topics: [{ name, numPartitions, replicationFactor: 1 }] });
}

async function commit(client: TestClient, groupId: string, name: string, committedOffset: number): Promise<void> {
  const topics = [{ name, partitions: [{ partitionIndex: 0, committedOffset }] }];
  const answer = await client.ask(offsetCommitApi, 8, { groupId, topics });
  assert.equal(answer.topics[0]!.partitions[0]!.errorCode, ERROR.NONE);
}

async function committed(client: TestClient, groupId: string, name: string): Promise<number> {
  const groups = [{ groupId, topics: [{ name, partitionIndexes: [0] }] }];
  return (await client.ask(offsetFetchApi, 8, { groups })).groups[0]!.topics[0]!.partitions[0]!.committedOffset;
}
