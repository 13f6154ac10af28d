import { crc32 } from "../../bytes/mod.ts";

/** A run of whole batches, one behind the other. */
export interface Block {
  /** Where it begins and ends in the segment. */
  readonly at: number;
  readonly end: number;
  /** Its last offset. */
  readonly last: number;
  /** The latest time up to its end, from the beginning of the segment on. */
  readonly maxTimestampMs: number;
}

/** Bytes after which a block is full. A search has to look through one block. */
export const BLOCK_BYTES = 4096;

/** Where the batches of a segment are: its blocks by offset and by time. */
export class SegmentIndex {
  readonly #at: number[] = [];
  readonly #end: number[] = [];
  readonly #last: number[] = [];
  readonly #maxTimestampMs: number[] = [];

  /** How many blocks there are. */
  get size(): number {
    return this.#at.length;
  }

  /** Where the last batch ends. */
  get end(): number {
    return this.#end.at(-1) ?? 0;
  }

  /** The last offset, or nothing. */
  get last(): number | undefined {
    return this.#last.at(-1);
  }

  /** The latest time, or nothing. */
  get maxTimestampMs(): number | undefined {
    return this.#maxTimestampMs.at(-1);
  }

  /** A block, by its number. */
  block(index: number): Block {
    return {
      at: this.#at[index]!,
      end: this.#end[index]!,
      last: this.#last[index]!,
      maxTimestampMs: this.#maxTimestampMs[index]!,
    };
  }

  /** Adds a batch behind the others. What lies between them is damaged, and nobody reads it. */
  add({ at, end, last, maxTimestampMs }: Block): void {
    const block = this.size - 1;
    const maxMs = Math.max(maxTimestampMs, this.#maxTimestampMs[block] ?? -Infinity);
    if (block >= 0 && this.#end[block] === at && at - this.#at[block]! < BLOCK_BYTES) {
      [this.#end[block], this.#last[block], this.#maxTimestampMs[block]] = [end, last, maxMs];
      return;
    }
    this.#at.push(at);
    this.#end.push(end);
    this.#last.push(last);
    this.#maxTimestampMs.push(maxMs);
  }

  /** The first block that has this offset or a later one; `size` when there is none. */
  findOffset(offset: number): number {
    return firstAtLeast(this.#last, offset);
  }

  /** The first block that may have this time or a later one; `size` when there is none. */
  findTime(timestampMs: number): number {
    return firstAtLeast(this.#maxTimestampMs, timestampMs);
  }

  /** The last block that begins at `at` or before; -1 when there is none. */
  findAt(at: number): number {
    return firstAtLeast(this.#at, at + 1) - 1;
  }

  /** Where the run of whole batches ends that this block is in, or one of its blocks that ends at `enough` or later. */
  runEnd(index: number, enough: number): number {
    let [end, next] = [this.#end[index]!, index + 1];
    while (end < enough && this.#at[next] === end) end = this.#end[next++]!;
    return end;
  }

  /** As bytes: a head, the length of the segment, 24 bytes for each block, a checksum (CRC-32) of all that. */
  encode(length: number): Uint8Array {
    const bytes = new Uint8Array(START + this.size * ENTRY_BYTES + 4);
    const view = new DataView(bytes.buffer);
    bytes.set(HEAD);
    view.setFloat64(HEAD.length, length);
    for (let i = 0, at = START; i < this.size; i++, at += ENTRY_BYTES) {
      view.setFloat64(at, this.#last[i]!);
      view.setFloat64(at + 8, this.#maxTimestampMs[i]!);
      view.setUint32(at + 16, this.#at[i]!);
      view.setUint32(at + 20, this.#end[i]!);
    }
    view.setUint32(bytes.length - 4, crc32(bytes.subarray(0, -4)));
    return bytes;
  }

  /** From bytes; nothing when they are not the index of a segment of this length. */
  static decode(bytes: Uint8Array, length: number): SegmentIndex | undefined {
    const size = (bytes.length - START - 4) / ENTRY_BYTES;
    if (!Number.isInteger(size) || size < 0 || HEAD.some((byte, i) => bytes[i] !== byte)) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (view.getUint32(bytes.length - 4) !== crc32(bytes.subarray(0, -4))) return undefined;
    if (view.getFloat64(HEAD.length) !== length) return undefined;
    const index = new SegmentIndex();
    for (let i = 0, at = START; i < size; i++, at += ENTRY_BYTES) {
      index.#last.push(view.getFloat64(at));
      index.#maxTimestampMs.push(view.getFloat64(at + 8));
      index.#at.push(view.getUint32(at + 16));
      index.#end.push(view.getUint32(at + 20));
    }
    return index;
  }
}

const HEAD = new TextEncoder().encode("tinman kafka index 1\n");
const START = HEAD.length + 8;
const ENTRY_BYTES = 24;

/** The first index whose number is `least` or more; the length when there is none. The numbers never fall. */
function firstAtLeast(numbers: readonly number[], least: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! >= least) high = middle;
    else low = middle + 1;
  }
  return low;
}
