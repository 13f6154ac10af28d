import type { Loose } from "../protocol/api.ts";
import { ERROR, type ErrorNumber } from "../protocol/error_codes.ts";
import {
  commonProtocols,
  createMember,
  mayWant,
  type Member,
  termsOf,
  wantsTheSame,
  wantsTheSameIn,
} from "./group_member.ts";
import { GroupMembers } from "./group_members.ts";
import { GroupRebalance } from "./group_rebalance.ts";
import type {
  GroupOptions,
  GroupState,
  Joiner,
  JoinRequest,
  JoinResponse,
  SyncRequest,
  SyncResponse,
} from "./group_types.ts";

/** Shortest and longest session that a member may ask for. */
const SESSION_MS = { min: 10, max: 30 * 60_000 };

/**
 * A group of the classic protocol: members join, one of them is the leader and gives each its part, all heartbeat. It
 * knows nothing of partitions: what members say to each other passes through. Source: KIP-62, KIP-345, KIP-394.
 */
export class Group {
  readonly id: string;
  /** Which protocol its members speak, as tools are told. */
  readonly type = "classic";
  readonly #options: GroupOptions;
  readonly #members: GroupMembers;
  readonly #rebalance: GroupRebalance;

  /** An empty one. */
  constructor(id: string, options: GroupOptions) {
    [this.id, this.#options] = [id, options];
    this.#members = new GroupMembers({ clock: options.clock, onSilence: (member) => this.#remove(member) });
    this.#rebalance = new GroupRebalance(this.#members, options);
  }

  /** Where it is. */
  get state(): GroupState {
    return this.#rebalance.state;
  }

  /** How often members were called together. */
  get generation(): number {
    return this.#rebalance.generation;
  }

  /** The id of the leader. */
  get leader(): string {
    return this.#rebalance.leader;
  }

  /** What kind of members it has; `null` before the first. */
  get protocolType(): string | null {
    return this.#rebalance.protocolType;
  }

  /** What they speak; `null` while they do not agree yet. */
  get protocol(): string | null {
    return this.#rebalance.protocol;
  }

  /** Who is in it. */
  get members(): readonly Member[] {
    return this.#members.all;
  }

  /** Takes a member in, or back in, and answers when all have come. */
  join(
    request: JoinRequest,
    { client, host, needsId }: Joiner & { readonly needsId: boolean },
  ): Promise<JoinResponse> {
    const refused = this.#refuseJoin(request);
    if (refused !== undefined) return answer({ errorCode: refused, memberId: request.memberId });
    const { memberId, groupInstanceId } = request;
    const known = groupInstanceId === null ? this.#members.find(memberId) : this.#members.findStatic(groupInstanceId);
    if (known !== undefined) {
      return groupInstanceId !== null && memberId !== known.id
        ? this.#replace(known, request, client)
        : this.#rejoin(known, request);
    }
    if (memberId === "" && groupInstanceId === null && needsId) {
      const id = this.#options.nameMember(client);
      this.#members.reserve(id, request.sessionTimeoutMs);
      return answer({ errorCode: ERROR.MEMBER_ID_REQUIRED, memberId: id });
    }
    if (this.#members.size >= this.#options.maxMembers) {
      return answer({ errorCode: ERROR.GROUP_MAX_SIZE_REACHED, memberId });
    }
    const id = memberId === "" ? this.#options.nameMember(client) : memberId;
    return this.#enter(createMember(id, request, { client, host }), request);
  }

  /** Hands each member what the leader gave it; followers wait for that. */
  sync(
    { memberId, generationId, groupInstanceId, assignments, protocolName, protocolType }: SyncRequest,
  ): Promise<SyncResponse> {
    const member = this.#check(memberId, generationId, groupInstanceId);
    if (typeof member === "number") return answer({ errorCode: member });
    const isOther = (given: string | null, ours: string | null) => given !== null && given !== ours;
    if (isOther(protocolName, this.protocol) || isOther(protocolType, this.protocolType)) {
      return answer({ errorCode: ERROR.INCONSISTENT_GROUP_PROTOCOL });
    }
    this.#members.renew(member);
    if (this.state === "PreparingRebalance") return answer({ errorCode: ERROR.REBALANCE_IN_PROGRESS });
    if (this.state === "Stable") return answer(this.#rebalance.synced(member));
    const answered = new Promise<SyncResponse>((resolve) => {
      member.syncing?.({ errorCode: ERROR.REBALANCE_IN_PROGRESS });
      member.syncing = resolve;
    });
    if (memberId === this.leader) this.#rebalance.share(assignments);
    return answered;
  }

  /** Keeps a member in for another session; says what it has to do. */
  heartbeat(memberId: string, generation: number, instanceId: string | null): ErrorNumber {
    const member = this.#check(memberId, generation, instanceId);
    if (typeof member === "number") return member;
    this.#members.renew(member);
    return this.state === "PreparingRebalance" ? ERROR.REBALANCE_IN_PROGRESS : ERROR.NONE;
  }

  /** Lets a member go; the others share its part. */
  leave(memberId: string, instanceId: string | null): ErrorNumber {
    if (memberId !== "" && this.#members.isReserved(memberId)) {
      this.#members.unreserve(memberId);
      return ERROR.NONE;
    }
    const member = instanceId === null ? this.#members.find(memberId) : this.#members.findStatic(instanceId);
    if (member === undefined) return ERROR.UNKNOWN_MEMBER_ID;
    if (memberId !== "" && memberId !== member.id) return ERROR.FENCED_INSTANCE_ID;
    this.#remove(member);
    return ERROR.NONE;
  }

  /** Whether a member of this generation may commit; a group without members takes commits from outside. */
  checkCommit(memberId: string, generation: number, instanceId: string | null): ErrorNumber {
    if (generation < 0 && this.#members.size === 0) return ERROR.NONE;
    const member = this.#check(memberId, generation, instanceId);
    if (typeof member === "number") return member;
    this.#members.renew(member);
    return this.state === "CompletingRebalance" ? ERROR.REBALANCE_IN_PROGRESS : ERROR.NONE;
  }

  /** Whether somebody in it wants this topic, or may. */
  isSubscribed(topic: string): boolean {
    return this.members.some((member) => mayWant(topic, member, this.protocolType));
  }

  /** Ends it: all who wait are told. */
  close(): void {
    this.#rebalance.close();
    this.#members.close();
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
    const member = this.#members.identify(memberId, groupInstanceId);
    if (member === ERROR.UNKNOWN_MEMBER_ID && this.#members.isReserved(memberId)) return undefined;
    return typeof member === "number" ? member : undefined;
  }

  #check(memberId: string, generation: number, instanceId: string | null): Member | ErrorNumber {
    const member = this.#members.identify(memberId, instanceId);
    return typeof member === "number" || generation === this.generation ? member : ERROR.ILLEGAL_GENERATION;
  }

  #enter(member: Member, { protocolType }: JoinRequest): Promise<JoinResponse> {
    const isFirst = this.#members.size === 0;
    this.#members.add(member);
    this.#rebalance.protocolType = protocolType;
    const answered = this.#wait(member);
    this.#rebalance.begin({ isFirst });
    return answered;
  }

  /** A member that is known joins again: because it was told to, or because what it wants has changed. */
  #rejoin(member: Member, request: JoinRequest): Promise<JoinResponse> {
    const isSame = wantsTheSame(member, request);
    Object.assign(member, termsOf(request));
    const isFollower = member.id !== this.leader;
    // Its answer was lost on the way, so it asks again for what it was told.
    if (isSame && (this.state === "CompletingRebalance" || this.state === "Stable" && isFollower)) {
      this.#members.renew(member);
      return answer(this.#rebalance.joined(member));
    }
    const answered = this.#wait(member);
    this.#rebalance.begin();
    return answered;
  }

  /** A static member has come back under another id: it takes the place of the one it was (KIP-345). */
  #replace(before: Member, request: JoinRequest, client: string): Promise<JoinResponse> {
    const id = this.#options.nameMember(client);
    const isSame = wantsTheSameIn(this.protocol, before, request);
    const fresh = { joining: undefined, syncing: undefined, stopTimer: () => {} };
    const member: Member = { ...before, id, ...termsOf(request), ...fresh };
    this.#members.replace(before, member);
    const wasLeader = this.leader === before.id;
    if (wasLeader) this.#rebalance.leader = id;
    if (this.state === "Stable" && isSame) {
      this.#members.renew(member);
      return answer({ ...this.#rebalance.joined(member), skipAssignment: wasLeader });
    }
    const answered = this.#wait(member);
    this.#rebalance.begin();
    return answered;
  }

  #wait(member: Member): Promise<JoinResponse> {
    this.#members.pause(member);
    member.joining?.({ errorCode: ERROR.UNKNOWN_MEMBER_ID, memberId: member.id });
    return new Promise((resolve) => member.joining = resolve);
  }

  #remove(member: Member): void {
    this.#members.remove(member);
    this.#rebalance.goOn();
  }
}

function answer<T>(response: Loose<T>): Promise<Loose<T>> {
  return Promise.resolve(response);
}
