import type { MeshEvent } from "./event.ts";

/**
 * Events of one feed that follow each other, and what the device signed at the last of them: the unit of ingest, of the
 * log and of the air. The signature holds for the whole chain up to there.
 */
export interface Run {
  /** The public key of the device, 64 hexadecimal digits. */
  readonly device: string;
  /** The number of the first event, from 1. */
  readonly from: number;
  /** The first four bytes of the id before it (of the dataset's id for the first event): tells branches apart. */
  readonly after: number;
  /** At least one. */
  readonly events: readonly MeshEvent[];
  /** Ed25519 over the head, see `headMessage`. */
  readonly signature: Uint8Array;
}

/** What became of a {@linkcode Run}. */
export type IngestResult =
  /** New events are in: `count` of them, the last ones of the run. */
  | { readonly status: "applied"; readonly feed: string; readonly from: number; readonly count: number }
  /** All of it was here. */
  | { readonly status: "known" }
  /** It begins behind what is here (`next` is wanted), or its device is not known yet: it waits for that, in bounds. */
  | { readonly status: "waiting"; readonly next: number }
  /** Its stamps are ahead of our clock by more than is believed; it waits until they are not. */
  | { readonly status: "future"; readonly wallMs: number }
  /** It hangs on an event that is not ours, so what is before it is needed to tell where the feed forked. */
  | { readonly status: "apart"; readonly next: number }
  /** It breaks a rule, and is not looked at again. */
  | { readonly status: "refused"; readonly rule: string; readonly reason: string };
