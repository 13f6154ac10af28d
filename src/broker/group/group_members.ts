import type { Clock } from "../../clock/mod.ts";
import { ERROR, type ErrorNumber } from "../protocol/error_codes.ts";
import type { Member } from "./group_member.ts";

/** Options of {@linkcode GroupMembers}. */
export interface GroupMembersOptions {
  /** Ends sessions. */
  readonly clock: Clock;
  /** Is told who said nothing for a session; it is a member still. */
  readonly onSilence: (member: Member) => void;
}

/** Who is in a group: members by id and by instance, ids that were given out and not yet used, and how long each has. */
export class GroupMembers {
  readonly #options: GroupMembersOptions;
  readonly #members = new Map<string, Member>();
  /** Static members (KIP-345), by instance. */
  readonly #static = new Map<string, Member>();
  /** Ids that were given out and not yet used (KIP-394), with what takes back their end. */
  readonly #reserved = new Map<string, () => void>();

  /** Nobody. */
  constructor(options: GroupMembersOptions) {
    this.#options = options;
  }

  /** How many. */
  get size(): number {
    return this.#members.size;
  }

  /** All, in the order in which they came. */
  get all(): readonly Member[] {
    return [...this.#members.values()];
  }

  /** The longest that one of them may take to join again, in milliseconds. */
  get rebalanceTimeoutMs(): number {
    return Math.max(...this.all.map(({ rebalanceTimeoutMs }) => rebalanceTimeoutMs));
  }

  /** The one with this id. */
  find(id: string): Member | undefined {
    return this.#members.get(id);
  }

  /** The static one with this instance. */
  findStatic(instanceId: string | null): Member | undefined {
    return instanceId === null ? undefined : this.#static.get(instanceId);
  }

  /** Who says that it is this member, or why it is not. */
  identify(id: string, instanceId: string | null): Member | ErrorNumber {
    if (instanceId !== null) {
      const holder = this.findStatic(instanceId);
      if (holder === undefined) return ERROR.UNKNOWN_MEMBER_ID;
      if (holder.id !== id) return ERROR.FENCED_INSTANCE_ID;
    }
    return this.#members.get(id) ?? ERROR.UNKNOWN_MEMBER_ID;
  }

  /** Takes one in. */
  add(member: Member): void {
    this.unreserve(member.id);
    this.#members.set(member.id, member);
    if (member.instanceId !== null) this.#static.set(member.instanceId, member);
  }

  /** Puts one in the place of another, so that the order stays. */
  replace(before: Member, member: Member): void {
    before.joining?.({ errorCode: ERROR.FENCED_INSTANCE_ID, memberId: before.id });
    before.syncing?.({ errorCode: ERROR.FENCED_INSTANCE_ID });
    before.stopTimer();
    const all = this.all.map((each) => each === before ? member : each);
    this.#members.clear();
    for (const each of all) this.add(each);
  }

  /** Lets one go; if it waits, it is told. */
  remove(member: Member): void {
    this.tell(member, ERROR.UNKNOWN_MEMBER_ID);
    member.stopTimer();
    this.#members.delete(member.id);
    if (member.instanceId !== null) this.#static.delete(member.instanceId);
  }

  /** Answers what it waits for with an error. */
  tell(member: Member, errorCode: ErrorNumber): void {
    member.joining?.({ errorCode, memberId: member.id });
    member.syncing?.({ errorCode });
    [member.joining, member.syncing] = [undefined, undefined];
  }

  /** Begins its session anew. */
  renew(member: Member): void {
    this.pause(member);
    member.stopTimer = this.after(member.sessionTimeoutMs, () => {
      // Who waits is there: its connection would have ended otherwise.
      if (member.joining !== undefined || member.syncing !== undefined) this.renew(member);
      else this.#options.onSilence(member);
    });
  }

  /** Its session does not end. */
  pause(member: Member): void {
    member.stopTimer();
    member.stopTimer = () => {};
  }

  /** Keeps an id for who was given it, for so long. */
  reserve(id: string, ms: number): void {
    this.#reserved.set(id, this.after(ms, () => this.#reserved.delete(id)));
  }

  /** Whether this id was given out and not yet used. */
  isReserved(id: string): boolean {
    return this.#reserved.has(id);
  }

  /** Takes an id back. */
  unreserve(id: string): void {
    this.#reserved.get(id)?.();
    this.#reserved.delete(id);
  }

  /** Calls `wake` after so many milliseconds; calling what it returns takes that back. */
  after(ms: number, wake: () => void): () => void {
    const { clock } = this.#options;
    return clock.at(clock.elapsedNs() + ms * 1e6, wake);
  }

  /** Lets all go; those who wait are told. */
  close(): void {
    for (const member of this.all) {
      this.tell(member, ERROR.NOT_COORDINATOR);
      member.stopTimer();
    }
    for (const stop of this.#reserved.values()) stop();
    this.#members.clear();
    this.#static.clear();
    this.#reserved.clear();
  }
}
