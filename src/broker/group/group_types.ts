import type { RequestOf, ResponseOf } from "../protocol/api.ts";
import type { joinGroupApi } from "../protocol/11_join_group.ts";
import type { syncGroupApi } from "../protocol/14_sync_group.ts";
import type { Clock } from "../../clock/mod.ts";

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

/** Options of a group. */
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
