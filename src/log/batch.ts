import type { LoadedBlock } from "./cursor.ts";
import { Frame, joinTime } from "./frame.ts";
import type { Merge } from "./merge.ts";

/** How many frames a batch has, except the last one. */
const BATCH_FRAMES = 4096;

let batches = 0;

/**
 * Many frames without an object for each: arrays of where they are. For work that has to be fast; `frame(i)` makes the
 * object. A batch and what it gives out stay valid for as long as they are held.
 */
export class FrameBatch {
  /** How many frames it has. */
  readonly count: number;
  readonly #blocks: readonly LoadedBlock[];
  readonly #block: Uint16Array;
  readonly #start: Uint32Array;
  readonly #length: Uint32Array;
  readonly #index: Float64Array;

  /** Takes the next frames off `merge`, none when it is at its end. */
  constructor(merge: Merge) {
    const blocks: LoadedBlock[] = [];
    this.#blocks = blocks;
    this.#block = new Uint16Array(BATCH_FRAMES);
    this.#start = new Uint32Array(BATCH_FRAMES);
    this.#length = new Uint32Array(BATCH_FRAMES);
    this.#index = new Float64Array(BATCH_FRAMES);
    this.count = this.#fill(merge, blocks);
  }

  /** The channel of frame `i`. */
  channel(i: number): string {
    return this.#blocks[this.#block[i]!]!.channel;
  }

  /** The time of frame `i`, in nanoseconds since 1970. */
  timeNs(i: number): bigint {
    const { view } = this.#blocks[this.#block[i]!]!;
    const at = this.#start[i]! - 16;
    return joinTime(view.getUint32(at + 4, true), view.getUint32(at, true));
  }

  /** How many bytes the payload of frame `i` has. */
  length(i: number): number {
    return this.#length[i]!;
  }

  /** The number of frame `i` in its channel. */
  index(i: number): number {
    return this.#index[i]!;
  }

  /** The payload of frame `i`, a view. */
  data(i: number): Uint8Array {
    const { bytes } = this.#blocks[this.#block[i]!]!;
    return new Uint8Array(bytes.buffer, bytes.byteOffset + this.#start[i]!, this.#length[i]!);
  }

  /** Bytes that hold the payload of frame `i` from {@linkcode FrameBatch.start} on: no view is made. */
  bytes(i: number): Uint8Array {
    return this.#blocks[this.#block[i]!]!.bytes;
  }

  /** Where the payload of frame `i` starts in {@linkcode FrameBatch.bytes}. */
  start(i: number): number {
    return this.#start[i]!;
  }

  /** Frame `i` as an object. */
  frame(i: number): Frame {
    const { view } = this.#blocks[this.#block[i]!]!;
    const at = this.#start[i]! - 16;
    return new Frame(
      this.channel(i),
      this.index(i),
      this.data(i),
      view.getUint32(at + 4, true),
      view.getUint32(at, true),
    );
  }

  #fill(merge: Merge, blocks: LoadedBlock[]): number {
    let count = 0;
    const batch = ++batches;
    try {
      for (; count < BATCH_FRAMES; count++) {
        const cursor = merge.next();
        if (cursor === undefined) break;
        const { block } = cursor;
        if (block.batch !== batch) {
          block.batch = batch;
          block.slot = blocks.push(block) - 1;
        }
        this.#block[count] = block.slot;
        this.#start[count] = cursor.start;
        this.#length[count] = cursor.length;
        this.#index[count] = cursor.index;
      }
    } catch (error) {
      // What stands in front of the damage comes first; the next batch throws.
      if (count === 0) throw error;
    }
    return count;
  }
}
