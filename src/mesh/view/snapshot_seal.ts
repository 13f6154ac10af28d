import { hash } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { decodeCbor, encodeCbor } from "../../cbor/mod.ts";
import { inFeedOrder, type Snapshot } from "./snapshot.ts";
import { readContent } from "./snapshot_content.ts";

/** The keys that members share: see `Keyring`. */
export interface SnapshotKeys {
  /** Seals with the newest key; the same bytes for the same. */
  sealBytes(plain: Uint8Array, place: Uint8Array): { readonly key: string; readonly data: Uint8Array };
  /** What was sealed; undefined while its key is not here. */
  openBytes(
    sealed: { readonly key: string; readonly data: Uint8Array },
    place: Uint8Array,
  ): Uint8Array | undefined;
}

/** What of a snapshot this device cannot read. */
export interface ClosedContent {
  /** The name of the key. */
  readonly key: string;
  /** What is sealed with it, deflated (RFC 1951). */
  readonly data: Uint8Array;
  /** What stands in the clear before it, to which it is bound. */
  readonly head: readonly unknown[];
  /** The devices that are meant by their places. */
  readonly devices: readonly string[];
}

/** Seals what members alone may read, bound to what stands before it in the clear. */
export function sealContent(
  content: unknown,
  { head, keys }: { readonly head: readonly unknown[]; readonly keys: SnapshotKeys },
): unknown[] {
  const { key, data } = keys.sealBytes(new Uint8Array(deflateRawSync(encodeCbor(content))), placeOf(head));
  return [Uint8Array.fromHex(key), data];
}

/**
 * A snapshot with all that it says; undefined while its key is not here. One that nothing was sealed in is as it was.
 *
 * @throws {RangeError} When who made it has sealed something else.
 */
export function openContent(snapshot: Snapshot, keys: SnapshotKeys): Snapshot | undefined {
  const { closed, ...open } = snapshot;
  if (closed === undefined) return snapshot;
  const plain = keys.openBytes(closed, placeOf(closed.head));
  if (plain === undefined) return undefined;
  const inflated = inflateRawSync(plain, { maxOutputLength: MAX_BYTES });
  const { registers, others } = readContent(decodeCbor(inflated), closed.devices);
  return { ...open, registers, others: [...open.others, ...others].sort(inFeedOrder) };
}

const MAX_BYTES = 64 * 1024 * 1024;
const PLACE = "tinman mesh snapshot content 1";

function placeOf(head: readonly unknown[]): Uint8Array {
  return encodeCbor([PLACE, hash("sha256", encodeCbor(head), "buffer")]);
}
