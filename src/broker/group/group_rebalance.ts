import { ERROR } from "../protocol/error_codes.ts";
import { electProtocol, type Member, NOTHING } from "./group_member.ts";
import type { GroupMembers } from "./group_members.ts";
import type { GroupState, JoinResponse, SyncRequest, SyncResponse } from "./group_types.ts";

/**
 * How a group comes from one generation to the next: all are called to join, then the leader gives each its part.
 * Neither step waits longer than the slowest member said that it may take.
 */
export class GroupRebalance {
  /** What they speak; `null` while they do not agree yet. */
  protocol: string | null = null;
  /** What kind of members it has; `null` before the first. */
  protocolType: string | null = null;
  generation = 0;
  /** The id of the leader. */
  leader = "";
  #state: GroupState = "Empty";
  readonly #members: GroupMembers;
  readonly #initialDelayMs: number;
  #stopTimer = () => {};

  /** Of members that are nobody yet. */
  constructor(members: GroupMembers, { initialDelayMs }: { readonly initialDelayMs: number }) {
    [this.#members, this.#initialDelayMs] = [members, initialDelayMs];
  }

  /** Where it is. */
  get state(): GroupState {
    return this.#state;
  }

  /** Calls all members together, and waits for them; the first of a group may wait for others. */
  begin({ isFirst = false }: { readonly isFirst?: boolean } = {}): void {
    if (this.#state !== "PreparingRebalance") {
      this.#state = "PreparingRebalance";
      for (const member of this.#members.all) {
        // Its session begins when it knows what to do.
        if (member.syncing !== undefined) this.#members.renew(member);
        member.syncing?.({ errorCode: ERROR.REBALANCE_IN_PROGRESS });
        member.syncing = undefined;
      }
      const waitMs = isFirst ? this.#initialDelayMs : this.#members.rebalanceTimeoutMs;
      this.#within(waitMs, () => this.#complete());
      if (isFirst && waitMs > 0) return;
    } else if (this.generation === 0 && this.#initialDelayMs > 0) return;
    this.#completeIfAll();
  }

  /** Goes on without a member that has gone. */
  goOn(): void {
    if (this.#state === "PreparingRebalance") this.#completeIfAll();
    else if (this.#members.size > 0) this.begin();
    else this.#complete();
  }

  /** Gives each member its part. */
  share(assignments: SyncRequest["assignments"]): void {
    for (const { memberId, assignment } of assignments) {
      // A view of the request would keep all of its bytes.
      const of = this.#members.find(memberId);
      if (of !== undefined) of.assignment = assignment.slice();
    }
    this.#state = "Stable";
    this.#stopTimer();
    for (const each of this.#members.all) {
      if (each.syncing !== undefined) this.#members.renew(each);
      each.syncing?.(this.synced(each));
      each.syncing = undefined;
    }
  }

  /** What a member is told that has joined. */
  joined(member: Member): JoinResponse {
    const isLeader = member.id === this.leader;
    return {
      errorCode: ERROR.NONE,
      generationId: this.generation,
      protocolType: this.protocolType,
      protocolName: this.protocol,
      leader: this.leader,
      memberId: member.id,
      members: isLeader ? this.#members.all.map((each) => this.#described(each)) : [],
    };
  }

  /** What a member is told that has its part. */
  synced({ assignment }: Member): SyncResponse {
    return { errorCode: ERROR.NONE, protocolType: this.protocolType, protocolName: this.protocol, assignment };
  }

  /** Waits for nobody any more. */
  close(): void {
    this.#stopTimer();
  }

  #completeIfAll(): void {
    if (this.#members.all.every(({ joining }) => joining !== undefined)) this.#complete();
  }

  #complete(): void {
    this.#stopTimer();
    for (const member of this.#members.all) {
      // Who did not come in time is out; a static member keeps its place until its session ends.
      if (member.joining === undefined && member.instanceId === null) this.#members.remove(member);
    }
    this.generation++;
    const { all } = this.#members;
    if (all.length === 0) {
      this.#state = "Empty";
      [this.protocol, this.leader] = [null, ""];
      return;
    }
    this.protocol = electProtocol(all);
    if (this.#members.find(this.leader) === undefined) {
      this.leader = all.find(({ joining }) => joining)?.id ?? all[0]!.id;
    }
    this.#state = "CompletingRebalance";
    for (const member of all) {
      member.assignment = NOTHING;
      this.#members.renew(member);
      member.joining?.(this.joined(member));
      member.joining = undefined;
    }
    // Who does not fetch its part holds the others up no longer than it may take to join.
    this.#within(this.#members.rebalanceTimeoutMs, () => {
      for (const member of this.#members.all) if (member.syncing === undefined) this.#members.remove(member);
      if (this.#members.size > 0) this.begin();
      else this.#complete();
    });
  }

  #within(ms: number, giveUp: () => void): void {
    this.#stopTimer();
    this.#stopTimer = this.#members.after(ms, giveUp);
  }

  #described({ id, instanceId, protocols }: Member): NonNullable<JoinResponse["members"]>[number] {
    const metadata = protocols.find(({ name }) => name === this.protocol)!.metadata;
    return { memberId: id, groupInstanceId: instanceId, metadata };
  }
}
