import type { Clock } from "../clock/mod.ts";
import type { Loose, RequestOf, ResponseOf } from "./protocol/api.ts";
import type { joinGroupApi } from "./protocol/11_join_group.ts";
import type { syncGroupApi } from "./protocol/14_sync_group.ts";
import { ERROR, type ErrorNumber } from "./protocol/error_codes.ts";
import { commonProtocols, electProtocol, type Member } from "./group_member.ts";

/** @see {@linkcode joinGroupApi} */
export type JoinRequest = RequestOf<typeof joinGroupApi>;
/** @see {@linkcode joinGroupApi} */
export type JoinResponse = ResponseOf<typeof joinGroupApi>;
/** @see {@linkcode syncGroupApi} */
export type SyncRequest = RequestOf<typeof syncGroupApi>;
/** @see {@linkcode syncGroupApi} */
export type SyncResponse = ResponseOf<typeof syncGroupApi>;

/** Where a group is: nobody in it; waiting for all to join; waiting for what the leader gives to each; at work. */
export type GroupState = "Empty" | "PreparingRebalance" | "CompletingRebalance" | "Stable";

/** Options of {@linkcode Group}. */
export interface GroupOptions {
  /** Ends sessions and rebalances. */
  readonly clock: Clock;
  /** A name for a new member, from what its client calls itself. */
  readonly nameMember: (client: string) => string;
  /** How long the first rebalance of an empty group waits for more members, in milliseconds. */
  readonly initialDelayMs: number;
  /** Most members. */
  readonly maxMembers: number;
}

/** Who joins: what its client calls itself, and where it is. */
export interface Joiner {
  readonly client: string;
  readonly host: string;
}

/** Shortest and longest session that a member may ask for. */
const SESSION_MS = { min: 10, max: 30 * 60_000 };

/**
 * A group of the classic protocol: members join, one of them is the leader and gives each its part, all heartbeat. It
 * knows nothing of partitions: what members say to each other passes through. Source: KIP-62, KIP-345, KIP-394.
 */
export class Group {
  readonly id: string;
  /** What kind of members it has; `null` before the first. */
  protocolType: string | null = null;
  /** What they speak; `null` while they do not agree yet. */
  protocol: string | null = null;
  generation = 0;
  /** The id of the leader. */
  leader = "";
  readonly #options: GroupOptions;
  readonly #members = new Map<string, Member>();
  /** Names that were given out and not yet used (KIP-394), with what takes back their end. */
  readonly #pending = new Map<string, () => void>();
  #state: GroupState = "Empty";
  #stopTimer = () => {};

  /** An empty one. */
  constructor(id: string, options: GroupOptions) {
    [this.id, this.#options] = [id, options];
  }

  /** Where it is. */
  get state(): GroupState {
    return this.#state;
  }

  /** Who is in it. */
  get members(): readonly Member[] {
    return [...this.#members.values()];
  }

  /** Takes a member in, or back in, and answers when all have come. */
  join(
    request: JoinRequest,
    { client, host, needsId }: Joiner & { readonly needsId: boolean },
  ): Promise<JoinResponse> {
    const refused = this.#refuseJoin(request);
    if (refused !== undefined) return answer({ errorCode: refused, memberId: request.memberId });
    const { memberId, groupInstanceId } = request;
    const known = groupInstanceId === null ? this.#members.get(memberId) : this.#static(groupInstanceId);
    if (known === undefined && memberId === "" && groupInstanceId === null && needsId) {
      const id = this.#options.nameMember(client);
      this.#pending.set(id, this.#after(request.sessionTimeoutMs, () => this.#pending.delete(id)));
      return answer({ errorCode: ERROR.MEMBER_ID_REQUIRED, memberId: id });
    }
    if (known === undefined) {
      if (this.#members.size >= this.#options.maxMembers) {
        return answer({ errorCode: ERROR.GROUP_MAX_SIZE_REACHED, memberId });
      }
      this.#forgetPending(memberId);
      return this.#enter(memberId === "" ? this.#options.nameMember(client) : memberId, request, { client, host });
    }
    if (groupInstanceId !== null && memberId !== known.id) return this.#replace(known, request, client);
    return this.#rejoin(known, request);
  }

  /** Hands each member what the leader gave it; followers wait for that. */
  sync(
    { memberId, generationId, groupInstanceId, assignments, protocolName, protocolType }: SyncRequest,
  ): Promise<SyncResponse> {
    const member = this.#members.get(memberId);
    const refused = this.#refuse(memberId, generationId, groupInstanceId);
    if (refused !== undefined || member === undefined) return answer({ errorCode: refused ?? ERROR.UNKNOWN_MEMBER_ID });
    const isOther = (given: string | null, ours: string | null) => given !== null && given !== ours;
    if (isOther(protocolName, this.protocol) || isOther(protocolType, this.protocolType)) {
      return answer({ errorCode: ERROR.INCONSISTENT_GROUP_PROTOCOL });
    }
    this.#renew(member);
    if (this.#state === "PreparingRebalance") return answer({ errorCode: ERROR.REBALANCE_IN_PROGRESS });
    if (this.#state === "Stable") return answer(this.#synced(member));
    const answered = new Promise<SyncResponse>((resolve) => {
      member.syncing?.({ errorCode: ERROR.REBALANCE_IN_PROGRESS });
      member.syncing = resolve;
    });
    if (memberId === this.leader) {
      for (const { memberId, assignment } of assignments) {
        // A view of the request would keep all of its bytes.
        const of = this.#members.get(memberId);
        if (of !== undefined) of.assignment = assignment.slice();
      }
      this.#state = "Stable";
      this.#stopTimer();
      for (const each of this.#members.values()) {
        if (each.syncing !== undefined) this.#renew(each);
        each.syncing?.(this.#synced(each));
        each.syncing = undefined;
      }
    }
    return answered;
  }

  /** Keeps a member in for another session; says what it has to do. */
  heartbeat(memberId: string, generation: number, instanceId: string | null): ErrorNumber {
    const refused = this.#refuse(memberId, generation, instanceId);
    if (refused !== undefined) return refused;
    this.#renew(this.#members.get(memberId)!);
    return this.#state === "PreparingRebalance" ? ERROR.REBALANCE_IN_PROGRESS : ERROR.NONE;
  }

  /** Lets a member go; the others share its part. */
  leave(memberId: string, instanceId: string | null): ErrorNumber {
    if (memberId !== "" && this.#pending.has(memberId)) {
      this.#forgetPending(memberId);
      return ERROR.NONE;
    }
    const member = instanceId === null ? this.#members.get(memberId) : this.#static(instanceId);
    if (member === undefined) return ERROR.UNKNOWN_MEMBER_ID;
    if (memberId !== "" && memberId !== member.id) return ERROR.FENCED_INSTANCE_ID;
    this.#remove(member);
    return ERROR.NONE;
  }

  /** Whether a member of this generation may commit; a group without members takes commits from outside. */
  checkCommit(memberId: string, generation: number, instanceId: string | null): ErrorNumber {
    if (generation < 0 && this.#members.size === 0) return ERROR.NONE;
    const refused = this.#refuse(memberId, generation, instanceId);
    if (refused !== undefined) return refused;
    this.#renew(this.#members.get(memberId)!);
    return this.#state === "CompletingRebalance" ? ERROR.REBALANCE_IN_PROGRESS : ERROR.NONE;
  }

  /** Ends it: all who wait are told. */
  close(): void {
    for (const member of this.members) {
      member.joining?.({ errorCode: ERROR.NOT_COORDINATOR, memberId: member.id });
      member.syncing?.({ errorCode: ERROR.NOT_COORDINATOR });
      member.stopTimer();
    }
    for (const stop of this.#pending.values()) stop();
    this.#stopTimer();
    this.#members.clear();
    this.#pending.clear();
  }

  #refuseJoin(
    { sessionTimeoutMs, protocolType, protocols, memberId, groupInstanceId }: JoinRequest,
  ): ErrorNumber | undefined {
    if (sessionTimeoutMs < SESSION_MS.min || sessionTimeoutMs > SESSION_MS.max) return ERROR.INVALID_SESSION_TIMEOUT;
    const others = this.members.filter(({ id, instanceId }) =>
      id !== memberId && (instanceId === null || instanceId !== groupInstanceId)
    );
    const isOther = others.length > 0 && protocolType !== this.protocolType;
    if (isOther || protocolType === "" || commonProtocols([...others, { protocols }]).length === 0) {
      return ERROR.INCONSISTENT_GROUP_PROTOCOL;
    }
    if (memberId === "") return undefined;
    const holder = groupInstanceId === null ? undefined : this.#static(groupInstanceId);
    if (holder !== undefined && holder.id !== memberId) return ERROR.FENCED_INSTANCE_ID;
    const isKnown = this.#members.has(memberId) || this.#pending.has(memberId);
    return isKnown ? undefined : ERROR.UNKNOWN_MEMBER_ID;
  }

  #refuse(memberId: string, generation: number, instanceId: string | null): ErrorNumber | undefined {
    const holder = instanceId === null ? undefined : this.#static(instanceId);
    if (holder !== undefined && holder.id !== memberId) return ERROR.FENCED_INSTANCE_ID;
    if (!this.#members.has(memberId)) return ERROR.UNKNOWN_MEMBER_ID;
    return generation === this.generation ? undefined : ERROR.ILLEGAL_GENERATION;
  }

  #enter(id: string, request: JoinRequest, joiner: Joiner): Promise<JoinResponse> {
    const isFirst = this.#members.size === 0;
    const member: Member = {
      id,
      instanceId: request.groupInstanceId,
      ...joiner,
      ...termsOf(request),
      assignment: NOTHING,
      joining: undefined,
      syncing: undefined,
      stopTimer: () => {},
    };
    this.#members.set(id, member);
    this.protocolType = request.protocolType;
    const answered = this.#wait(member);
    this.#prepare(isFirst ? this.#options.initialDelayMs : undefined);
    return answered;
  }

  /** A member that is known joins again: because it was told to, or because what it wants has changed. */
  #rejoin(member: Member, request: JoinRequest): Promise<JoinResponse> {
    const isSame = member.protocols.length === request.protocols.length &&
      member.protocols.every(({ name, metadata }, i) =>
        name === request.protocols[i]!.name && equal(metadata, request.protocols[i]!.metadata)
      );
    Object.assign(member, termsOf(request));
    const isFollower = member.id !== this.leader;
    // Its answer was lost on the way, so it asks again for what it was told.
    if (isSame && (this.#state === "CompletingRebalance" || this.#state === "Stable" && isFollower)) {
      this.#renew(member);
      return answer(this.#joined(member));
    }
    const answered = this.#wait(member);
    this.#prepare();
    return answered;
  }

  /** A static member has come back under another id: it takes the place of the one it was (KIP-345). */
  #replace(before: Member, request: JoinRequest, client: string): Promise<JoinResponse> {
    before.joining?.({ errorCode: ERROR.FENCED_INSTANCE_ID, memberId: before.id });
    before.syncing?.({ errorCode: ERROR.FENCED_INSTANCE_ID });
    before.stopTimer();
    const id = this.#options.nameMember(client);
    const member: Member = { ...before, id, joining: undefined, syncing: undefined, stopTimer: () => {} };
    // In the place of the other, so that the order of the members stays.
    const all = this.members.map((each) => each === before ? member : each);
    this.#members.clear();
    for (const each of all) this.#members.set(each.id, each);
    const wasLeader = this.leader === before.id;
    if (wasLeader) this.leader = id;
    const speaksTheSame = commonProtocols([{ protocols: request.protocols }]).includes(this.protocol ?? "");
    const subscription = (protocols: Member["protocols"]) =>
      protocols.find(({ name }) => name === this.protocol)?.metadata;
    const isSame = speaksTheSame && equal(subscription(before.protocols)!, subscription(request.protocols)!);
    Object.assign(member, termsOf(request));
    if (this.#state === "Stable" && isSame) {
      this.#renew(member);
      return answer({ ...this.#joined(member), skipAssignment: wasLeader });
    }
    const answered = this.#wait(member);
    this.#prepare();
    return answered;
  }

  #wait(member: Member): Promise<JoinResponse> {
    member.stopTimer();
    member.stopTimer = () => {};
    member.joining?.({ errorCode: ERROR.UNKNOWN_MEMBER_ID, memberId: member.id });
    return new Promise((resolve) => member.joining = resolve);
  }

  /** Calls all members together again, and waits for them as long as the slowest of them may take. */
  #prepare(delayMs?: number): void {
    if (this.#state !== "PreparingRebalance") {
      this.#state = "PreparingRebalance";
      for (const member of this.#members.values()) {
        // Its session begins when it knows what to do.
        if (member.syncing !== undefined) this.#renew(member);
        member.syncing?.({ errorCode: ERROR.REBALANCE_IN_PROGRESS });
        member.syncing = undefined;
      }
      this.#stopTimer();
      const longestMs = Math.max(...this.members.map(({ rebalanceTimeoutMs }) => rebalanceTimeoutMs));
      this.#stopTimer = this.#after(delayMs ?? longestMs, () => this.#complete());
      if (delayMs !== undefined && delayMs > 0) return;
    } else if (this.generation === 0 && this.#options.initialDelayMs > 0) return;
    this.#completeIfAll();
  }

  #completeIfAll(): void {
    if (this.members.every(({ joining }) => joining !== undefined)) this.#complete();
  }

  #complete(): void {
    this.#stopTimer();
    for (const member of this.members) {
      // Who did not come in time is out; a static member keeps its place until its session ends.
      if (member.joining === undefined && member.instanceId === null) this.#forget(member);
    }
    if (this.#members.size === 0) {
      this.#state = "Empty";
      [this.protocol, this.leader] = [null, ""];
      this.generation++;
      return;
    }
    this.generation++;
    this.protocol = electProtocol(this.members);
    if (!this.#members.has(this.leader)) {
      this.leader = this.members.find(({ joining }) => joining)?.id ?? this.members[0]!.id;
    }
    this.#state = "CompletingRebalance";
    for (const member of this.members) {
      member.assignment = NOTHING;
      this.#renew(member);
      member.joining?.(this.#joined(member));
      member.joining = undefined;
    }
    const longestMs = Math.max(...this.members.map(({ rebalanceTimeoutMs }) => rebalanceTimeoutMs));
    // Who does not fetch its part holds the others up no longer than it may take to join.
    this.#stopTimer = this.#after(longestMs, () => {
      for (const member of this.members) if (member.syncing === undefined) this.#forget(member);
      if (this.#members.size > 0) this.#prepare();
      else this.#complete();
    });
  }

  #joined(member: Member): JoinResponse {
    const isLeader = member.id === this.leader;
    return {
      errorCode: ERROR.NONE,
      generationId: this.generation,
      protocolType: this.protocolType,
      protocolName: this.protocol,
      leader: this.leader,
      memberId: member.id,
      members: isLeader ? this.members.map((each) => this.#described(each)) : [],
    };
  }

  #described({ id, instanceId, protocols }: Member): NonNullable<JoinResponse["members"]>[number] {
    const metadata = protocols.find(({ name }) => name === this.protocol)!.metadata;
    return { memberId: id, groupInstanceId: instanceId, metadata };
  }

  #synced({ assignment }: Member): SyncResponse {
    return { errorCode: ERROR.NONE, protocolType: this.protocolType, protocolName: this.protocol, assignment };
  }

  #renew(member: Member): void {
    member.stopTimer();
    member.stopTimer = this.#after(member.sessionTimeoutMs, () => this.#expire(member));
  }

  #expire(member: Member): void {
    // Who waits is there: its connection would have ended otherwise.
    if (member.joining === undefined && member.syncing === undefined) this.#remove(member);
    else this.#renew(member);
  }

  #remove(member: Member): void {
    this.#forget(member);
    if (this.#state === "PreparingRebalance") this.#completeIfAll();
    else if (this.#members.size > 0) this.#prepare();
    else this.#complete();
  }

  #forget(member: Member): void {
    member.stopTimer();
    member.joining?.({ errorCode: ERROR.UNKNOWN_MEMBER_ID, memberId: member.id });
    member.syncing?.({ errorCode: ERROR.UNKNOWN_MEMBER_ID });
    [member.joining, member.syncing] = [undefined, undefined];
    this.#members.delete(member.id);
  }

  #static(instanceId: string): Member | undefined {
    return this.members.find((member) => member.instanceId === instanceId);
  }

  #forgetPending(id: string): void {
    this.#pending.get(id)?.();
    this.#pending.delete(id);
  }

  #after(ms: number, wake: () => void): () => void {
    const { clock } = this.#options;
    return clock.at(clock.elapsedNs() + ms * 1e6, wake);
  }
}

const NOTHING = new Uint8Array();

/** What a member asks for. Its bytes are copied: they are views of a request. */
function termsOf({ sessionTimeoutMs, rebalanceTimeoutMs, protocols }: JoinRequest) {
  return {
    sessionTimeoutMs,
    rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? sessionTimeoutMs : rebalanceTimeoutMs,
    protocols: protocols.map(({ name, metadata }) => ({ name, metadata: metadata.slice() })),
  };
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function answer<T>(response: Loose<T>): Promise<Loose<T>> {
  return Promise.resolve(response);
}
