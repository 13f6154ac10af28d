import assert from "node:assert/strict";
import { startBroker, type TestClient } from "../_client_test.ts";
import { offsetCommitApi } from "../protocol/08_offset_commit.ts";
import { offsetFetchApi } from "../protocol/09_offset_fetch.ts";
import { joinGroupApi } from "../protocol/11_join_group.ts";
import { describeGroupsApi } from "../protocol/15_describe_groups.ts";
import { listGroupsApi } from "../protocol/16_list_groups.ts";
import { createTopicsApi } from "../protocol/19_create_topics.ts";
import { deleteGroupsApi } from "../protocol/42_delete_groups.ts";
import { offsetDeleteApi } from "../protocol/47_offset_delete.ts";
import { consumerGroupHeartbeatApi } from "../protocol/68_consumer_group_heartbeat.ts";
import { consumerGroupDescribeApi } from "../protocol/69_consumer_group_describe.ts";
import { ERROR } from "../protocol/error_codes.ts";

const joining = {
  groupId: "g",
  memberId: "a",
  memberEpoch: 0,
  rebalanceTimeoutMs: 1000,
  subscribedTopicNames: ["t"],
  subscribedTopicRegex: "",
  topicPartitions: [],
};
const classic = {
  groupId: "g",
  sessionTimeoutMs: 1000,
  rebalanceTimeoutMs: 1000,
  memberId: "",
  groupInstanceId: null,
  protocolType: "consumer",
  protocols: [{ name: "range", metadata: new Uint8Array([0, 1, 0, 0, 0, 1, 0, 1, 116]) }],
};
const create = (client: TestClient) =>
  client.ask(createTopicsApi, 5, {
    topics: ["t", "u"].map((name) => ({ name, numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] })),
    timeoutMs: 1000,
  });
const commitsTo = (name: string) => [{ name, partitions: [{ partitionIndex: 0, committedOffset: 7 }] }];

Deno.test("a member of KIP-848 joins, is described, commits and leaves", async () => {
  await using world = await startBroker();
  await using client = world.client();
  await create(client);
  for (const version of [0, 1]) {
    const joined = await client.ask(consumerGroupHeartbeatApi, version, joining);
    assert.deepEqual([joined.errorCode, joined.memberEpoch, joined.heartbeatIntervalMs], [0, 1, 5000]);
    assert.deepEqual(joined.assignment!.topicPartitions.map(({ partitions }) => partitions), [[0, 1]]);
  }
  for (const version of [0, 1]) {
    const { groups } = await client.ask(consumerGroupDescribeApi, version, { groupIds: ["g", "other"] });
    const [{ groupState, groupEpoch, assignorName, members }, other] = [groups[0]!, groups[1]!];
    assert.deepEqual([groupState, groupEpoch, assignorName, members.length], ["Stable", 1, "uniform", 1]);
    const [{ assignment, targetAssignment, subscribedTopicRegex, memberType }] = [members[0]!];
    assert.deepEqual(assignment, targetAssignment);
    assert.equal(assignment.topicPartitions[0]!.topicName, "t");
    assert.deepEqual([subscribedTopicRegex, memberType], [null, version === 0 ? -1 : 1]);
    assert.equal(other.errorCode, ERROR.GROUP_ID_NOT_FOUND);
  }
  const commit = async (version: number, generationOrMemberEpoch: number, memberId = "a", groupId = "g") => {
    const request = { groupId, memberId, generationOrMemberEpoch, topics: commitsTo("t") };
    return (await client.ask(offsetCommitApi, version, request)).topics[0]!.partitions[0]!.errorCode;
  };
  assert.equal(await commit(9, 1), ERROR.NONE);
  assert.equal(await commit(9, 0), ERROR.STALE_MEMBER_EPOCH);
  assert.equal(await commit(8, 1), ERROR.UNSUPPORTED_VERSION);
  assert.equal(await commit(8, 1, "stranger"), ERROR.UNKNOWN_MEMBER_ID);
  assert.equal(await commit(9, 1, "a", "nobody"), ERROR.ILLEGAL_GENERATION);
  assert.equal(await commit(9, -1, "a", "nobody"), ERROR.NONE);
  const fetch = async (memberId: string | null, memberEpoch: number) => {
    const { groups } = await client.ask(offsetFetchApi, 9, {
      groups: [{ groupId: "g", memberId, memberEpoch, topics: [{ name: "t", partitionIndexes: [0] }] }],
    });
    return groups[0]!.errorCode || groups[0]!.topics[0]!.partitions[0]!.committedOffset;
  };
  assert.deepEqual(await Promise.all([fetch("a", 1)]), [7]);
  assert.deepEqual([await fetch(null, -1), await fetch("a", 0)], [7, ERROR.STALE_MEMBER_EPOCH]);
  assert.equal(await fetch("b", 1), ERROR.UNKNOWN_MEMBER_ID);
  const left = await client.ask(consumerGroupHeartbeatApi, 1, { ...joining, memberEpoch: -1 });
  assert.deepEqual([left.errorCode, left.memberEpoch], [0, -1]);
});

Deno.test("a group takes members of one protocol at a time, and tools see which", async () => {
  await using world = await startBroker();
  await using client = world.client();
  await create(client);
  const list = async () => (await client.ask(listGroupsApi, 5, {})).groups.map(({ groupType }) => groupType);
  const describe = async () => (await client.ask(describeGroupsApi, 5, { groups: ["g"] })).groups[0]!.groupState;
  await client.ask(consumerGroupHeartbeatApi, 1, joining);
  assert.deepEqual([await list(), await describe()], [["consumer"], "Dead"]);
  assert.equal((await client.ask(joinGroupApi, 3, classic)).errorCode, ERROR.INCONSISTENT_GROUP_PROTOCOL);
  const { results } = await client.ask(deleteGroupsApi, 2, { groupsNames: ["g"] });
  assert.equal(results[0]!.errorCode, ERROR.NON_EMPTY_GROUP);
  await client.ask(consumerGroupHeartbeatApi, 1, { ...joining, memberEpoch: -1 });
  assert.equal((await client.ask(joinGroupApi, 3, classic)).errorCode, ERROR.NONE);
  assert.deepEqual([await list(), await describe()], [["classic"], "CompletingRebalance"]);
  const refused = await client.ask(consumerGroupHeartbeatApi, 1, joining);
  assert.deepEqual([refused.errorCode, refused.errorMessage], [
    ERROR.GROUP_ID_NOT_FOUND,
    "group g is of the classic protocol",
  ]);
});

Deno.test("a member of a group that nobody knows has to join again; commits of such a group are -1", async () => {
  await using world = await startBroker();
  await using client = world.client();
  const beat = await client.ask(consumerGroupHeartbeatApi, 1, { ...joining, memberEpoch: 3 });
  assert.equal(beat.errorCode, ERROR.FENCED_MEMBER_EPOCH);
  const { topics, errorCode } = await client.ask(offsetFetchApi, 7, {
    groupId: "nobody",
    topics: [{ name: "t", partitionIndexes: [0] }],
  });
  assert.deepEqual([errorCode, topics[0]!.partitions[0]!.committedOffset], [ERROR.NONE, -1]);
});

Deno.test("commits of topics that a member reads stay; others can be forgotten", async () => {
  await using world = await startBroker();
  await using client = world.client();
  await create(client);
  for (const protocol of ["consumer", "classic"]) {
    const groupId = protocol;
    const topics = [...commitsTo("t"), ...commitsTo("u")];
    await client.ask(offsetCommitApi, 7, { groupId, memberId: "", generationOrMemberEpoch: -1, topics });
    if (protocol === "consumer") await client.ask(consumerGroupHeartbeatApi, 1, { ...joining, groupId });
    else await client.ask(joinGroupApi, 3, { ...classic, groupId });
    const forgotten = await client.ask(offsetDeleteApi, 0, {
      groupId,
      topics: topics.map(({ name }) => ({ name, partitions: [{ partitionIndex: 0 }] })),
    });
    assert.deepEqual(
      forgotten.topics.map(({ partitions }) => partitions[0]!.errorCode),
      [ERROR.GROUP_SUBSCRIBED_TO_TOPIC, ERROR.NONE],
      protocol,
    );
  }
});
