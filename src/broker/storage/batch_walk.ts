import { isTinmanError } from "../../errors/mod.ts";
import { BATCH_HEADER, isIntact, readBatch, type RecordBatch } from "../protocol/record_batch.ts";
import type { SegmentBytes } from "./segment_folder.ts";

/** Bytes that are read at once. */
const CHUNK_BYTES = 2 ** 20;
/** Most offsets that can be missing in one place. */
const MAX_GAP = 2 ** 32;

/** A batch and where it begins in its segment. */
export interface PlacedBatch {
  readonly at: number;
  readonly batch: RecordBatch;
}

/** What was found in the bytes of a segment, see {@linkcode findBatches}. */
export type Found = PlacedBatch | {
  /** Bytes that are no batch, between batches or behind the last. */
  readonly at: number;
  readonly batch?: undefined;
  readonly end: number;
  readonly isTail: boolean;
  /** What is there instead. */
  readonly what: string;
};

/** The batches from `at` to `end`, which are whole batches. Reads pieces of a megabyte. */
export function* walkBatches(bytes: SegmentBytes, at: number, end: number): Generator<PlacedBatch, void> {
  const window = new Window(bytes);
  while (at < end) {
    const batch = window.batch(at);
    yield { at, batch };
    at += batch.bytes.length;
  }
}

/**
 * All batches of a segment whose checksum is right and whose offsets go up from `baseOffset`, and what lies between and
 * behind them. A batch that is cut off at the end of the segment is a tail. One that is wrong is passed over by the length
 * it gives; where that leads nowhere, the next batch is looked for that is followed by another one or by the end, so that
 * what lies inside of a record and looks like a batch is not taken for one.
 */
export function* findBatches(bytes: SegmentBytes, { baseOffset, before }: {
  /** The first offset that may be in it. */
  readonly baseOffset: number;
  /** The first one that may not. */
  readonly before: number;
}): Generator<Found, void> {
  const window = new Window(bytes, before);
  let next = baseOffset;
  for (let at = 0; at < bytes.length;) {
    const batch = window.wholeBatch(at, next);
    if (batch !== undefined && (batch.baseOffset === next || window.isFollowed(at, batch))) {
      yield { at, batch };
      at += batch.bytes.length;
      next = batch.baseOffset + batch.lastOffsetDelta + 1;
      continue;
    }
    const [what, end] = inspect(window, at, next);
    yield { at, end, what, isTail: end === bytes.length };
    at = end;
  }
}

/** What is wrong with what is at `at`, and where it goes on. */
function inspect(window: Window, at: number, next: number): [string, number] {
  const { length } = window.bytes;
  const declared = window.declaredEnd(at, next);
  if (declared === length) return [WRONG_SUM, length];
  if (declared !== undefined && declared < length && window.wholeBatch(declared, next)) return [WRONG_SUM, declared];
  // Cut off, it seems; unless the batch follows that has to follow, so that its length is what is wrong.
  const follows = declared !== undefined && declared > length ? window.lastOffset(at) + 1 : undefined;
  for (let to = at + 1; to <= length - BATCH_HEADER; to++) {
    const found = window.wholeBatch(to, next);
    if (found === undefined || (follows ?? found.baseOffset) !== found.baseOffset) continue;
    if (window.isFollowed(to, found)) return [NO_BATCH, to];
  }
  return [follows !== undefined || length - at < BATCH_HEADER ? CUT_OFF : NO_BATCH, length];
}

const WRONG_SUM = "a batch whose checksum is not that of its content";
const NO_BATCH = "no batch";
const CUT_OFF = "a batch that is cut off";

/** A part of a segment in memory. */
class Window {
  readonly bytes: SegmentBytes;
  readonly #before: number;
  #at = 0;
  #part: Uint8Array = new Uint8Array();

  constructor(bytes: SegmentBytes, before = Infinity) {
    [this.bytes, this.#before] = [bytes, before];
  }

  /** The batch at `at`. @throws {TinmanError} `PROTOCOL` when there is none. */
  batch(at: number): RecordBatch {
    const head = this.#slice(at, BATCH_HEADER);
    const length = head.length < BATCH_HEADER ? 0 : 12 + viewOf(head).getInt32(8);
    return readBatch(this.#slice(at, Math.max(length, head.length)));
  }

  /** The batch at `at` if it is whole and its offset is `next` or later. */
  wholeBatch(at: number, next: number): RecordBatch | undefined {
    const end = this.declaredEnd(at, next);
    if (end === undefined || end > this.bytes.length) return undefined;
    try {
      const batch = this.batch(at);
      return batch.lastOffsetDelta >= 0 && isIntact(batch) ? batch : undefined;
    } catch (error) {
      if (isTinmanError(error, "PROTOCOL")) return undefined;
      throw error;
    }
  }

  /**
   * Whether the end or a later batch comes behind a batch. Its offset is not under its checksum, and after compaction it
   * need not be the one behind the last.
   */
  isFollowed(at: number, { bytes, baseOffset, lastOffsetDelta }: RecordBatch): boolean {
    const end = at + bytes.length;
    return end === this.bytes.length || this.declaredEnd(end, baseOffset + lastOffsetDelta + 1) !== undefined;
  }

  /** The last offset that the batch at `at` says it has. */
  lastOffset(at: number): number {
    const head = this.#slice(at, 27);
    if (head.length < 27) return -1;
    const view = viewOf(head);
    return view.getInt32(0) * 2 ** 32 + view.getUint32(4) + view.getInt32(23);
  }

  /** Where a batch at `at` says that it ends, if the first bytes look like one. */
  declaredEnd(at: number, next: number): number | undefined {
    const head = this.#slice(at, 17);
    if (head.length < 17 || head[16] !== 2) return undefined;
    const view = viewOf(head);
    const [offset, length] = [view.getInt32(0) * 2 ** 32 + view.getUint32(4), view.getInt32(8) + 12];
    const isPlausible = offset >= next && offset < Math.min(this.#before, next + MAX_GAP);
    return view.getInt32(12) === 0 && isPlausible && length >= BATCH_HEADER ? at + length : undefined;
  }

  #slice(at: number, length: number): Uint8Array {
    const to = Math.min(at + length, this.bytes.length);
    if (at < this.#at || to > this.#at + this.#part.length) {
      this.#part = this.bytes.read(at, Math.max(length, CHUNK_BYTES));
      this.#at = at;
    }
    return this.#part.subarray(at - this.#at, to - this.#at);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
