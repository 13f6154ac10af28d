import { ERROR, type ErrorNumber } from "../protocol/error_codes.ts";
import { AWAY, type ConsumerMember, createConsumerMember, JOINING, reconcile } from "./consumer_group_member.ts";
import { findHeartbeatProblem, type Problem } from "./consumer_group_checks.ts";
import { listPartitions, NO_PARTITIONS, type Partitions, readPartitions } from "./consumer_group_partitions.ts";
import { ConsumerGroupTarget } from "./consumer_group_target.ts";
import type {
  ConsumerGroupOptions,
  ConsumerGroupState,
  ConsumerHeartbeat,
  ConsumerHeartbeatAnswer,
} from "./consumer_group_types.ts";
import { TopicPattern } from "./topic_pattern.ts";
import type { Joiner } from "./group_types.ts";

/**
 * A group of the protocol that KIP-848 describes: members say what they want and what they have, the broker shares, and
 * each is brought to its part on its own, while the others go on. Nothing of it outlives the broker.
 */
export class ConsumerGroup {
  readonly id: string;
  /** Which protocol its members speak, as tools are told. */
  readonly type = "consumer";
  readonly protocolType = "consumer";
  readonly #options: ConsumerGroupOptions;
  readonly #members = new Map<string, ConsumerMember>();
  readonly #static = new Map<string, ConsumerMember>();
  /** Who has each partition, or has not given it up yet. */
  readonly #owners = new Map<string, ConsumerMember>();
  readonly #target: ConsumerGroupTarget;

  /** An empty one. */
  constructor(id: string, options: ConsumerGroupOptions) {
    [this.id, this.#options] = [id, options];
    this.#target = new ConsumerGroupTarget(options);
  }

  /** Where it is. */
  get state(): ConsumerGroupState {
    if (this.#members.size === 0) return "Empty";
    const isThere = ({ state, epoch }: ConsumerMember) => state === "stable" && epoch === this.epoch;
    return this.members.every(isThere) ? "Stable" : "Reconciling";
  }

  /** How often it was shared. */
  get epoch(): number {
    return this.#target.epoch;
  }

  /** The name of who shares. */
  get assignor(): string {
    return this.#target.assignor;
  }

  /** Who is in it, in the order in which they came. */
  get members(): readonly ConsumerMember[] {
    return [...this.#members.values()];
  }

  /** What a member is to have when all are where they should be. */
  targetOf({ id }: ConsumerMember): Partitions {
    return this.#target.of(id);
  }

  /** Takes a member in, keeps it in or lets it go, and brings it a step further. */
  heartbeat(request: ConsumerHeartbeat, joiner: Joiner & { readonly version: number }): ConsumerHeartbeatAnswer {
    const problem = findHeartbeatProblem(request, joiner);
    if (problem !== undefined) return refuse(problem);
    if (request.memberEpoch < 0) return this.#leave(request);
    const owned = readPartitions(request.topicPartitions);
    const member = this.#identify(request, { ...joiner, owned });
    if ("error" in member) return refuse(member);
    const hadBefore = member.assigned;
    if (subscribe(member, request)) this.#target.change();
    this.#target.refresh(this.members);
    this.#bring(member, owned);
    this.#after("stopSession", member, this.#options.sessionMs);
    const isAsked = request.memberEpoch === JOINING || owned !== undefined || request.subscribedTopicNames !== null;
    const isNew = member.assigned.symmetricDifference(hadBefore).size > 0;
    return {
      errorCode: ERROR.NONE,
      memberId: member.id,
      memberEpoch: member.epoch,
      heartbeatIntervalMs: this.#options.heartbeatMs,
      assignment: isAsked || isNew ? { topicPartitions: listPartitions(member.assigned) } : null,
    };
  }

  /** Whether a member of this epoch may commit; a group without members takes commits from outside. */
  checkCommit(memberId: string, epoch: number, _instanceId: string | null = null): ErrorNumber {
    if (epoch < 0 && this.#members.size === 0) return ERROR.NONE;
    const member = this.#members.get(memberId);
    if (member === undefined) return ERROR.UNKNOWN_MEMBER_ID;
    return member.epoch === epoch ? ERROR.NONE : ERROR.STALE_MEMBER_EPOCH;
  }

  /** Whether somebody in it wants this topic. */
  isSubscribed(topic: string): boolean {
    return this.members.some(({ topics, pattern }) =>
      topics.includes(topic) || pattern !== null && new TopicPattern(pattern).matches(topic)
    );
  }

  /** Ends it. */
  close(): void {
    for (const { stopSession, stopRevoking } of this.members) {
      stopSession();
      stopRevoking();
    }
    for (const all of [this.#members, this.#static, this.#owners]) all.clear();
  }

  /** Who says that it is a member; a new one where it joins. */
  #identify(
    request: ConsumerHeartbeat,
    { client, host, owned }: Joiner & { readonly owned: Partitions | undefined },
  ): ConsumerMember | Problem {
    const { memberEpoch, instanceId } = request;
    const holder = instanceId === null ? undefined : this.#static.get(instanceId);
    const known = instanceId === null ? this.#members.get(request.memberId) : holder;
    if (memberEpoch === JOINING) {
      const id = request.memberId === "" ? this.#options.nameMember(client) : request.memberId;
      const who = { id, instanceId, client, host };
      if (known === undefined) return this.#enter(createConsumerMember(who));
      if (known.id !== id) return this.#takeOver(known, who);
      // It begins again, and says that it has nothing.
      this.#set(known, { state: "stable", epoch: JOINING, assigned: known.assigned, revoking: NO_PARTITIONS });
      return known;
    }
    if (known === undefined) return { error: ERROR.UNKNOWN_MEMBER_ID, message: "there is no such member" };
    if (known.id !== request.memberId) {
      return { error: ERROR.FENCED_INSTANCE_ID, message: `another member is instance ${instanceId} now` };
    }
    if (known.epoch === memberEpoch) return known;
    // The answer that told it of its epoch may have been lost.
    const isBehind = memberEpoch === known.previousEpoch && owned?.isSubsetOf(known.assigned);
    return isBehind
      ? known
      : { error: ERROR.FENCED_MEMBER_EPOCH, message: `the member is at epoch ${known.epoch}, and has to join again` };
  }

  #enter(member: ConsumerMember): ConsumerMember | Problem {
    const { maxMembers } = this.#options;
    if (this.#members.has(member.id)) return { error: ERROR.UNRELEASED_INSTANCE_ID, message: "the member has another" };
    if (this.#members.size >= maxMembers) {
      return {
        error: ERROR.GROUP_MAX_SIZE_REACHED,
        message: `the group has ${maxMembers} members, which is the limit`,
      };
    }
    this.#members.set(member.id, member);
    if (member.instanceId !== null) this.#static.set(member.instanceId, member);
    this.#target.change();
    return member;
  }

  /** A static member has come back under another id: it has what the one had that it was. */
  #takeOver(before: ConsumerMember, who: Pick<ConsumerMember, "id" | "instanceId" | "client" | "host">) {
    if (before.epoch !== AWAY || this.#members.has(who.id)) {
      const message = `member ${before.id} is instance ${who.instanceId}, and has not left`;
      return { error: ERROR.UNRELEASED_INSTANCE_ID, message };
    }
    before.stopSession();
    const member: ConsumerMember = { ...before, ...who, epoch: JOINING, previousEpoch: JOINING, stopSession: () => {} };
    this.#members.delete(before.id);
    this.#members.set(member.id, member);
    this.#static.set(who.instanceId!, member);
    for (const key of before.assigned) this.#owners.set(key, member);
    this.#target.rename(before.id, member.id);
    return member;
  }

  #leave({ memberId, memberEpoch, instanceId }: ConsumerHeartbeat): ConsumerHeartbeatAnswer {
    const member = instanceId === null ? this.#members.get(memberId) : this.#static.get(instanceId);
    if (member === undefined) return refuse({ error: ERROR.UNKNOWN_MEMBER_ID, message: "there is no such member" });
    if (member.id !== memberId) {
      return refuse({ error: ERROR.FENCED_INSTANCE_ID, message: `another member is instance ${instanceId} now` });
    }
    if (memberEpoch === AWAY) {
      // What it has waits for it, until its session ends.
      this.#set(member, { state: "stable", epoch: AWAY, assigned: member.assigned, revoking: NO_PARTITIONS });
    } else this.#remove(member);
    return { errorCode: ERROR.NONE, memberId, memberEpoch };
  }

  #bring(member: ConsumerMember, owned: Partitions | undefined): void {
    const isFree = (key: string) => (this.#owners.get(key) ?? member) === member;
    const { epoch } = this.#target;
    this.#set(member, reconcile(member, { target: this.targetOf(member), epoch, owned, isFree }));
  }

  #set(member: ConsumerMember, next: Pick<ConsumerMember, "state" | "epoch" | "assigned" | "revoking">): void {
    if (next === member) return;
    for (const key of [...member.assigned, ...member.revoking]) this.#owners.delete(key);
    for (const key of [...next.assigned, ...next.revoking]) this.#owners.set(key, member);
    if (next.epoch !== member.epoch) member.previousEpoch = member.epoch;
    Object.assign(member, next);
    member.stopRevoking();
    if (member.state === "unrevoked") this.#after("stopRevoking", member, member.rebalanceTimeoutMs);
  }

  #remove(member: ConsumerMember): void {
    member.stopSession();
    member.stopRevoking();
    for (const key of [...member.assigned, ...member.revoking]) this.#owners.delete(key);
    this.#members.delete(member.id);
    if (member.instanceId !== null) this.#static.delete(member.instanceId);
    this.#target.change();
    this.#target.refresh(this.members);
  }

  /** Removes a member after so many milliseconds, unless that is taken back. */
  #after(stop: "stopSession" | "stopRevoking", member: ConsumerMember, ms: number): void {
    const { clock } = this.#options;
    member[stop]();
    member[stop] = clock.at(clock.elapsedNs() + ms * 1e6, () => this.#remove(member));
  }
}

/** Takes in what a member wants; says whether it is something else than before. */
function subscribe(member: ConsumerMember, request: ConsumerHeartbeat): boolean {
  const { subscribedTopicNames: names, subscribedTopicRegex: pattern, serverAssignor, rackId } = request;
  const isFirst = request.memberEpoch === JOINING;
  const before = JSON.stringify([member.topics, member.pattern, member.assignor]);
  // What is not said has not changed; who joins says all.
  if (names !== null || isFirst) member.topics = [...new Set(names)].sort();
  if (pattern !== null || isFirst) member.pattern = pattern === "" ? null : pattern;
  if (serverAssignor !== null || isFirst) member.assignor = serverAssignor;
  if (rackId !== null || isFirst) member.rackId = rackId;
  if (request.rebalanceTimeoutMs !== -1) member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
  return before !== JSON.stringify([member.topics, member.pattern, member.assignor]);
}

function refuse({ error, message }: Problem): ConsumerHeartbeatAnswer {
  return { errorCode: error, errorMessage: message };
}
