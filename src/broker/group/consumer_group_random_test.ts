import assert from "node:assert/strict";
import fc from "fast-check";
import { VirtualClock } from "../../clock/mod.ts";
import { ConsumerGroup } from "./consumer_group.ts";
import { listPartitions, NO_PARTITIONS, type Partitions, readPartitions } from "./consumer_group_partitions.ts";
import type { ConsumerHeartbeat } from "./consumer_group_types.ts";
import { ERROR } from "../protocol/error_codes.ts";

const TOPICS = { t: 5, u: 3, v: 2 };
const [HEARTBEAT_MS, SESSION_MS, REBALANCE_MS] = [100, 1000, 700];

/*
 * Goal: whatever members do and whenever, no partition is ever with two of them at once, and the group comes to rest with
 * all partitions shared evenly among those who are there.
 * Method: members that join, beat, lose answers, go silent, die, leave, come back and want other topics at random times;
 * what they hold is compared after each step; at the end all who are left go on until nothing can change any more.
 */
Deno.test("a group of KIP-848 of any members that do anything never gives a partition to two, and comes to rest", async () => {
  const who = fc.nat(4);
  const step = fc.oneof(
    fc.record({ do: fc.constant("join" as const), who, topics: fc.subarray(Object.keys(TOPICS)) }),
    fc.record({ do: fc.constant("want" as const), who, topics: fc.subarray(Object.keys(TOPICS)) }),
    fc.record({ do: fc.constantFrom("beat", "lose", "leave", "away", "die", "silence", "wake"), who }),
    fc.record({ do: fc.constant("grow" as const), topic: fc.constantFrom("t", "u") }),
    fc.record({ do: fc.constant("pass" as const), ms: fc.nat(900) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const clock = new VirtualClock();
      const sizes: Record<string, number> = { ...TOPICS };
      const known = (name: string) => ({ name, id: `id-${name}`, partitions: { length: sizes[name]! } });
      const topics = {
        topics: Object.keys(TOPICS).map(known),
        topic: known,
        topicById: (id: string) => known(id.slice(3)),
      };
      const options = { clock, nameMember: () => "", maxMembers: 10, heartbeatMs: HEARTBEAT_MS, sessionMs: SESSION_MS };
      const group = new ConsumerGroup("g", { ...options, topics });
      const actors = Array.from({ length: 5 }, (_, i) => new Actor(group, clock, i));
      const check = () => {
        const held = actors.flatMap((actor) => [...actor.held(clock.elapsedNs())]);
        assert.equal(new Set(held).size, held.length, `two hold one of ${held}`);
      };
      const pass = async (ms: number) => {
        for (let left = ms; left > 0; left -= HEARTBEAT_MS) {
          await clock.runTo(clock.now() + BigInt(Math.min(left, HEARTBEAT_MS)) * 1_000_000n);
          for (const actor of actors) if (!actor.isSilent) actor.beat();
          check();
        }
      };
      for (const each of steps) {
        if (each.do === "pass") await pass(each.ms);
        else if (each.do === "grow") sizes[each.topic]!++;
        else {
          const actor = actors[each.who]!;
          if (each.do === "join") actor.start(each.topics);
          else if (each.do === "want") actor.want(each.topics);
          else if (each.do === "lose") actor.beat({ isLost: true });
          else actor[each.do]();
        }
        check();
      }
      await pass(4 * SESSION_MS);
      const present = actors.filter(({ isIn, isSilent }) => isIn && !isSilent);
      assert.deepEqual(group.members.map(({ id }) => id).sort(), present.map(({ id }) => id).sort());
      assert.equal(group.state, present.length === 0 ? "Empty" : "Stable");
      const held = new Set(present.flatMap((actor) => [...actor.owned]));
      const wanted = Object.keys(TOPICS).filter((topic) => present.some(({ topics }) => topics.includes(topic)));
      assert.equal(held.size, wanted.reduce((sum, topic) => sum + sizes[topic]!, 0), "all are with somebody");
      for (const [a, b] of present.flatMap((a) => present.map((b) => [a, b] as const))) {
        const couldPass = [...a.owned].some((key) => b.topics.some((topic) => key.startsWith(`id-${topic}:`)));
        assert.ok(!couldPass || a.owned.size <= b.owned.size + 1, "shared evenly");
      }
      group.close();
      assert.equal(clock.pending, 0);
    }),
    { numRuns: 300 },
  );
});

/** A client as they are: it says what it has, lets go of what it is told to, and begins anew when it is shut out. */
class Actor {
  id = "";
  topics: readonly string[] = [];
  owned: Partitions = NO_PARTITIONS;
  isIn = false;
  isSilent = false;
  readonly #group: ConsumerGroup;
  readonly #clock: VirtualClock;
  readonly #number: number;
  readonly #instanceId: string | null;
  #epoch = 0;
  #starts = 0;
  #isSubscribed = false;
  #heardAtNs = 0;
  /** What it is to have when it has let go of the rest, and how many beats that still takes. */
  #given: Partitions | undefined;
  #busy = 0;
  #toldToLetGoAtNs = Infinity;

  constructor(group: ConsumerGroup, clock: VirtualClock, number: number) {
    [this.#group, this.#clock, this.#number] = [group, clock, number];
    this.#instanceId = number < 2 ? `instance ${number}` : null;
  }

  /** What it works on: who hears nothing for a session, or is too slow to let go, stops working by itself. */
  held(nowNs: number): Partitions {
    const isLate = nowNs >= Math.min(this.#heardAtNs + SESSION_MS * 1e6, this.#toldToLetGoAtNs + REBALANCE_MS * 1e6);
    return this.isIn && !isLate ? this.owned : NO_PARTITIONS;
  }

  start(topics: readonly string[]): void {
    if (this.isIn) return;
    [this.isIn, this.isSilent, this.topics, this.id] = [true, false, topics, `${this.#number}.${this.#starts++}`];
    this.#restart();
    this.beat();
  }

  want(topics: readonly string[]): void {
    [this.topics, this.#isSubscribed] = [topics, false];
  }

  leave(): void {
    if (this.isIn) this.#send({ memberEpoch: -1 });
    this.isIn = false;
  }

  away(): void {
    if (this.isIn) this.#send({ memberEpoch: this.#instanceId === null ? -1 : -2 });
    this.isIn = false;
  }

  die(): void {
    this.isIn = false;
  }

  silence(): void {
    this.isSilent = true;
  }

  wake(): void {
    this.isSilent = false;
    // It notices that it was away for too long.
    if (this.isIn && this.held(this.#clock.elapsedNs()) !== this.owned) this.#restart();
  }

  beat({ isLost = false } = {}): void {
    if (!this.isIn) return;
    // It was told to let go of something, and takes some beats for it.
    if (this.#given !== undefined && this.#busy-- === 0) [this.owned, this.#given] = [this.#given, undefined];
    const joins = this.#epoch === 0;
    const sentAtNs = this.#clock.elapsedNs();
    const answer = this.#send({
      memberEpoch: this.#epoch,
      topicPartitions: listPartitions(this.owned),
      rebalanceTimeoutMs: joins ? REBALANCE_MS : -1,
      subscribedTopicNames: this.#isSubscribed && !joins ? null : this.topics,
    });
    if (isLost) return;
    const { errorCode, memberEpoch, assignment } = answer;
    if (errorCode === ERROR.FENCED_MEMBER_EPOCH || errorCode === ERROR.UNKNOWN_MEMBER_ID) return this.#restart();
    // Until the one who was this instance is out.
    if (errorCode === ERROR.UNRELEASED_INSTANCE_ID) return;
    if (errorCode === ERROR.FENCED_INSTANCE_ID) return this.die();
    assert.equal(errorCode, ERROR.NONE);
    [this.#epoch, this.#isSubscribed, this.#heardAtNs] = [memberEpoch!, true, sentAtNs];
    const given = readPartitions((assignment?.topicPartitions ?? null) as ConsumerHeartbeat["topicPartitions"]);
    if (given === undefined) return;
    if (this.owned.isSubsetOf(given)) {
      [this.owned, this.#given, this.#toldToLetGoAtNs] = [given, undefined, Infinity];
    } else {
      if (this.#given === undefined) [this.#busy, this.#toldToLetGoAtNs] = [this.#number % 3, sentAtNs];
      this.#given = given;
    }
  }

  #restart(): void {
    [this.#epoch, this.owned, this.#heardAtNs] = [0, NO_PARTITIONS, this.#clock.elapsedNs()];
    [this.#given, this.#toldToLetGoAtNs] = [undefined, Infinity];
  }

  #send(request: Partial<ConsumerHeartbeat>) {
    return this.#group.heartbeat({
      groupId: "g",
      memberId: this.id,
      memberEpoch: 0,
      instanceId: this.#instanceId,
      rackId: null,
      rebalanceTimeoutMs: -1,
      subscribedTopicNames: null,
      subscribedTopicRegex: null,
      serverAssignor: null,
      topicPartitions: null,
      ...request,
    }, { client: "c", host: "/here", version: 1 });
  }
}
