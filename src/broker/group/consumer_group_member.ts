import { NO_PARTITIONS, type Partitions } from "./consumer_group_partitions.ts";

/** How far a member is: it has what it should; it has to give something up; it waits for what others give up. */
export type MemberState = "stable" | "unrevoked" | "unreleased";

/** One member of a group of KIP-848. */
export interface ConsumerMember {
  readonly id: string;
  /** Of a static member; it may go and come back under another id. */
  readonly instanceId: string | null;
  /** What its client calls itself, and where it is. */
  readonly client: string;
  readonly host: string;
  rackId: string | null;
  rebalanceTimeoutMs: number;
  /** Names of topics, in order. */
  topics: readonly string[];
  /** A regular expression for more of them; `null` for none. */
  pattern: string | null;
  /** Who is to share; `null` when it does not mind. */
  assignor: string | null;
  /** Up to which sharing it has come; {@linkcode AWAY} while a static member is not there. */
  epoch: number;
  /** The one before, for an answer that was lost. */
  previousEpoch: number;
  state: MemberState;
  /** What it may read. */
  assigned: Partitions;
  /** What it was told to give up, and has not yet. */
  revoking: Partitions;
  /** Takes back the end of its session. */
  stopSession: () => void;
  /** Takes back the end of its time to give something up. */
  stopRevoking: () => void;
}

/** Epochs with a meaning: it joins, it leaves, it is a static member that comes back. */
export const [JOINING, LEAVING, AWAY] = [0, -1, -2];

/** A member that has nothing yet. */
export function createConsumerMember(
  who: Pick<ConsumerMember, "id" | "instanceId" | "client" | "host">,
): ConsumerMember {
  return {
    ...who,
    rackId: null,
    rebalanceTimeoutMs: 0,
    topics: [],
    pattern: null,
    assignor: null,
    epoch: JOINING,
    previousEpoch: JOINING,
    state: "stable",
    assigned: NO_PARTITIONS,
    revoking: NO_PARTITIONS,
    stopSession: () => {},
    stopRevoking: () => {},
  };
}

/** Where a member is to come. */
export interface Goal {
  /** What it should have. */
  readonly target: Partitions;
  /** The number of the sharing that says so. */
  readonly epoch: number;
  /** What it says that it has; nothing when it does not say. */
  readonly owned: Partitions | undefined;
  /** Whether nobody else has a partition. */
  readonly isFree: (key: string) => boolean;
}

/**
 * The next step of a member towards what it should have: first it gives up what is not its own any more and says so, then
 * it is given what others have given up. So nothing is ever in two hands. Source: KIP-848, "Reconciliation".
 */
export function reconcile(
  member: ConsumerMember,
  { target, epoch, owned, isFree }: Goal,
): Pick<ConsumerMember, "state" | "epoch" | "assigned" | "revoking"> {
  // Who does not say what it has may have all of it still.
  const hasSome = (keys: Partitions) => owned === undefined ? keys.size > 0 : !owned.isDisjointFrom(keys);
  if (member.state === "stable" && member.epoch === epoch) return member;
  if (member.state === "unrevoked" && hasSome(member.revoking)) return member;
  const kept = member.assigned.intersection(target);
  const revoking = member.assigned.difference(kept);
  if (hasSome(revoking)) return { state: "unrevoked", epoch: member.epoch, assigned: kept, revoking };
  const missing = target.difference(kept);
  const free = [...missing].filter(isFree);
  const state = free.length === missing.size ? "stable" : "unreleased";
  return { state, epoch, assigned: kept.union(new Set(free)), revoking: NO_PARTITIONS };
}
