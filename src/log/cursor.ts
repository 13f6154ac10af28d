import { FRAME_HEADER_BYTES, joinTime, lengthAt, splitTime, viewOf } from "./frame.ts";
import type { Block } from "./index.ts";

/** Which frames to read: from `fromNs` on and before `toNs`. */
export interface TimeRange {
  /** The first time to take, in nanoseconds since 1970. @default {the first there is} */
  readonly fromNs?: bigint | undefined;
  /** The first time not to take any more. @default {none} */
  readonly toNs?: bigint | undefined;
}

/** What a cursor goes through: the blocks of one log. */
export interface BlockSource {
  /** The channel that the frames are of. */
  readonly channel: string;
  /** Blocks in the order of the file; more may be added while cursors are on their way. */
  readonly blocks: readonly Block[];
  /** How many frames at the start are no data: 1 when there is a codec header, else 0. */
  readonly headerFrames: number;
  /** Whether no block has a time before those of the blocks in front of it. */
  readonly sorted: boolean;
  /** The bytes of a block. `CORRUPT_LOG` when they are not what was written. */
  readBlock(block: Block): Uint8Array;
  /** The error for damage at this byte. */
  corrupt(at: number, problem: string): Error;
}

/** The bytes of a block that was read, and whose they are. In each form the time of a frame stands 16 bytes in front of it. */
export interface LoadedBlock {
  readonly channel: string;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Where it stands in the file. */
  readonly at: number;
  /** The batch that took frames of it last, by number, and its place there. */
  batch: number;
  slot: number;
}

/** Goes through frames in the order of time, one `next()` at a time. Its fields are those of the frame it stands on. */
export interface FrameCursor {
  /** The time of the frame, in its two halves. */
  readonly hi: number;
  readonly lo: number;
  /** Where its payload starts in the block, and how long it is. */
  readonly start: number;
  readonly length: number;
  /** Its number in the channel. */
  readonly index: number;
  /** The block it is in. */
  readonly block: LoadedBlock;
  /** Moves to the next frame; false when there is none. */
  next(): boolean;
}

/** Bytes of one channel that begin at byte `at` of a file. */
export function loadedBlock(channel: string, at: number, bytes: Uint8Array, view = viewOf(bytes)): LoadedBlock {
  return { channel, bytes, view, at, batch: 0, slot: 0 };
}

/** What a cursor stands on before its first frame. */
export const NO_BLOCK: LoadedBlock = loadedBlock("", 0, new Uint8Array(0));

/** Goes through the frames of one log. */
export class Cursor implements FrameCursor {
  hi = 0;
  lo = 0;
  start = 0;
  length = 0;
  /** Its number in the channel, the header not counted. */
  index = -1;
  block: LoadedBlock = NO_BLOCK;
  readonly #source: BlockSource;
  readonly #fromNs: bigint;
  readonly #toNs: bigint;
  readonly #from: { readonly hi: number; readonly lo: number };
  readonly #to: { readonly hi: number; readonly lo: number };
  #nextBlock: number;
  // Whether frames of this block may lie outside the range.
  #edge = false;

  /** Stands before the first frame. */
  constructor(source: BlockSource, { fromNs = 0n, toNs = 2n ** 64n }: TimeRange = {}) {
    this.#source = source;
    this.#fromNs = fromNs;
    this.#toNs = toNs;
    this.#from = splitTime(fromNs);
    this.#to = splitTime(toNs);
    this.#nextBlock = source.sorted ? firstBlockFrom(source.blocks, fromNs) : 0;
  }

  /** Moves to the next frame; false when there is none (by now: a log that grows may have one later). */
  next(): boolean {
    do {
      const at = this.start + this.length;
      if (at >= this.block.bytes.length) {
        if (!this.#load()) return false;
      } else this.#parse(at);
    } while (this.#edge && !this.#inRange());
    return true;
  }

  #parse(at: number): void {
    const { view } = this.block;
    const start = at + FRAME_HEADER_BYTES;
    if (start > view.byteLength) this.#fail(at, "the block ends inside the header of a frame");
    this.lo = view.getUint32(at, true);
    this.hi = view.getUint32(at + 4, true);
    this.start = start;
    this.length = lengthAt(view, at);
    this.index++;
    if (start + this.length > view.byteLength) {
      this.#fail(at, `a frame of ${this.length} bytes is longer than its block`);
    }
  }

  /** Reads the next block that can have frames of the range, and moves to its first frame with data. */
  #load(): boolean {
    const { blocks, sorted, headerFrames, channel } = this.#source;
    for (; this.#nextBlock < blocks.length; this.#nextBlock++) {
      const block = blocks[this.#nextBlock]!;
      if (block.lastNs < this.#fromNs) continue;
      if (block.firstNs >= this.#toNs) {
        if (sorted) return false;
        continue;
      }
      const isHeader = block.firstFrame < headerFrames;
      if (isHeader && block.frames === headerFrames) continue;
      this.#open(block, channel);
      this.#nextBlock++;
      this.#parse(0);
      if (isHeader) this.#parse(this.length + FRAME_HEADER_BYTES);
      return true;
    }
    return false;
  }

  #open(block: Block, channel: string): void {
    const bytes = this.#source.readBlock(block);
    this.block = loadedBlock(channel, block.at, bytes);
    this.index = block.firstFrame - this.#source.headerFrames - 1;
    this.#edge = block.firstNs < this.#fromNs || block.lastNs >= this.#toNs;
  }

  #inRange(): boolean {
    const { hi, lo } = this;
    const [from, to] = [this.#from, this.#to];
    return (hi > from.hi || hi === from.hi && lo >= from.lo) && (hi < to.hi || hi === to.hi && lo < to.lo);
  }

  #fail(at: number, problem: string): never {
    const block = this.#source.blocks[this.#nextBlock - 1]!;
    throw this.#source.corrupt(block.at + at, problem);
  }
}

/** The first block of a sorted log that can have a frame at or behind `timeNs`. */
export function firstBlockFrom(blocks: readonly Block[], timeNs: bigint): number {
  let [low, high] = [0, blocks.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (blocks[middle]!.lastNs < timeNs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The time of the last frame with data before `fromNs`, undefined when there is none. */
export function timeBefore(source: BlockSource, fromNs: bigint): bigint | undefined {
  const { blocks, headerFrames } = source;
  // Only a block that begins before and ends behind `fromNs` has to be looked into.
  for (let i = Math.min(firstBlockFrom(blocks, fromNs), blocks.length - 1); i >= 0; i--) {
    const { firstFrame, frames, firstNs, lastNs } = blocks[i]!;
    if (firstNs >= fromNs || firstFrame + frames <= headerFrames) continue;
    if (lastNs < fromNs) return lastNs;
    let found: bigint | undefined;
    for (const cursor = new Cursor(source, { fromNs: firstNs, toNs: fromNs }); cursor.next();) {
      found = joinTime(cursor.hi, cursor.lo);
    }
    return found;
  }
  return undefined;
}
