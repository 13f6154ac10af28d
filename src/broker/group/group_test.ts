import assert from "node:assert/strict";
import fc from "fast-check";
import { VirtualClock } from "../../clock/mod.ts";
import { Group } from "./group.ts";
import type { JoinRequest, JoinResponse, SyncResponse } from "./group_types.ts";
import { ERROR } from "../protocol/error_codes.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined) => new TextDecoder().decode(value);
const turn = () => new Promise<void>((resolve) => queueMicrotask(resolve));

interface World {
  readonly group: Group;
  readonly clock: VirtualClock;
  readonly pass: (ms: number) => Promise<void>;
}

function open(options: { initialDelayMs?: number; maxMembers?: number } = {}): World {
  const clock = new VirtualClock();
  let names = 0;
  const nameMember = (client: string) => `${client}-${names++}`;
  const group = new Group("g", { clock, nameMember, initialDelayMs: 0, maxMembers: 100, ...options });
  const pass = async (ms: number) => {
    await clock.runTo(clock.now() + BigInt(Math.round(ms * 1e6)));
    await turn();
  };
  return { group, clock, pass };
}

const asked = (request: Partial<JoinRequest> = {}): JoinRequest => ({
  groupId: "g",
  sessionTimeoutMs: 1000,
  rebalanceTimeoutMs: 5000,
  memberId: "",
  groupInstanceId: null,
  protocolType: "consumer",
  protocols: [{ name: "range", metadata: bytes("t") }],
  reason: null,
  ...request,
});
const join = (group: Group, request: Partial<JoinRequest> = {}, needsId = false) =>
  group.join(asked(request), { client: "c", host: "/here", needsId });
const sync = (group: Group, { memberId, generationId }: JoinResponse, assignments: Record<string, string> = {}) =>
  group.sync({
    groupId: "g",
    memberId: memberId!,
    generationId: generationId!,
    groupInstanceId: null,
    protocolType: null,
    protocolName: null,
    assignments: Object.entries(assignments).map(([memberId, part]) => ({ memberId, assignment: bytes(part) })),
  });

/** Two members that are at work. */
async function two(world: World): Promise<[JoinResponse, JoinResponse]> {
  const first = await join(world.group);
  await sync(world.group, first, { [first.memberId!]: "all" });
  const joining = join(world.group);
  const again = join(world.group, { memberId: first.memberId! });
  const [b, a] = await Promise.all([joining, again]);
  const parts = sync(world.group, a, { [a.memberId!]: "half a", [b.memberId!]: "half b" });
  assert.deepEqual([text((await parts).assignment), text((await sync(world.group, b)).assignment)], [
    "half a",
    "half b",
  ]);
  return [a, b];
}

Deno.test("the first member leads, and each gets what the leader gave it", async () => {
  const world = open();
  const [a, b] = await two(world);
  assert.deepEqual([a.leader, b.leader], [a.memberId, a.memberId]);
  assert.deepEqual([a.members!.length, b.members!.length], [2, 0]);
  assert.deepEqual([a.generationId, b.generationId, world.group.state], [2, 2, "Stable"]);
  world.group.close();
});

Deno.test("a member without a name is given one first, which it has to use in time", async () => {
  const { group, pass } = open();
  const first = await join(group, {}, true);
  assert.deepEqual([first.errorCode, group.members.length], [ERROR.MEMBER_ID_REQUIRED, 0]);
  const joined = await join(group, { memberId: first.memberId! }, true);
  assert.equal(joined.errorCode, ERROR.NONE);
  const late = await join(group, {}, true);
  await pass(1000);
  assert.equal((await join(group, { memberId: late.memberId! }, true)).errorCode, ERROR.UNKNOWN_MEMBER_ID);
  group.close();
});

Deno.test("who says nothing for a session is out, and the others are told to join again", async () => {
  const world = open();
  const [a, b] = await two(world);
  await world.pass(900);
  assert.equal(world.group.heartbeat(a.memberId!, 2, null), ERROR.NONE);
  await world.pass(200);
  assert.equal(world.group.heartbeat(b.memberId!, 2, null), ERROR.UNKNOWN_MEMBER_ID);
  assert.equal(world.group.heartbeat(a.memberId!, 2, null), ERROR.REBALANCE_IN_PROGRESS);
  const alone = await join(world.group, { memberId: a.memberId! });
  assert.deepEqual([alone.generationId, alone.members!.length], [3, 1]);
  world.group.close();
});

Deno.test("who does not join again in time holds the others up no longer than it said", async () => {
  const world = open();
  const [a, b] = await two(world);
  const joining = join(world.group);
  const again = join(world.group, { memberId: a.memberId! });
  // The other heartbeats and never joins.
  for (let i = 0; i < 10; i++) {
    await world.pass(499);
    assert.equal(world.group.heartbeat(b.memberId!, 2, null), ERROR.REBALANCE_IN_PROGRESS);
  }
  await world.pass(100);
  const [c] = await Promise.all([joining, again]);
  assert.deepEqual([c.generationId, world.group.members.length], [3, 2]);
  assert.equal(world.group.heartbeat(b.memberId!, 2, null), ERROR.UNKNOWN_MEMBER_ID);
  world.group.close();
});

Deno.test("a leader that never says who gets what is out when its time is over", async () => {
  const { group, pass } = open();
  const first = await join(group);
  const joining = join(group);
  const [b, a] = await Promise.all([joining, join(group, { memberId: first.memberId! })]);
  const waiting = sync(group, b);
  for (let i = 0; i < 11; i++) {
    await pass(500);
    group.heartbeat(a.memberId!, 2, null);
  }
  assert.equal((await waiting).errorCode, ERROR.REBALANCE_IN_PROGRESS);
  const alone = await join(group, { memberId: b.memberId! });
  assert.deepEqual([alone.leader, alone.members!.length], [b.memberId, 1]);
  group.close();
});

Deno.test("commits and heartbeats that storm in while the group rebalances do not keep it from ending", async () => {
  const world = open();
  const [a, b] = await two(world);
  const joining = join(world.group);
  for (let i = 0; i < 1000; i++) {
    assert.equal(world.group.checkCommit(a.memberId!, 2, null), ERROR.NONE);
    assert.equal(world.group.heartbeat(b.memberId!, 2, null), ERROR.REBALANCE_IN_PROGRESS);
  }
  const all = await Promise.all([
    joining,
    join(world.group, { memberId: a.memberId! }),
    join(world.group, { memberId: b.memberId! }),
  ]);
  assert.deepEqual(all.map(({ generationId }) => generationId), [3, 3, 3]);
  assert.equal(world.group.checkCommit(a.memberId!, 2, null), ERROR.ILLEGAL_GENERATION);
  assert.equal(world.group.checkCommit(a.memberId!, 3, null), ERROR.REBALANCE_IN_PROGRESS);
  world.group.close();
});

Deno.test("a static member that comes back takes its place without a rebalance, and the one it was is fenced", async () => {
  const { group } = open();
  const first = await join(group, { groupInstanceId: "one" });
  await sync(group, first, { [first.memberId!]: "all" });
  const back = await join(group, { groupInstanceId: "one" });
  assert.deepEqual([back.errorCode, back.generationId, group.state], [ERROR.NONE, 1, "Stable"]);
  assert.notEqual(back.memberId, first.memberId);
  assert.equal(group.heartbeat(first.memberId!, 1, "one"), ERROR.FENCED_INSTANCE_ID);
  assert.equal(group.heartbeat(back.memberId!, 1, "one"), ERROR.NONE);
  assert.equal(text((await sync(group, back)).assignment), "all");
  assert.equal(group.leave("", "one"), ERROR.NONE);
  assert.deepEqual([group.members.length, group.state], [0, "Empty"]);
});

Deno.test("a static member that wants something else has the group share again", async () => {
  const { group } = open();
  const first = await join(group, { groupInstanceId: "one" });
  await sync(group, first, { [first.memberId!]: "all" });
  const back = await join(group, { groupInstanceId: "one", protocols: [{ name: "range", metadata: bytes("other") }] });
  assert.deepEqual([back.generationId, back.members!.length, group.state], [2, 1, "CompletingRebalance"]);
  group.close();
});

Deno.test("what cannot be is refused", async () => {
  const { group } = open({ maxMembers: 1 });
  const errors = async (request: Partial<JoinRequest>) => (await join(group, request)).errorCode;
  assert.equal(await errors({ sessionTimeoutMs: 1 }), ERROR.INVALID_SESSION_TIMEOUT);
  assert.equal(await errors({ sessionTimeoutMs: 2 ** 31 - 1 }), ERROR.INVALID_SESSION_TIMEOUT);
  assert.equal(await errors({ protocols: [] }), ERROR.INCONSISTENT_GROUP_PROTOCOL);
  assert.equal(await errors({ memberId: "stranger" }), ERROR.UNKNOWN_MEMBER_ID);
  const first = await join(group);
  assert.equal(await errors({}), ERROR.GROUP_MAX_SIZE_REACHED);
  assert.equal(await errors({ protocolType: "connect" }), ERROR.INCONSISTENT_GROUP_PROTOCOL);
  assert.equal(
    await errors({ protocols: [{ name: "sticky", metadata: bytes("t") }] }),
    ERROR.INCONSISTENT_GROUP_PROTOCOL,
  );
  const stranger = await sync(group, { memberId: "stranger", generationId: 1 });
  assert.equal(stranger.errorCode, ERROR.UNKNOWN_MEMBER_ID);
  assert.equal((await sync(group, { ...first, generationId: 9 })).errorCode, ERROR.ILLEGAL_GENERATION);
  assert.equal(group.leave("stranger", null), ERROR.UNKNOWN_MEMBER_ID);
  group.close();
});

Deno.test("only members commit for a group that has some, each as what it is", async () => {
  const { group } = open();
  const commit = (id: string, generation: number, instance: string | null = null) =>
    group.checkCommit(id, generation, instance);
  assert.equal(commit("", -1), ERROR.NONE);
  assert.equal(commit("stranger", -1), ERROR.NONE);
  assert.equal(commit("stranger", 1), ERROR.UNKNOWN_MEMBER_ID);
  const { memberId } = await join(group, { groupInstanceId: "one" });
  await sync(group, { memberId: memberId!, generationId: 1 }, { [memberId!]: "all" });
  assert.equal(commit(memberId!, 1, "one"), ERROR.NONE);
  assert.equal(commit("", -1), ERROR.UNKNOWN_MEMBER_ID);
  assert.equal(commit("stranger", 1), ERROR.UNKNOWN_MEMBER_ID);
  assert.equal(commit(memberId!, -1, "one"), ERROR.ILLEGAL_GENERATION);
  assert.equal(commit(memberId!, 2, "one"), ERROR.ILLEGAL_GENERATION);
  assert.equal(commit("stranger", 1, "one"), ERROR.FENCED_INSTANCE_ID);
  assert.equal(commit(memberId!, 1, "two"), ERROR.UNKNOWN_MEMBER_ID);
  assert.equal(group.heartbeat(memberId!, 1, "two"), ERROR.UNKNOWN_MEMBER_ID);
  group.close();
});

Deno.test("a group waits for more members before its first rebalance, when it is told to", async () => {
  const { group, pass } = open({ initialDelayMs: 300 });
  const joining = [join(group), join(group), join(group)];
  await pass(299);
  assert.equal(group.generation, 0);
  await pass(1);
  const all = await Promise.all(joining);
  assert.deepEqual(all.map(({ generationId }) => generationId), [1, 1, 1]);
  group.close();
});

Deno.test("the protocol is one that all speak, and the one that most like best", async () => {
  const { group } = open({ initialDelayMs: 10 });
  const speak = (...names: string[]) =>
    join(group, { protocols: names.map((name) => ({ name, metadata: bytes(name) })) });
  const joining = [speak("a", "b", "c"), speak("b", "a"), speak("b", "c", "a")];
  await turn();
  group.close();
  assert.deepEqual((await Promise.all(joining)).map(({ errorCode }) => errorCode), [16, 16, 16]);
  const other = open({ initialDelayMs: 10 });
  const again = [["a", "b", "c"], ["b", "a"], ["b", "c", "a"]].map((names) =>
    join(other.group, { protocols: names.map((name) => ({ name, metadata: bytes(name) })) })
  );
  await other.pass(10);
  assert.deepEqual((await Promise.all(again)).map(({ protocolName }) => protocolName), ["b", "b", "b"]);
  other.group.close();
});

/*
 * Goal: whatever members do and whenever, a group ends up at work with those who are there, and nobody waits for ever.
 * Method: members that join, sync, heartbeat, go silent, leave and come back at random times; in between, invariants; at
 * the end all who are left do what they are told, for as long as the longest timeout.
 */
Deno.test("a group of any members that do anything comes to rest with those who are there", async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("join" as const), who: fc.nat(4) }),
    fc.record({ do: fc.constant("obey" as const), who: fc.nat(4) }),
    fc.record({ do: fc.constant("leave" as const), who: fc.nat(4) }),
    fc.record({ do: fc.constant("silence" as const), who: fc.nat(4) }),
    fc.record({ do: fc.constant("pass" as const), ms: fc.nat(1500) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const world = open();
      const members = Array.from({ length: 5 }, () => new Actor(world.group));
      for (const each of steps) {
        if (each.do === "pass") {
          // Those who are not silent go on all the while.
          for (let left = each.ms; left > 0; left -= 300) {
            await world.pass(Math.min(left, 300));
            for (const member of members) if (!member.isSilent) member.obey();
          }
        } else {
          const member = members[each.who]!;
          if (each.do === "join") member.start();
          else if (each.do === "obey") member.obey();
          else if (each.do === "leave") member.leave();
          else member.isSilent = true;
        }
        await turn();
        checkInvariants(world.group);
      }
      for (let i = 0; i < 60; i++) {
        await world.pass(300);
        for (const member of members) if (!member.isSilent) member.obey();
      }
      const present = members.filter(({ isSilent, isIn }) => isIn && !isSilent);
      assert.equal(world.group.state, present.length > 0 ? "Stable" : "Empty");
      assert.deepEqual(world.group.members.map(({ id }) => id).sort(), present.map(({ id }) => id).sort());
      for (const { part, generation } of present) {
        assert.deepEqual([part, generation], [`part of ${present.length}`, world.group.generation]);
      }
      world.group.close();
      assert.equal(world.clock.pending, 0);
    }),
    { numRuns: 300 },
  );
});

function checkInvariants({ state, members, leader, protocol }: Group): void {
  if (state === "Empty") assert.equal(members.length, 0);
  else assert.ok(members.length > 0, state);
  if (state === "Stable" || state === "CompletingRebalance") {
    assert.ok(members.some(({ id }) => id === leader), "the leader is a member");
    assert.ok(protocol !== null && members.every(({ protocols }) => protocols.some(({ name }) => name === protocol)));
  }
  if (state === "Stable") assert.ok(members.every(({ joining, syncing }) => !joining && !syncing), "nobody waits");
}

/** A client as they are: it joins when it is told to, syncs when it has joined, heartbeats in between. */
class Actor {
  id = "";
  generation = -1;
  part: string | undefined;
  isIn = false;
  isSilent = false;
  #waits = false;
  readonly #group: Group;

  constructor(group: Group) {
    this.#group = group;
  }

  start(): void {
    this.isSilent = false;
    this.isIn = true;
    this.obey();
  }

  leave(): void {
    if (this.id !== "") this.#group.leave(this.id, null);
    this.isIn = false;
  }

  obey(): void {
    if (this.#waits || !this.isIn) return;
    if (this.part === undefined) return void this.#join();
    const error = this.#group.heartbeat(this.id, this.generation, null);
    if (error === ERROR.NONE) return;
    if (error === ERROR.UNKNOWN_MEMBER_ID) this.id = "";
    void this.#join();
  }

  async #join(): Promise<void> {
    [this.#waits, this.part] = [true, undefined];
    try {
      const joined = await join(this.#group, { memberId: this.id });
      if (joined.errorCode === ERROR.UNKNOWN_MEMBER_ID) this.id = "";
      if (joined.errorCode !== ERROR.NONE) return;
      [this.id, this.generation] = [joined.memberId!, joined.generationId!];
      // Who has left or fallen silent meanwhile does not go on.
      if (!this.isIn || this.isSilent) return;
      const parts = (joined.members ?? []).map(({ memberId }) => [memberId!, `part of ${joined.members!.length}`]);
      const synced: SyncResponse = await sync(this.#group, joined, Object.fromEntries(parts));
      if (synced.errorCode === ERROR.NONE) this.part = text(synced.assignment as Uint8Array);
      else if (synced.errorCode === ERROR.UNKNOWN_MEMBER_ID) this.id = "";
    } finally {
      this.#waits = false;
    }
  }
}
