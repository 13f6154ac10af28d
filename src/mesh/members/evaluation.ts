import type { Role } from "../kinds.ts";
import type { Head } from "../lineage.ts";

/** Somebody who takes part: a role, and devices. */
export interface Member {
  /** The key of its first device: who it is. */
  readonly id: string;
  /** What it calls itself, or is called; not unique. */
  readonly name: string;
  /** What it may do. */
  readonly role: Role;
  /** The member that let it in; undefined for the founder. */
  readonly parent: string | undefined;
  /** Its devices. */
  readonly devices: readonly MemberDevice[];
}

/** One device of a member. */
export interface MemberDevice {
  /** The public key. */
  readonly device: string;
  /** The X25519 key that keys are sealed to, where it gave one. */
  readonly box: string | undefined;
  /** The last of its events that counts, when it was removed. */
  readonly cutoff: number | undefined;
}

/** Who takes part, from all that was said about it. */
export interface Evaluation {
  /** Members by id, those who let others in before those. */
  readonly members: ReadonlyMap<string, Member>;
  /** The member of each device. */
  readonly memberOf: ReadonlyMap<string, string>;
  /** Of devices that were removed: for each removal that counts, the last events that it lets count. */
  readonly cutoffs: ReadonlyMap<string, readonly (readonly Head[])[]>;
  /** Invitations that still hold, by `ticketKey`. */
  readonly tickets: ReadonlyMap<string, TicketState>;
}

/** What is known of an invitation. */
export interface TicketState {
  /** The public half of its key, by which events name it. */
  readonly ticket: string;
  readonly role: Role;
  /** Who joins later is not let in. */
  readonly untilMs: number;
  /** The device that wrote it. */
  readonly by: string;
  /** The member whose further devices it lets in; undefined for one that lets in members. */
  readonly of: string | undefined;
  /** How many it still lets in. */
  readonly left: number;
  /** Devices that came with it. */
  readonly came: ReadonlySet<string>;
  /** Once it was withdrawn, the only devices that may have come with it. */
  readonly kept: ReadonlySet<string> | undefined;
}
