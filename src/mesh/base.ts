import { deflateRawSync, inflateRawSync } from "node:zlib";
import { decodeCbor, encodeCbor } from "../cbor/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { datasetId, type DatasetInfo } from "./dataset.ts";
import { type DeviceKey, SIGNATURE_BYTES } from "./device.ts";
import { deviceBytes, ID_BYTES, sameId } from "./event.ts";
import { Feeds } from "./feeds.ts";
import { endOfGrants, type Grant, MAX_GRANTS, Members } from "./members/mod.ts";
import { openSnapshot, signSnapshot, type Snapshot, type SnapshotKeys } from "./view/mod.ts";

/** What feeds begin behind: a snapshot as an admin has signed it, with the proof that it is one. (SPEC V9) */
export interface Base {
  /** What is sealed in it is closed. */
  readonly snapshot: Snapshot;
  /** The device that has signed it. */
  readonly by: string;
  /** How that one is known to be an admin; nothing for the founder. */
  readonly grants: readonly Grant[];
  /** As it is kept and passed on: `tmsnap1` and a zero, then proof and signed snapshot, deflated (RFC 1951). */
  readonly bytes: Uint8Array;
}

/** Options of {@linkcode packBase}. */
export interface PackBaseOptions {
  /** Who signs it. */
  readonly key: DeviceKey;
  /** What makes that one an admin. @default {nothing: it is the founder} */
  readonly grants?: readonly Grant[];
  /** Seals what members alone may read. @default {it is in the clear} */
  readonly keys?: SnapshotKeys;
}

/** Most bytes of a {@linkcode Base}, as it is passed on and when it is open. */
export const MAX_BASE_BYTES: number = 16 * 1024 * 1024;
const MAX_OPEN_BYTES = 64 * 1024 * 1024;
const MAGIC = Uint8Array.from([0x74, 0x6d, 0x73, 0x6e, 0x61, 0x70, 0x31, 0]);

/** Signs and packs a snapshot. @throws {TinmanError} `TOO_LARGE` */
export function packBase(snapshot: Snapshot, { key, grants = [], keys }: PackBaseOptions): Base {
  const signed = signSnapshot(snapshot, key, keys && { keys });
  const open = encodeCbor([grants.map(({ to, proof }) => [deviceBytes(to), proof]), signed]);
  const deflated = deflateRawSync(open);
  const bytes = new Uint8Array(MAGIC.length + deflated.length);
  bytes.set(MAGIC);
  bytes.set(deflated, MAGIC.length);
  if (bytes.length <= MAX_BASE_BYTES && open.length <= MAX_OPEN_BYTES) {
    return { snapshot, by: key.device, grants, bytes };
  }
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
 * Opens what {@linkcode packBase} made. Who begins with it knows nobody but the founder yet, so that is where the proof
 * begins.
 *
 * @throws {TinmanError} `INTEGRITY` when no admin has signed it for this dataset, `PROTOCOL` for anything else.
 */
export function openBase(bytes: Uint8Array, info: DatasetInfo): Base {
  if (!isBase(bytes) || bytes.length > MAX_BASE_BYTES) throw unreadable("it is none, or too large");
  const { signed, grants } = readProof(inflate(bytes.subarray(MAGIC.length)));
  const { snapshot, device: by } = openSnapshot(signed);
  const dataset = datasetId(info);
  if (!sameId(snapshot.dataset, dataset)) throw foreign("it is of another dataset");
  const who = by.slice(0, 8);
  if (endOfGrants(grants, { founder: info.founder, dataset }) !== by) {
    throw foreign(`${who} has signed it, who is not proved to be an admin`);
  }
  if (isRemovedIn(snapshot, by, info)) throw foreign(`${who} has signed it, and is removed in it`);
  const isSealed = info.privacy === "sealed";
  if (isSealed !== (snapshot.closed !== undefined)) throw unreadable(`it is ${isSealed ? "not " : ""}sealed`);
  return { snapshot, by, grants, bytes: bytes.slice() };
}

function readProof(bytes: Uint8Array): { readonly signed: Uint8Array; readonly grants: readonly Grant[] } {
  try {
    const [list, signed] = decodeCbor(bytes) as [[Uint8Array, Uint8Array][], Uint8Array];
    if (!(signed instanceof Uint8Array) || list.length > MAX_GRANTS) throw new RangeError("its proof is too long");
    return {
      signed,
      grants: list.map(([to, proof]) => ({ to: sized(to, ID_BYTES).toHex(), proof: sized(proof, SIGNATURE_BYTES) })),
    };
  } catch (cause) {
    throw unreadable(cause instanceof RangeError ? cause.message : "it has another form", cause);
  }
}

function sized(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes instanceof Uint8Array && bytes.length === length) return bytes.slice();
  throw new RangeError("its proof has another form");
}

/** Whether a snapshot itself says that a device was removed. */
function isRemovedIn(snapshot: Snapshot, device: string, { founder, writers = "members" }: DatasetInfo): boolean {
  const { dataset } = snapshot;
  const feeds = new Feeds({ dataset, nowMs: () => 0, accepts: () => true });
  feeds.begin(snapshot.frontier);
  const members = new Members({ feeds: () => feeds, dataset, founder, writers });
  members.rebased(snapshot);
  return members.cutoff(device) !== undefined;
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
