import { FrameBatch } from "./batch.ts";
import type { FrameCursor } from "./cursor.ts";
import { Frame } from "./frame.ts";
import { Merge } from "./merge.ts";
import { AsyncSteps } from "./steps.ts";

/**
 * Frames in the order of time, to go through with `for … of` or `for await`. Each loop starts at the beginning; leaving
 * one early costs nothing. A block that is not what was written is a `CORRUPT_LOG` error when the loop comes to it.
 */
export class FrameIterable implements Iterable<Frame>, AsyncIterable<Frame> {
  readonly #open: () => readonly FrameCursor[];

  /** `open` gives cursors that stand before their first frame. */
  constructor(open: () => readonly FrameCursor[]) {
    this.#open = open;
  }

  /** One by one. */
  [Symbol.iterator](): IterableIterator<Frame> {
    return new FrameIterator(new Merge(this.#open()));
  }

  /** The same for `for await`. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Frame> {
    return new AsyncSteps(this[Symbol.iterator]());
  }

  /** Many at a time: see {@linkcode FrameBatch}. */
  batches(): BatchIterable {
    return new BatchIterable(this.#open);
  }
}

/** Frames in the order of time, many at a time, to go through with `for … of` or `for await`. */
export class BatchIterable implements Iterable<FrameBatch>, AsyncIterable<FrameBatch> {
  readonly #open: () => readonly FrameCursor[];

  /** `open` gives cursors that stand before their first frame. */
  constructor(open: () => readonly FrameCursor[]) {
    this.#open = open;
  }

  /** Batch by batch. */
  [Symbol.iterator](): IterableIterator<FrameBatch> {
    return new BatchIterator(new Merge(this.#open()));
  }

  /** The same for `for await`. */
  [Symbol.asyncIterator](): AsyncIterableIterator<FrameBatch> {
    return new AsyncSteps(this[Symbol.iterator]());
  }
}

/** All frames that cursors come to. */
export function framesOf(cursors: readonly FrameCursor[]): Frame[] {
  return [...new FrameIterator(new Merge(cursors))];
}

// Written by hand: a generator costs three times as much for each frame.
class FrameIterator implements IterableIterator<Frame> {
  readonly #merge: Merge;

  constructor(merge: Merge) {
    this.#merge = merge;
  }

  next(): IteratorResult<Frame> {
    const cursor = this.#merge.next();
    if (cursor === undefined) return { done: true, value: undefined };
    const { block, start, length, index, hi, lo } = cursor;
    // subarray() costs twice as much.
    const data = new Uint8Array(block.bytes.buffer, block.bytes.byteOffset + start, length);
    return { done: false, value: new Frame(block.channel, index, data, hi, lo) };
  }

  [Symbol.iterator](): IterableIterator<Frame> {
    return this;
  }
}

class BatchIterator implements IterableIterator<FrameBatch> {
  readonly #merge: Merge;

  constructor(merge: Merge) {
    this.#merge = merge;
  }

  next(): IteratorResult<FrameBatch> {
    const value = new FrameBatch(this.#merge);
    return value.count === 0 ? { done: true, value: undefined } : { done: false, value };
  }

  [Symbol.iterator](): IterableIterator<FrameBatch> {
    return this;
  }
}
