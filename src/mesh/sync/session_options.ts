import type { TinmanError } from "../../errors/mod.ts";
import type { Random } from "../../random/mod.ts";
import type { EventRef, MeshEvent } from "../event.ts";

/** Options of {@linkcode SyncSession}. */
export interface SyncSessionOptions {
  /** Where nonces and delays come from. */
  readonly random: Random;
  /** Our own device: its events go before those of others. */
  readonly device?: string | undefined;
  /** Most bytes of a packet, at least 64. @default {1200} */
  readonly maxBytes?: number;
  /** Whether packets arrive, once and in order, as over TCP. @default {false} */
  readonly isReliable?: boolean;
  /** Whether to stay when both have all, and to pass on what comes. @default {false} */
  readonly isLive?: boolean;
  /** Compares whole ids, and does so even if it looks as if both had all. @default {false} */
  readonly isFull?: boolean;
  /**
   * With how many devices all heads are told; of more, what differs is looked for by ranges. Both sides decide that for
   * themselves. @default {256}
   */
  readonly maxPlainDevices?: number;
  /** Bytes of events that may be on their way to us. @default {64 packets, from 16384 to 262144} */
  readonly windowBytes?: number;
  /** Most bytes of events to take in this contact. @default {Infinity} */
  readonly maxReceiveBytes?: number;
  /** Most bytes of events to send in this contact. @default {Infinity} */
  readonly maxSendBytes?: number;
  /** How long nothing may be heard of the other. @default {60000} */
  readonly patienceMs?: number;
  /** At most so long an event of another device waits before it is passed on, by chance: somebody else may do it. @default {100} */
  readonly relayDelayMs?: number;
  /** Whether an event must not wait for others. @default {none} */
  isUrgent?(event: MeshEvent): boolean;
  /** Called when there may be something to say though nothing came: another contact has ended. @default {nobody is told} */
  wake?(): void;
  /** Called when the other has events of our own device that we do not have: we were restored from a copy. (SPEC F9) */
  onBehind?(lastSeq: number): void;
  /** Events that are here without what they say: whoever has that is asked for it. @default {none} */
  missing?(): readonly EventRef[];
  /** What our feeds begin behind, for who lacks it; undefined when they begin with event 1. @default {they do} */
  snapshot?(): Uint8Array | undefined;
  /**
   * Takes what the feeds of the other begin behind. A `CONFIG` error says that it does not fit what is here, and is counted
   * as refused; others end the contact. @default {it is not taken}
   */
  takeSnapshot?(bytes: Uint8Array): void;
  /** Longest snapshot to take. @default {16777216} */
  readonly maxSnapshotBytes?: number;
  /** What else goes over the contact when nothing more important does. */
  readonly blobs?: BlobSource | undefined;
}

/** Messages of somebody else, such as parts of attachments. They go last and count as events do. */
export interface BlobSource {
  /** Whether there is something to ask for, also when both have the same events. */
  readonly isWanting: boolean;
  /** Whether one of the two owes the other something, so that the contact goes on. */
  readonly isWaiting: boolean;
  /** Calls `wake` when there may be something to say though nothing came; returns what ends that. */
  listen?(wake: () => void): () => void;
  /** The next message of at most `maxBytes`; undefined when there is none now. */
  next(maxBytes: number): Uint8Array | undefined;
  /** Takes a message of the other side. @throws {TinmanError} `PROTOCOL` ends the contact. */
  receive(message: Uint8Array): void;
}

/** How a contact went, so far or at its end. */
export interface SyncReport {
  /** `done`: both have what the other had, as far as the budgets allowed. `left`: one of them went before that. */
  readonly status: "opening" | "syncing" | "done" | "left" | "failed";
  /** Why it failed. */
  readonly error?: TinmanError;
  /** Events that were sent, and came. */
  readonly sentEvents: number;
  readonly receivedEvents: number;
  /** Of those that came, how many were new. */
  readonly appliedEvents: number;
  /** All packets. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Runs that were not taken, by rule. */
  readonly refused: Readonly<Record<string, number>>;
  /** The last number that the other has of our own device, if we have less. */
  readonly behind?: number;
  /** Devices whose histories parted. */
  readonly forked: readonly string[];
  /** Devices of which the other lacks what is before our snapshot: it has to take that first. */
  readonly cut: readonly string[];
  /** What is still to be sent and to be got. Bytes are a guess. */
  readonly backlog: {
    readonly toSend: { readonly events: number; readonly bytes: number };
    readonly toGet: { readonly events: number };
  };
  /** Events that the other lacks, by device; below 0 those that we lack. Without devices of which both have the same. */
  readonly apart?: Readonly<Record<string, number>>;
}
