import { crc32c } from "../bytes/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { AppendedFile, type Files, readFile } from "../files/mod.ts";
import { freeName } from "./attachments/set_aside.ts";

/** What was wrong with a {@linkcode FeedLog} when it was opened, and is not any more: its end, which was cut off. */
export interface CutOff {
  /** Where the log ends now. */
  readonly at: number;
  /** How many bytes were behind that. */
  readonly bytes: number;
  /** Where they are kept; undefined for a torn write, which was never promised to anybody. (SPEC F10) */
  readonly saved?: string;
}

/** Who is told of what is in a {@linkcode FeedLog} when it is opened. */
export interface FeedLogReader {
  /** Takes an entry; they come the oldest first. */
  take?(entry: Uint8Array): void;
  /**
   * Hears of an end that is damaged, and no torn write, before it is cut off. The bytes are kept beside by then; without
   * it they are not, for they can be had again.
   */
  lose?(end: Uint8Array): void;
}

/** A part of a log that cannot be read, with parts behind it that can. */
export interface Damage {
  /** Where it begins. */
  readonly at: number;
  /** How long it is. */
  readonly bytes: number;
}

/** Longest log that is opened. */
const MAX_BYTES = 2 ** 31 - 1;
/** Longest entry. */
const MAX_ENTRY_BYTES = 64 * 1024 * 1024;
const MAGIC = new TextEncoder().encode("tinmesh1");
// u32 length ‖ u32 CRC-32C of what follows, both with the lowest byte first.
const HEAD_BYTES = 8;

/**
 * Entries in a file that only grows: `tinmesh1`, then for each entry its length, its CRC-32C and its bytes. An end that
 * was cut off is no entry and is removed; damage between whole entries is told apart from that, and refused.
 */
export class FeedLog implements Disposable {
  /** What was cut off when it was opened. */
  readonly cutOff: CutOff | undefined;
  readonly #file: AppendedFile;

  /**
   * Opens the log at `path`, which need not be there, and gives what is in it to `reader`.
   *
   * @throws {TinmanError} `CORRUPT_LOG` for damage in the middle, `FOREIGN_LOG`, `TOO_LARGE`, `WRITE_FAILED`.
   */
  constructor(files: Files, path: string, reader: FeedLogReader = {}) {
    const bytes = readFile(files, path, MAX_BYTES) ?? new Uint8Array();
    const { entries, damage, end, isTorn } = scanFeedLog(bytes, path);
    if (damage.length > 0) throw corrupt(path, damage);
    for (const entry of entries) reader.take?.(entry);
    const behind = bytes.subarray(end);
    const saved = isTorn || reader.lose === undefined ? undefined : keepBeside(files, path, behind);
    if (saved !== undefined) reader.lose?.(behind);
    this.cutOff = behind.length > 0 ? { at: end, bytes: behind.length, ...(saved && { saved }) } : undefined;
    this.#file = new AppendedFile(files, path, "append");
    try {
      if (this.cutOff !== undefined) this.#file.cut(end);
      if (end === 0) this.#put(MAGIC);
    } catch (cause) {
      this.#file.close();
      throw cause;
    }
  }

  /** Where the log ends. */
  get size(): number {
    return this.#file.size;
  }

  /** Puts an entry at the end, all of it or nothing. @throws {TinmanError} `WRITE_FAILED` */
  append(entry: Uint8Array): void {
    this.#put(framed(entry));
  }

  /** Waits until all is on the disk. @throws {TinmanError} `WRITE_FAILED` */
  sync(): void {
    if (!this.#file.trySync()) throw this.#file.failure();
  }

  /** Releases the file; twice is fine. */
  close(): void {
    this.#file.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #put(bytes: Uint8Array): void {
    const isWhole = this.#file.put(bytes) === bytes.length;
    this.#file.keep(isWhole ? bytes.length : 0);
    if (!isWhole) throw this.#file.failure();
  }
}

/** The bytes of a log with these entries. */
export function feedLogBytes(entries: readonly Uint8Array[]): Uint8Array {
  const all = [MAGIC, ...entries.map(framed)];
  const bytes = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const each of all) {
    bytes.set(each, at);
    at += each.length;
  }
  return bytes;
}

function framed(entry: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES + entry.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, entry.length, true);
  view.setUint32(4, crc32c(entry), true);
  bytes.set(entry, HEAD_BYTES);
  return bytes;
}

/** What a log holds: whole entries, what is damaged between them, and where the last whole one ends. */
export function scanFeedLog(bytes: Uint8Array, path: string): FeedLogContents {
  const entries: Uint8Array[] = [];
  const damage: Damage[] = [];
  const shared = Math.min(bytes.length, MAGIC.length);
  if (!MAGIC.subarray(0, shared).every((byte, i) => byte === bytes[i])) {
    throw new TinmanError("FOREIGN_LOG", `Cannot read ${path}: it is no log of a mesh`, { path });
  }
  if (shared < MAGIC.length) return { entries, damage, end: 0, isTorn: true };
  let end = MAGIC.length;
  for (let at = end; at < bytes.length;) {
    const entry = entryAt(bytes, at);
    if (entry === undefined) at = entryBehind(bytes, at);
    else {
      if (at > end) damage.push({ at: end, bytes: at - end });
      entries.push(entry);
      at = end = at + HEAD_BYTES + entry.length;
    }
  }
  return { entries, damage, end, isTorn: isTorn(bytes, end) };
}

/** See {@linkcode scanFeedLog}. */
export interface FeedLogContents {
  /** Whole entries, the oldest first; views into the bytes of the log. */
  readonly entries: readonly Uint8Array[];
  /** What lies between them and is none. */
  readonly damage: readonly Damage[];
  /** Where the last whole one ends; 0 for a log without even a beginning. */
  readonly end: number;
  /** Whether what lies behind that is what an interrupted write leaves, or nothing; else it is damaged. (SPEC F10) */
  readonly isTorn: boolean;
}

/** The entry that stands first in what lies behind the whole ones, its checksum aside; undefined where it names no end. */
export function damagedEntry(end: Uint8Array): Uint8Array | undefined {
  const length = new DataView(end.buffer, end.byteOffset).getUint32(0, true);
  return HEAD_BYTES + length > end.length ? undefined : end.subarray(HEAD_BYTES, HEAD_BYTES + length);
}

/** Fewer bytes than were announced, or with blocks of zeros: the file was longer already, what is in it not yet there. */
function isTorn(bytes: Uint8Array, at: number): boolean {
  if (at + HEAD_BYTES > bytes.length || hasEmptyBlock(bytes, at)) return true;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at);
  const rest = bytes.subarray(at + HEAD_BYTES);
  const length = view.getUint32(0, true);
  if (length > 0 && length <= rest.length) return false;
  // All of it may be there, and only the length damaged.
  return crc32c(rest) !== view.getUint32(4, true);
}

/** Whether the head, a block of the disk, or the beginning of the last one up to the end of the file is nothing but zeros. */
function hasEmptyBlock(bytes: Uint8Array, at: number): boolean {
  const isEmpty = (from: number, to: number) => bytes.subarray(from, to).every((byte) => byte === 0);
  if (isEmpty(at, at + HEAD_BYTES)) return true;
  for (let block = Math.ceil(at / BLOCK_BYTES) * BLOCK_BYTES; block < bytes.length; block += BLOCK_BYTES) {
    if (isEmpty(block, block + BLOCK_BYTES)) return true;
  }
  return false;
}

/** The least that a disk writes at once. */
const BLOCK_BYTES = 512;

function keepBeside(files: Files, path: string, bytes: Uint8Array): string {
  const saved = freeName(`${path}.damaged`, files);
  files.replace(saved, bytes);
  return saved;
}

function entryAt(bytes: Uint8Array, at: number): Uint8Array | undefined {
  if (at + HEAD_BYTES > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at);
  const length = view.getUint32(0, true);
  // An entry is never empty, so zeros at the end of a file are none.
  if (length === 0 || length > MAX_ENTRY_BYTES || at + HEAD_BYTES + length > bytes.length) return undefined;
  const entry = bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length);
  return crc32c(entry) === view.getUint32(4, true) ? entry : undefined;
}

/** Where the next whole entry begins, or the end: what was torn is short, so each byte is tried. */
function entryBehind(bytes: Uint8Array, at: number): number {
  const last = Math.min(bytes.length, at + MAX_SEARCH_BYTES);
  for (let next = at + 1; next < last; next++) if (entryAt(bytes, next) !== undefined) return next;
  return bytes.length;
}

const MAX_SEARCH_BYTES = 16 * 1024 * 1024;

function corrupt(path: string, damage: readonly Damage[]): TinmanError<"CORRUPT_LOG"> {
  const { at, bytes } = damage[0]!;
  const more = damage.length > 1 ? `, and ${damage.length - 1} more places` : "";
  return new TinmanError("CORRUPT_LOG", `Cannot read ${path} at byte ${at}: ${bytes} bytes are damaged${more}`, {
    path,
    at,
    hint: "`tinman mesh fsck --repair` keeps what is whole; what is missing comes back from any peer that has it",
  });
}
