import assert from "node:assert/strict";
import { VirtualClock } from "../../clock/mod.ts";
import { ConsumerGroup } from "./consumer_group.ts";
import type { ConsumerHeartbeat, ConsumerHeartbeatAnswer, KnownTopic } from "./consumer_group_types.ts";
import { ERROR } from "../protocol/error_codes.ts";

function open(sizes: Record<string, number> = { t: 4 }, { maxMembers = 100 } = {}) {
  const clock = new VirtualClock();
  const all = new Map<string, KnownTopic>();
  const create = (name: string, partitions: number) =>
    all.set(name, { name, id: `id of ${name}`, partitions: { length: partitions } });
  for (const [name, partitions] of Object.entries(sizes)) create(name, partitions);
  const topics = {
    get topics() {
      return [...all.values()];
    },
    topic: (name: string) => all.get(name),
    topicById: (id: string) => topics.topics.find((topic) => topic.id === id),
  };
  let names = 0;
  const nameMember = (client: string) => `${client}-${names++}`;
  const group = new ConsumerGroup("g", { clock, nameMember, maxMembers, heartbeatMs: 100, sessionMs: 1000, topics });
  const pass = (ms: number) => clock.runTo(clock.now() + BigInt(ms) * 1_000_000n);
  return { group, clock, pass, create, all };
}

const beat = (group: ConsumerGroup, request: Partial<ConsumerHeartbeat>) =>
  group.heartbeat({
    groupId: "g",
    memberId: "a",
    memberEpoch: 0,
    instanceId: null,
    rackId: null,
    rebalanceTimeoutMs: -1,
    subscribedTopicNames: null,
    subscribedTopicRegex: null,
    serverAssignor: null,
    topicPartitions: null,
    ...request,
  }, { client: "c", host: "/here", version: 1 });
const join = (group: ConsumerGroup, memberId: string, request: Partial<ConsumerHeartbeat> = {}) =>
  beat(group, { memberId, rebalanceTimeoutMs: 500, subscribedTopicNames: ["t"], topicPartitions: [], ...request });
const parts = ({ assignment }: ConsumerHeartbeatAnswer) =>
  assignment?.topicPartitions?.flatMap(({ topicId, partitions }) =>
    partitions!.map((i) => `${topicId!.slice("id of ".length)}${i}`)
  );
const has = (...partitions: number[]) => [{ topicId: "id of t", partitions }];

Deno.test("a partition is given to its new member when the old one has let go of it, and not before", () => {
  const { group } = open();
  const a = join(group, "a");
  assert.deepEqual([a.memberEpoch, parts(a), group.state], [1, ["t0", "t1", "t2", "t3"], "Stable"]);
  const b = join(group, "b");
  assert.deepEqual([b.memberEpoch, parts(b), group.state], [2, [], "Reconciling"]);
  const told = beat(group, { memberId: "a", memberEpoch: 1 });
  assert.deepEqual([told.memberEpoch, parts(told)!.length], [1, 2]);
  const kept = told.assignment!.topicPartitions as ReturnType<typeof has>;
  // It says nothing of what it has, so it has it still.
  assert.deepEqual(parts(beat(group, { memberId: "a", memberEpoch: 1 })), undefined);
  assert.equal(parts(beat(group, { memberId: "b", memberEpoch: 2 })), undefined);
  assert.equal(beat(group, { memberId: "a", memberEpoch: 1, topicPartitions: kept }).memberEpoch, 2);
  assert.deepEqual(parts(beat(group, { memberId: "b", memberEpoch: 2 }))?.length, 2);
  assert.equal(group.state, "Stable");
  group.close();
});

Deno.test("who does not let go in its time is out, and so is who says nothing for a session", async () => {
  const { group, pass } = open();
  join(group, "a");
  join(group, "b");
  beat(group, { memberId: "a", memberEpoch: 1 });
  await pass(499);
  assert.equal(beat(group, { memberId: "a", memberEpoch: 1 }).errorCode, ERROR.NONE);
  await pass(1);
  assert.equal(beat(group, { memberId: "a", memberEpoch: 1 }).errorCode, ERROR.UNKNOWN_MEMBER_ID);
  assert.equal(parts(beat(group, { memberId: "b", memberEpoch: 2 }))?.length, 4);
  await pass(1000);
  assert.deepEqual([group.members.length, group.state], [0, "Empty"]);
  group.close();
});

Deno.test("an epoch that is not the member's is fenced, except the one before with what it has", () => {
  const { group } = open();
  join(group, "a");
  const error = (request: Partial<ConsumerHeartbeat>) => beat(group, request).errorCode;
  assert.equal(error({ memberEpoch: 2 }), ERROR.FENCED_MEMBER_EPOCH);
  assert.equal(error({ memberEpoch: 1, memberId: "stranger" }), ERROR.UNKNOWN_MEMBER_ID);
  join(group, "b", { subscribedTopicNames: [] });
  assert.equal(beat(group, { memberEpoch: 1 }).memberEpoch, 2);
  assert.equal(error({ memberEpoch: 1 }), ERROR.FENCED_MEMBER_EPOCH);
  assert.equal(beat(group, { memberEpoch: 1, topicPartitions: has(0, 1) }).memberEpoch, 2);
  assert.equal(error({ memberEpoch: 1, topicPartitions: has(9) }), ERROR.FENCED_MEMBER_EPOCH);
  // Joining again says that it has nothing.
  assert.deepEqual([parts(join(group, "a"))!.length, group.members.length], [4, 2]);
  group.close();
});

Deno.test("a static member that goes for a while finds what it had under another id", async () => {
  const { group, pass } = open();
  const instanceId = "one";
  join(group, "a", { instanceId });
  join(group, "b");
  const error = (memberId: string) => join(group, memberId, { instanceId }).errorCode;
  assert.equal(error("c"), ERROR.UNRELEASED_INSTANCE_ID);
  assert.equal(beat(group, { memberEpoch: -2, instanceId }).memberEpoch, -2);
  assert.equal(parts(beat(group, { memberId: "b", memberEpoch: 2 })), undefined);
  const back = join(group, "c", { instanceId });
  assert.deepEqual([back.memberEpoch, parts(back)!.length, group.epoch], [2, 2, 2]);
  assert.equal(beat(group, { memberEpoch: 1, instanceId }).errorCode, ERROR.FENCED_INSTANCE_ID);
  beat(group, { memberId: "c", memberEpoch: -2, instanceId });
  await pass(600);
  beat(group, { memberId: "b", memberEpoch: 2 });
  await pass(600);
  assert.equal(parts(beat(group, { memberId: "b", memberEpoch: 2 }))!.length, 4);
  group.close();
});

Deno.test("topics that come later and partitions that are added are shared", async () => {
  const { group, pass, create, all } = open({ t: 1 });
  join(group, "a", { subscribedTopicNames: ["t", "later"], subscribedTopicRegex: "x-.*" });
  create("later", 1);
  await pass(100);
  assert.deepEqual(parts(beat(group, { memberEpoch: 1 })), ["t0", "later0"]);
  create("t", 2);
  create("x-1", 1);
  await pass(100);
  assert.deepEqual(parts(beat(group, { memberEpoch: 2 }))!.sort(), ["later0", "t0", "t1", "x-10"]);
  all.delete("t");
  await pass(100);
  const told = beat(group, { memberEpoch: 3 });
  assert.deepEqual([told.memberEpoch, parts(told)!.sort()], [3, ["later0", "x-10"]]);
  group.close();
});

Deno.test("an empty regular expression matches no topic", () => {
  const { group } = open();
  const a = join(group, "a", { subscribedTopicNames: [], subscribedTopicRegex: "" });
  assert.deepEqual([a.errorCode, parts(a)], [ERROR.NONE, []]);
  assert.equal(group.isSubscribed("t"), false);
  const b = beat(group, { memberEpoch: 1, subscribedTopicRegex: "[a-z]" });
  assert.deepEqual(parts(b), ["t0", "t1", "t2", "t3"]);
  group.close();
});

Deno.test("commits of another epoch are stale; a group without members takes them from outside", () => {
  const { group } = open();
  assert.equal(group.checkCommit("", -1), ERROR.NONE);
  join(group, "a");
  assert.equal(group.checkCommit("a", 1), ERROR.NONE);
  assert.equal(group.checkCommit("a", 0), ERROR.STALE_MEMBER_EPOCH);
  assert.equal(group.checkCommit("", -1), ERROR.UNKNOWN_MEMBER_ID);
  group.close();
});

Deno.test("what cannot be is refused", () => {
  const { group } = open({ t: 1 }, { maxMembers: 1 });
  const error = (request: Partial<ConsumerHeartbeat>) => join(group, "a", request).errorCode;
  assert.equal(error({ rebalanceTimeoutMs: -1 }), ERROR.INVALID_REQUEST);
  assert.equal(error({ topicPartitions: has(1) }), ERROR.INVALID_REQUEST);
  assert.equal(error({ topicPartitions: null }), ERROR.INVALID_REQUEST);
  assert.equal(error({ subscribedTopicNames: null }), ERROR.INVALID_REQUEST);
  assert.equal(error({ memberId: "" }), ERROR.INVALID_REQUEST);
  assert.equal(error({ memberEpoch: -3 }), ERROR.INVALID_REQUEST);
  assert.equal(error({ memberEpoch: -2 }), ERROR.INVALID_REQUEST);
  assert.equal(error({ memberEpoch: -1 }), ERROR.UNKNOWN_MEMBER_ID);
  assert.equal(error({ serverAssignor: "sticky" }), ERROR.UNSUPPORTED_ASSIGNOR);
  assert.equal(error({ subscribedTopicRegex: "(" }), ERROR.INVALID_REGULAR_EXPRESSION);
  assert.equal(group.members.length, 0);
  join(group, "a", { serverAssignor: "range" });
  assert.deepEqual([group.assignor, error({ memberId: "b" })], ["range", ERROR.GROUP_MAX_SIZE_REACHED]);
  group.close();
});

Deno.test("beats and commits that storm in while many members join at once do not keep the group from coming to rest", () => {
  const { group } = open({ t: 200 });
  const members = Array.from(
    { length: 50 },
    (_, i) => ({ id: `m${i}`, epoch: 0, owned: [] as ReturnType<typeof has> }),
  );
  let beats = 0;
  for (const member of members) member.epoch = join(group, member.id).memberEpoch!;
  for (let round = 0; round < 3 || group.state !== "Stable"; round++) {
    assert.ok(round < 10, "it does not come to rest");
    for (const member of members) {
      for (let i = 0; i < 20; i++, beats++) {
        assert.equal(group.checkCommit(member.id, member.epoch), ERROR.NONE);
        const { id: memberId, epoch: memberEpoch, owned: topicPartitions } = member;
        const answer = beat(group, { memberId, memberEpoch, topicPartitions });
        assert.equal(answer.errorCode, ERROR.NONE);
        member.epoch = answer.memberEpoch!;
        member.owned = answer.assignment!.topicPartitions as typeof member.owned;
      }
    }
  }
  assert.deepEqual([...new Set(members.map(({ owned }) => owned[0]!.partitions.length))], [4]);
  assert.deepEqual([group.epoch, beats], [50, 3000]);
  group.close();
});
