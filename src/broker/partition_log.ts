import { placeBatch, readBatch, type RecordBatch } from "./protocol/record_batch.ts";
import { Segment } from "./segment.ts";

/** Bytes after which a new segment is begun. */
const SEGMENT_BYTES = 16 * 2 ** 20;

/** Batches of one partition as they came, in memory: a list of segments, whose first may be thrown away. */
export class PartitionLog {
  #segments: Segment[] = [new Segment(0)];
  #start = 0;
  #next = 0;
  readonly #waiting = new Set<() => void>();

  /** The first offset that is kept. */
  get start(): number {
    return this.#start;
  }

  /** The offset that the next record gets. */
  get next(): number {
    return this.#next;
  }

  /** Bytes that are kept. */
  get bytes(): number {
    return this.#segments.reduce((sum, { length }) => sum + length, 0);
  }

  /** Adds a batch, which is copied and gets its place. Returns the offset of its first record. */
  append(batch: RecordBatch): number {
    const baseOffset = this.#next;
    let segment = this.#segments.at(-1)!;
    if (segment.length > 0 && segment.length + batch.bytes.length > SEGMENT_BYTES) {
      segment = new Segment(baseOffset);
      this.#segments.push(segment);
    }
    this.#next = baseOffset + batch.lastOffsetDelta + 1;
    placeBatch(segment.append(batch, baseOffset), baseOffset);
    return baseOffset;
  }

  /** Calls `wake` when records come, until what it returns is called. */
  onAppend(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
  }

  /** Tells those who wait that something is new: records, or that there will be none. */
  wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /**
   * Whole batches, from the one with this offset on: as many as `maxBytes` hold, but one at least. They lie in one piece
   * and may begin before the offset; a view, which stays as it is.
   */
  read(offset: number, maxBytes: number): Uint8Array {
    return this.#segmentOf(offset)?.read(offset, maxBytes) ?? NOTHING;
  }

  /** Batches from an offset on that may hold a record of this time or later. */
  *batchesSince(timestampMs: number): Generator<RecordBatch, void> {
    for (const segment of this.#segments) {
      for (const at of segment.batchesSince(timestampMs)) yield readBatch(segment.bytes, at);
    }
  }

  /** Throws away what lies before an offset, as far as whole segments go; nobody sees the rest of it. */
  deleteBefore(offset: number): number {
    this.#start = Math.max(this.#start, Math.min(offset, this.#next));
    while (this.#segments.length > 1 && this.#segments[1]!.baseOffset <= this.#start) this.#segments.shift();
    if (this.#start === this.#next) this.#segments = [new Segment(this.#next)];
    return this.#start;
  }

  #segmentOf(offset: number): Segment | undefined {
    let [low, high] = [0, this.#segments.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#segments[middle]!.baseOffset <= offset) low = middle;
      else high = middle - 1;
    }
    return this.#segments[low];
  }
}

const NOTHING = new Uint8Array();
