import type { Role } from "../kinds.ts";
import type { Head } from "../lineage.ts";

/** An event about members, with who wrote it where. */
export interface Act {
  /** The device that wrote it. */
  readonly by: string;
  /** Its number in the feed of that device. */
  readonly seq: number;
  /** The id of the event in hexadecimal digits, for an order where nothing else gives one. */
  readonly id: string;
  /** The first four bytes of its id. */
  readonly check: number;
  /** When it says that it was written. */
  readonly wallMs: number;
  /** What it says. */
  readonly said: Said;
}

/** What an act says, as the kinds of events have it. */
export type Said =
  | {
    readonly kind: "member.add";
    readonly device: string;
    readonly of?: string;
    readonly name?: string;
    readonly role: Role;
    readonly box?: string;
    /** For an admin, or a further device: see `Grant`. */
    readonly proof?: string;
  }
  | { readonly kind: "member.role"; readonly member: string; readonly role: Role; readonly proof?: string }
  | {
    readonly kind: "member.remove";
    readonly device: string;
    readonly heads: readonly Head[];
    readonly reason?: string;
  }
  | {
    readonly kind: "member.invite";
    readonly ticket: string;
    /** The member who wrote it, where further devices of its own are to come (M13). */
    readonly of?: string;
    readonly role: Role;
    readonly untilMs: number;
    readonly uses: number;
    readonly proof?: string;
  }
  | {
    readonly kind: "member.withdraw";
    readonly ticket: string;
    /** Devices that came with it before, and stay. */
    readonly joined?: readonly string[];
  }
  | {
    readonly kind: "member.join";
    readonly ticket: string;
    /** The member whose further device it is to be, where the invitation says so. */
    readonly of?: string;
    readonly proof: string;
    readonly name: string;
    readonly box?: string;
  };

/** Whether an event of this kind is about members. */
export function isAct(kind: string): boolean {
  return kind.startsWith("member.");
}
