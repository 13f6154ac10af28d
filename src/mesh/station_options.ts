import type { Clock } from "../clock/mod.ts";
import type { Link } from "../link/mod.ts";
import type { Random } from "../random/mod.ts";
import type { Attachments } from "./attachments/mod.ts";
import type { Known, SyncReport } from "./sync/mod.ts";

/** What a `Station` needs of the machine. */
export interface StationOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Bytes that nobody can guess. */
  secret(length: number): Uint8Array;
  /** Opens a link by an address. */
  dial(address: string, options?: { readonly signal?: AbortSignal }): Promise<Link>;
  /** What happens, for people. */
  onEvent?(event: StationEvent): void;
  /** Called when a contact has brought something, and before it ends. */
  settled?(): void;
  /** What the files of records contain. @default {none are exchanged} */
  readonly attachments?: Attachments;
  /** Most contacts at once. @default {64} */
  readonly maxContacts?: number;
}

/** Something that a `Station` tells. */
export type StationEvent =
  | { readonly kind: "met" | "left"; readonly device: string; readonly via: string; readonly report?: SyncReport }
  | { readonly kind: "problem"; readonly via: string; readonly error: unknown };

/** A peer that was met since the station began. */
export interface PeerState {
  readonly device: string;
  readonly via: string;
  readonly isHere: boolean;
  readonly sinceMs: number;
  readonly report: SyncReport | undefined;
  /** What it is known to have while it is here; undefined before it has said it. */
  readonly known: Known | undefined;
}

/** Options of `Station.meet`. */
export interface MeetingOptions {
  /** Compares everything, also when both seem to have the same. @default {false} */
  readonly isFull?: boolean;
  /** Talks also to who is no member as far as is known here. @default {false} */
  readonly trust?: boolean;
  /** Only compares: no event goes either way. @default {false} */
  readonly isLook?: boolean;
  /** Ends the meeting. */
  readonly signal?: AbortSignal;
}

/** How a meeting with one peer went. */
export interface MeetingReport {
  readonly via: string;
  /** The device that was met; undefined over links where nobody proves who they are. */
  readonly device: string | undefined;
  readonly report: SyncReport;
}
