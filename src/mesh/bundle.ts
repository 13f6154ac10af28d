import { createHash } from "node:crypto";
import { decodeCbor, encodeCbor } from "../cbor/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { datasetId, type DatasetInfo } from "./dataset.ts";
import type { Run } from "./run.ts";
import { decodeRuns, encodeRuns } from "./wire/mod.ts";

/*
 * bundle  = "tmesh\0\0\1" section* end
 * section = kind:u8 length:u32 bytes          little-endian
 *   1       about: CBOR, see BundleAbout
 *   2       runs, as on the air, without a context
 *   3       blob: 32 bytes of its hash, then its bytes
 *   4       what feeds begin behind: a snapshot, see base.ts
 * end     = 0:u8 32:u32 and the SHA-256 of all bytes before this section
 */
const MAGIC = Uint8Array.from([0x74, 0x6d, 0x65, 0x73, 0x68, 0, 0, 1]);
const HEAD_BYTES = 5;
const KIND = { end: 0, about: 1, runs: 2, blob: 3, base: 4 } as const;
const MAX_SECTION_EVENTS = 16_384;

/** How far a feed goes, and the first bytes of the id there. */
export interface FeedHead {
  /** Its name. */
  readonly feed: string;
  readonly seq: number;
  readonly check: number;
}

/** What a bundle says of itself. */
export interface BundleAbout {
  /** Which dataset. */
  readonly info: DatasetInfo;
  /** The device that packed it. Nothing proves that; what is in it is signed by who wrote it. */
  readonly by: string;
  readonly wallMs: number;
  /** How far each feed goes where it was packed, also of those that were left out. */
  readonly frontier: readonly FeedHead[];
}

/** A bundle: all that one device has to tell, in one file. */
export interface Bundle {
  readonly about: BundleAbout;
  readonly runs: readonly Run[];
  /** The snapshot that the feeds begin behind. @default {they begin with event 1} */
  readonly base?: Uint8Array;
  /** Content of files by its hash, 64 hexadecimal digits. */
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

/** The bytes of a bundle. */
export function encodeBundle({ about, base, runs, blobs }: Bundle): Uint8Array {
  const parts: Uint8Array[] = [MAGIC, ...section(KIND.about, encodeCbor(about))];
  if (base !== undefined) parts.push(...section(KIND.base, base));
  for (const each of inSections(runs)) parts.push(...section(KIND.runs, encodeRuns(each)));
  for (const [hash, bytes] of blobs) parts.push(...section(KIND.blob, Uint8Array.fromHex(hash), bytes));
  const digest = createHash("sha256");
  for (const part of parts) digest.update(part);
  parts.push(...section(KIND.end, digest.digest()));
  return joined(parts);
}

/**
 * What {@linkcode encodeBundle} wrote. Its checksum is right; what its runs say is not checked yet, and blobs are not
 * compared with their hashes.
 *
 * @throws {TinmanError} `INTEGRITY` for one that was cut off or changed, `PROTOCOL` for what is none, or of a later version.
 */
export function decodeBundle(bytes: Uint8Array, path: string): Bundle {
  const { about, rest } = openBundle(bytes, path);
  const runs: Run[] = [];
  const blobs = new Map<string, Uint8Array>();
  let base: Uint8Array | undefined;
  for (const { kind, body } of rest) {
    if (kind === KIND.base) base = body;
    else if (kind === KIND.runs) runs.push(...decodeRuns(body));
    else if (kind === KIND.blob) blobs.set(body.subarray(0, 32).toHex(), body.subarray(32));
  }
  return { about, runs, blobs, ...(base && { base }) };
}

/** What a bundle says of itself, when it is whole. @throws {TinmanError} As {@linkcode decodeBundle}. */
export function readBundleAbout(bytes: Uint8Array, path: string): BundleAbout {
  return openBundle(bytes, path).about;
}

interface Section {
  readonly kind: number;
  readonly body: Uint8Array;
}

function openBundle(bytes: Uint8Array, path: string): { about: BundleAbout; rest: Section[] } {
  const shared = Math.min(bytes.length, MAGIC.length);
  if (shared === 0 || !MAGIC.subarray(0, shared).every((byte, i) => byte === bytes[i])) {
    throw unreadable(path, "it is no bundle of a mesh, or one of a later version");
  }
  const sections: Section[] = [];
  let at = MAGIC.length;
  for (; at + HEAD_BYTES <= bytes.length;) {
    const kind = bytes[at]!;
    const length = new DataView(bytes.buffer, bytes.byteOffset + at + 1).getUint32(0, true);
    const body = bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length);
    if (body.length < length) throw cut(path, bytes.length);
    if (kind === KIND.end) {
      const digest = createHash("sha256").update(bytes.subarray(0, at)).digest();
      if (length !== 32 || !digest.every((byte, i) => byte === body[i])) throw changed(path, "its checksum is another");
      if (at + HEAD_BYTES + length !== bytes.length) throw changed(path, "there are bytes behind its end");
      const [about, ...rest] = sections;
      if (about?.kind !== KIND.about) throw unreadable(path, "it does not say what it is about");
      return { about: readAbout(about.body, path), rest };
    }
    sections.push({ kind, body });
    at += HEAD_BYTES + length;
  }
  throw cut(path, bytes.length);
}

function readAbout(body: Uint8Array, path: string): BundleAbout {
  try {
    const about = decodeCbor(body) as BundleAbout;
    const isWhole = datasetId(about.info).length === 32 && /^[0-9a-f]{64}$/.test(about.by) &&
      about.frontier.every(isHead);
    if (isWhole) return about;
  } catch {
    // Whatever it is, it is not of this version.
  }
  throw unreadable(path, "it is of another version");
}

function isHead({ feed, seq, check }: FeedHead): boolean {
  return typeof feed === "string" && Number.isSafeInteger(seq) && Number.isSafeInteger(check);
}

function* inSections(runs: readonly Run[]): Generator<Run[], void> {
  let own: Run[] = [];
  let events = 0;
  for (const run of runs) {
    if (events > 0 && events + run.events.length > MAX_SECTION_EVENTS) {
      yield own;
      [own, events] = [[], 0];
    }
    own.push(run);
    events += run.events.length;
  }
  if (own.length > 0) yield own;
}

function section(kind: number, ...parts: readonly Uint8Array[]): Uint8Array[] {
  const head = new Uint8Array(HEAD_BYTES);
  head[0] = kind;
  new DataView(head.buffer).setUint32(1, parts.reduce((sum, { length }) => sum + length, 0), true);
  return [head, ...parts];
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function cut(path: string, length: number): TinmanError<"INTEGRITY"> {
  return changed(path, `it ends at byte ${length}, in the middle`);
}

function changed(path: string, why: string): TinmanError<"INTEGRITY"> {
  return new TinmanError("INTEGRITY", `Cannot use bundle ${path}: ${why}`, {
    path,
    hint: "it was not copied to its end, or was changed: copy it again",
  });
}

function unreadable(path: string, why: string): TinmanError<"PROTOCOL"> {
  const hint = "bundles come of `tinman mesh pack`, of this version or an earlier one";
  return new TinmanError("PROTOCOL", `Cannot read bundle ${path}: ${why}`, { protocol: "tmesh", hint });
}
