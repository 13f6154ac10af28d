import { encodeCbor } from "../../cbor/mod.ts";
import type { EventRef, MeshEvent } from "../event.ts";
import { compareStamps } from "../stamp.ts";

/** An event that says something about a record, and where it stands. */
export interface Write {
  /** What was written; opened, if it was sealed. */
  readonly event: MeshEvent;
  /** The event in its feed: the same object for as long as nobody erases it. */
  readonly source: MeshEvent;
  /** The public key of the device that wrote it. */
  readonly device: string;
  /** Its number. */
  readonly seq: number;
  /** The first four bytes of its id. */
  readonly check: number;
  /** For what came by a snapshot: what its device had written there before. */
  readonly before?: EventRef;
}

/** The name of a write, for others to name it by. */
export function refOf({ device, seq, check }: EventRef): EventRef {
  return { device, seq, check };
}

/** The same as text, to find it by. */
export function keyOf({ device, seq, check }: EventRef): string {
  return `${device}:${seq}:${check}`;
}

/** Each event that is named, once. */
export function distinct(refs: readonly EventRef[]): EventRef[] {
  return [...new Map(refs.map((ref) => [keyOf(ref), ref])).values()];
}

/** Whether `ref` names this event. */
export function isNamed(ref: EventRef, { device, seq, check }: EventRef): boolean {
  return ref.seq === seq && ref.check === check && ref.device === device;
}

/** The events that an event says it replaces. (SPEC O1) */
export function replacedBy({ kind, payload }: MeshEvent): readonly EventRef[] {
  const supersedes = (payload?.supersedes ?? NONE) as readonly EventRef[];
  // Who edits a note has read it.
  return kind === "note.edit" ? [payload!.note as EventRef, ...supersedes] : supersedes;
}

/** Below zero when `a` ranks below `b`: what of two concurrent writes is shown. (SPEC O2) */
export function compareWrites(a: Write, b: Write): number {
  return compareStamps(a.event, b.event) || compareText(a.device, b.device) || a.seq - b.seq || a.check - b.check ||
    compareSaid(a.event, b.event);
}

/** The order of UTF-16 units, which does not depend on the machine's language. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The order of their canonical bytes. */
export function compareValues(a: unknown, b: unknown): number {
  return a === b && typeof a !== "number" ? 0 : compareBytes(encodeCbor(a), encodeCbor(b));
}

// Two branches whose ids begin alike take somebody 2^32 attempts. Then what they say decides, and alike is alike.
function compareSaid(a: MeshEvent, b: MeshEvent): number {
  return a === b ? 0 : compareValues([a.kind, a.payload], [b.kind, b.payload]);
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

const NONE: readonly EventRef[] = [];
