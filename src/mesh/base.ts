import { deflateRawSync, inflateRawSync } from "node:zlib";
import { TinmanError } from "../errors/mod.ts";
import { datasetId, type DatasetInfo } from "./dataset.ts";
import type { DeviceKey } from "./device.ts";
import { sameId } from "./event.ts";
import type { Feeds } from "./feeds.ts";
import type { Run } from "./run.ts";
import { runsOf } from "./runs_of.ts";
import { openSnapshot, signSnapshot, type Snapshot } from "./view/mod.ts";

/** What feeds begin behind: a snapshot as the founder has signed it. (SPEC V9) */
export interface Base {
  readonly snapshot: Snapshot;
  /** As it is kept and passed on: `tmsnap1` and a zero, then the signed snapshot, deflated (RFC 1951). */
  readonly bytes: Uint8Array;
}

/** Most bytes of a {@linkcode Base}, as it is passed on and when it is open. */
export const MAX_BASE_BYTES: number = 16 * 1024 * 1024;
const MAX_OPEN_BYTES = 64 * 1024 * 1024;
const MAGIC = Uint8Array.from([0x74, 0x6d, 0x73, 0x6e, 0x61, 0x70, 0x31, 0]);

/** Signs and packs a snapshot. @throws {TinmanError} `TOO_LARGE` */
export function packBase(snapshot: Snapshot, key: DeviceKey): Base {
  const signed = signSnapshot(snapshot, key);
  const deflated = deflateRawSync(signed);
  const bytes = new Uint8Array(MAGIC.length + deflated.length);
  bytes.set(MAGIC);
  bytes.set(deflated, MAGIC.length);
  if (bytes.length <= MAX_BASE_BYTES && signed.length <= MAX_OPEN_BYTES) return { snapshot, bytes };
  throw new TinmanError("TOO_LARGE", `Cannot compact: the snapshot has ${bytes.length} bytes`, {
    limit: MAX_BASE_BYTES,
    actual: bytes.length,
  });
}

/** Whether these bytes, such as an entry of a log, are meant to be a {@linkcode Base}. */
export function isBase(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => byte === bytes[i]);
}

/**
 * Opens what {@linkcode packBase} made. Only the founder is believed: who begins with it knows nobody else yet.
 *
 * @throws {TinmanError} `INTEGRITY` when the founder has not signed it for this dataset, `PROTOCOL` for anything else.
 */
export function openBase(bytes: Uint8Array, info: DatasetInfo): Base {
  if (!isBase(bytes) || bytes.length > MAX_BASE_BYTES) throw unreadable("it is none, or too large");
  const { snapshot, device } = openSnapshot(inflate(bytes.subarray(MAGIC.length)));
  if (device !== info.founder) throw foreign(`${device.slice(0, 8)} has signed it, who has not founded the dataset`);
  if (!sameId(snapshot.dataset, datasetId(info))) throw foreign("it is of another dataset");
  return { snapshot, bytes: bytes.slice() };
}

/** Whether a snapshot holds events that are not here. */
export function isBehind(feeds: Feeds, { frontier }: Snapshot): boolean {
  return frontier.entries().some(([device, { seq }]) => Math.max(0, ...feeds.of(device).map(({ last }) => last)) < seq);
}

/**
 * What is here and not in a snapshot, as runs that hang on it. What is shorter here than in the snapshot is in that.
 *
 * @throws {TinmanError} `CONFIG` when something here would be lost: another branch, or what an older snapshot holds.
 */
export function runsBehind(feeds: Feeds, { frontier }: Snapshot): Run[] {
  // A branch hangs on what is before it.
  const inOrder = [...feeds.all()].toSorted((a, b) => a.base - b.base);
  return inOrder.flatMap((feed) => {
    const who = feed.device.slice(0, 8);
    const end = frontier.get(feed.device);
    if (end === undefined) {
      if (feed.base > 1 && feed.parent === undefined) throw unfit(`it does not hold what is here of ${who}`);
      return [...runsOf(feed)];
    }
    if (feed.parent !== undefined && feed.base <= end.seq) throw unfit(`${who} has forked before it`);
    if (feed.parent === undefined && feed.base > end.seq + 1) throw unfit(`here is a newer one of ${who}`);
    const id = feed.idAt(end.seq);
    if (id !== undefined && !sameId(id, end.id)) throw unfit(`${who} has another history here`);
    return [...runsOf(feed, { from: Math.max(end.seq + 1, feed.base) })];
  });
}

function inflate(bytes: Uint8Array): Uint8Array {
  try {
    return inflateRawSync(bytes, { maxOutputLength: MAX_OPEN_BYTES });
  } catch (cause) {
    throw unreadable("it cannot be inflated, or is too large", cause);
  }
}

function unreadable(why: string, cause?: unknown): TinmanError<"PROTOCOL"> {
  return new TinmanError("PROTOCOL", `Cannot read a snapshot: ${why}`, { protocol: "mesh", cause });
}

function foreign(why: string): TinmanError<"INTEGRITY"> {
  return new TinmanError("INTEGRITY", `Cannot use a snapshot: ${why}`, {});
}

function unfit(why: string): TinmanError<"CONFIG"> {
  return new TinmanError("CONFIG", `Cannot go on from a snapshot: ${why}`, {
    hint: "sync with a peer that has the whole history",
  });
}
