import { ByteReader, ByteWriter, crc32 } from "../bytes/mod.ts";
import type { Files, OpenFile } from "../files/mod.ts";
import { FRAME_HEADER_BYTES } from "./frame.ts";

/** A run of whole frames in a log: what is read, checked and skipped as one. */
export interface Block {
  /** Where its first frame starts in the log. */
  readonly at: number;
  /** Bytes of all its frames, headers included. */
  readonly length: number;
  /** How many frames it holds. */
  readonly frames: number;
  /** How many frames of the log are in front of it. */
  readonly firstFrame: number;
  /** The earliest time in it. */
  readonly firstNs: bigint;
  /** The latest time in it. */
  readonly lastNs: bigint;
  /** CRC-32 of its bytes, undefined when nobody wrote one down. */
  readonly crc: number | undefined;
}

/** What an index file says about a log. */
export interface Index {
  /** Blocks from the start of the log on, without a gap. */
  readonly blocks: readonly Block[];
  /** Why the index ends where it does, when that is not its own end. */
  readonly problem: string | undefined;
}

const MAGIC = new TextEncoder().encode("tinm.idx");
const VERSION = 1;
const HEADER_BYTES = 32;
const ENTRY_BYTES = 48;
// An index that cannot be written is given up some time, so that a dead disk does not fill the memory.
const MAX_PENDING_BYTES = ENTRY_BYTES * 2048;

/** The 32 bytes at the start of an index: magic, version, size of an entry, eight zero bytes, CRC-32 of all that. */
export function encodeIndexHeader(): Uint8Array {
  const writer = new ByteWriter(HEADER_BYTES).bytes(MAGIC).u32(VERSION).u32(ENTRY_BYTES).u64(0n).u32(0);
  return writer.u32(crc32(writer.view())).take();
}

/** The 48 bytes of one block. Their own checksum comes last, so that a torn entry is known as one. */
export function encodeIndexEntry(block: Block): Uint8Array {
  const writer = new ByteWriter(ENTRY_BYTES).u64(BigInt(block.at)).u64(block.firstNs).u64(block.lastNs)
    .u64(BigInt(block.firstFrame)).u32(block.length).u32(block.frames).u32(block.crc ?? 0);
  return writer.u32(crc32(writer.view())).take();
}

/** The entries of an index that fit a log of `logBytes` bytes: all up to the first that is damaged or does not follow. */
export function decodeIndex(bytes: Uint8Array, logBytes: number): Index {
  const blocks: Block[] = [];
  const header = encodeIndexHeader();
  if (bytes.length < HEADER_BYTES || !header.every((byte, i) => byte === bytes[i])) {
    return { blocks, problem: "its header is damaged or of another version" };
  }
  let [end, frames] = [0, 0];
  for (let at = HEADER_BYTES; at < bytes.length; at += ENTRY_BYTES) {
    const entry = bytes.subarray(at, at + ENTRY_BYTES);
    const problem = (text: string) => ({ blocks, problem: `entry ${blocks.length} ${text}` });
    if (entry.length < ENTRY_BYTES) return problem("is cut short");
    const block = decodeEntry(entry);
    if (block === undefined) return problem("is damaged");
    if (block.at !== end || block.firstFrame !== frames) return problem("does not follow the one before");
    end += block.length;
    frames += block.frames;
    if (end > logBytes) return problem("ends behind the end of the log");
    blocks.push(block);
  }
  return { blocks, problem: undefined };
}

/**
 * Writes an index while its log grows. It never fails: an index only saves time and can be rebuilt, so what cannot be
 * written now is tried again with the next block.
 */
export class IndexWriter {
  readonly #file: OpenFile;
  #size = 0;
  #pending: Uint8Array[] = [encodeIndexHeader()];
  #pendingBytes = HEADER_BYTES;

  /** Makes the file, which must not be there. */
  constructor(files: Files, path: string) {
    this.#file = files.open(path, "create");
  }

  /** Adds the entry of the block that follows. */
  add(block: Block): void {
    if (this.#pendingBytes > MAX_PENDING_BYTES) return;
    this.#pending.push(encodeIndexEntry(block));
    this.#pendingBytes += ENTRY_BYTES;
    this.#write();
  }

  /** Writes what is left and releases the file. */
  close(): void {
    this.#write();
    this.#file.close();
  }

  #write(): void {
    try {
      while (this.#pending.length > 0) {
        const next = this.#pending[0]!;
        if (this.#file.write(next) < next.length) return this.#file.truncate(this.#size);
        this.#size += next.length;
        this.#pendingBytes -= next.length;
        this.#pending.shift();
      }
    } catch {
      // A reader takes the entries up to the first damaged one and scans the rest of the log.
      this.#cut();
    }
  }

  #cut(): void {
    try {
      this.#file.truncate(this.#size);
    } catch {
      this.#pendingBytes = Infinity;
    }
  }
}

function decodeEntry(entry: Uint8Array): Block | undefined {
  const reader = new ByteReader(entry);
  const at = Number(reader.u64());
  const [firstNs, lastNs, firstFrame] = [reader.u64(), reader.u64(), Number(reader.u64())];
  const [length, frames, crc] = [reader.u32(), reader.u32(), reader.u32()];
  if (reader.u32() !== crc32(entry.subarray(0, ENTRY_BYTES - 4))) return undefined;
  if (frames === 0 || length < frames * FRAME_HEADER_BYTES || firstNs > lastNs) return undefined;
  return { at, length, frames, firstFrame, firstNs, lastNs, crc };
}
