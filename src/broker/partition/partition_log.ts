import { isTinmanError } from "../../errors/mod.ts";
import { placeBatch, type RecordBatch } from "../protocol/record_batch.ts";
import { type PartitionLogOptions, UNLIMITED } from "./partition_log_options.ts";
import { Compactor } from "../storage/compactor.ts";
import { type DecidedTransactions, undecided } from "../storage/decided.ts";
import { MemorySegments } from "../storage/memory_segments.ts";
import { ProducerSnapshots } from "../storage/producer_snapshots.ts";
import { recoverSegments } from "../storage/recover_segments.ts";
import { countExpired } from "../storage/retention.ts";
import { Segment } from "../storage/segment.ts";
import type { SegmentFolder } from "../storage/segment_folder.ts";

/** Batches of one partition as they came: a list of segments, whose first may be thrown away. */
export class PartitionLog {
  #folder: SegmentFolder;
  readonly #options: Required<Omit<PartitionLogOptions, "folder">>;
  #segments: Segment[];
  #start: number;
  #next: number;
  /** When the last segment was seen first. */
  #beganMs: number | undefined;
  readonly #compactor = new Compactor();
  readonly #waiting = new Set<() => void>();
  /** What producers wrote last, to be kept beside the records. */
  #producers: ProducerSnapshots | undefined;
  #decide: () => DecidedTransactions = () => ({ ...undecided, stableEnd: this.#next });

  /** The log in a folder, looked through as far as it was not closed in good order. */
  constructor({ folder = new MemorySegments(), ...options }: PartitionLogOptions = {}) {
    this.#folder = folder;
    this.#options = {
      limits: () => UNLIMITED,
      syncs: "never",
      start: 0,
      keepStart: () => {},
      onDirty: () => {},
      onDamage: () => {},
      ...options,
    };
    const { start } = this.#options;
    this.#segments = folder.list().map((base) => new Segment(folder, base));
    recoverSegments(this.#segments, {
      ...this.#options,
      indexed: new Set(folder.listBeside("index")),
      isCompacted: this.#options.limits().compaction !== undefined,
      keepBeside: (segment) => this.#keepBeside(segment),
    });
    this.#start = Math.max(start, this.#segments[0]?.baseOffset ?? 0);
    this.#next = this.#segments.at(-1)?.next ?? 0;
    if (this.#next < this.#start || this.#segments.length === 0) {
      this.#next = this.#start;
      this.#segments.push(new Segment(folder, this.#next));
    }
    this.#dropBefore();
  }

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

  /** The latest time of a batch that is kept, or nothing. */
  get maxTimestampMs(): number | undefined {
    let latest: number | undefined;
    for (const segment of this.#segments) {
      if (segment.baseOffset >= this.#start) latest = max(latest, segment.maxTimestampMs);
      else {
        for (const { batch } of segment.batchesFrom(this.#start)) {
          if (batch.baseOffset + batch.lastOffsetDelta >= this.#start) latest = max(latest, batch.maxTimestampMs);
        }
      }
    }
    return latest;
  }

  /**
   * Adds a batch, which is written, and gets its place in its bytes. Returns the offset of its first record.
   *
   * @throws {TinmanError} `WRITE_FAILED`; then nothing was added.
   */
  append(batch: RecordBatch): number {
    const baseOffset = this.#next;
    placeBatch(batch.bytes, baseOffset);
    const { length } = batch.bytes;
    const { limits, syncs, onDirty } = this.#options;
    if (this.#last.length > 0 && this.#last.length + length > limits().segmentBytes) this.roll();
    const segment = this.#last;
    segment.append(batch, baseOffset);
    if (syncs === "always") {
      try {
        segment.sync();
      } catch (error) {
        segment.takeBack(length);
        onDirty(this);
        throw error;
      }
    } else onDirty(this);
    this.#next = baseOffset + batch.lastOffsetDelta + 1;
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
   * and may begin before the offset; they stay as they are.
   */
  read(offset: number, maxBytes: number): Uint8Array {
    // What lies at the end of a segment may have been taken out by compaction.
    for (let i = this.#segmentOf(offset); i < this.#segments.length; i++) {
      const found = this.#segments[i]!.read(offset, maxBytes);
      if (found.length > 0) return found;
    }
    return NOTHING;
  }

  /** Batches from an offset on that may hold a record of this time or later. */
  *batchesSince(timestampMs: number): Generator<RecordBatch, void> {
    for (const segment of [...this.#segments]) {
      for (const { batch } of segment.batchesSince(timestampMs)) yield batch;
    }
  }

  /** Batches from the one with this offset on. */
  *batchesFrom(offset: number): Generator<RecordBatch, void> {
    for (const segment of this.#segments.slice(this.#segmentOf(offset))) {
      for (const { batch } of segment.batchesFrom(offset)) {
        if (batch.baseOffset + batch.lastOffsetDelta >= offset) yield batch;
      }
    }
  }

  /** Throws away what lies before an offset, as far as whole segments go; nobody sees the rest of it. */
  deleteBefore(offset: number): number {
    const start = Math.max(this.#start, Math.min(offset, this.#next));
    if (start === this.#start) return start;
    if (start === this.#next) this.roll();
    this.#options.keepStart(start);
    this.#start = start;
    this.#dropBefore();
    return start;
  }

  /** Throws away segments that are older than the limits say, or too many. */
  retain(nowMs: number): void {
    const limits = this.#options.limits();
    this.#beganMs ??= nowMs;
    if (nowMs - this.#beganMs > limits.segmentMs) this.roll();
    const gone = countExpired(this.#segments, { ...limits, nowMs });
    if (gone > 0) this.deleteBefore(this.#segments[gone]?.baseOffset ?? this.#next);
    this.#dropBefore();
  }

  /**
   * Keeps only the latest record of each key in segments that are full, if the limits say so and there is enough to do. Each
   * offset stays what it is. It rests by yielding, and anything may happen to the log meanwhile.
   */
  *compact(nowMs: number): Generator<void, void> {
    const { compaction } = this.#options.limits();
    if (compaction === undefined) return;
    const [full, ends] = [this.#segments.slice(0, -1), this.#segments.slice(1).map(({ baseOffset }) => baseOffset)];
    yield* this.#compactor.run(full.map((segment, i) => ({ segment, end: ends[i]! })), {
      ...compaction,
      nowMs,
      decided: this.#decide(),
      isThere: (segment) => this.#segments.includes(segment),
      replace: (segment, bytes) => this.#replace(segment, bytes),
    });
  }

  /** Begins a new segment, unless the last one is empty. @throws {TinmanError} `WRITE_FAILED` */
  roll(): void {
    const segment = this.#last;
    if (segment.length === 0) return;
    segment.mend();
    if (this.#options.syncs !== "never") segment.sync();
    // What lies before may be taken out by compaction, and offsets must not go back.
    this.#folder.make(this.#next);
    this.#segments.push(new Segment(this.#folder, this.#next));
    this.#beganMs = undefined;
    this.#keepBeside(segment);
    this.#producers?.keep(this.#next);
  }

  /** Waits until all of it is on the disk. */
  sync(): void {
    for (let i = this.#segments.length - 1; i >= 0; i--) this.#segments[i]!.sync();
  }

  /** Resolves when all that is there now is on the disk; more may be added meanwhile. */
  async syncLater(): Promise<void> {
    for (const segment of this.#segments.toReversed()) await segment.syncLater();
  }

  /**
   * Hands over what producers had written at some offset, and each batch from there on; from then on keeps what `snapshot`
   * gives when a segment is full and when it is closed.
   */
  followProducers({ restore, onBatch, snapshot, decide }: {
    readonly restore: (snapshot: Uint8Array) => void;
    readonly onBatch: (batch: RecordBatch) => void;
    readonly snapshot: () => Uint8Array;
    readonly decide: () => DecidedTransactions;
  }): void {
    this.#producers = new ProducerSnapshots(this.#folder, snapshot);
    this.#decide = () => {
      const decided = decide();
      const forget = (markers: readonly number[]) => {
        decided.forget(markers);
        this.#producers?.renew(this.#next);
      };
      return { ...decided, forget };
    };
    const at = this.#producers.restore(this.#next, restore);
    if (this.#folder.isDurable) { for (const batch of this.batchesFrom(at ?? this.#start)) onBatch(batch); }
  }

  /** Waits until all of it is on the disk, and keeps what makes opening it fast. */
  close(): void {
    this.sync();
    for (const segment of this.#segments) segment.keepIndex();
    this.#producers?.keep(this.#next);
  }

  /** Forgets all records, whose files are gone. Who still reads it finds nothing. */
  discard(): void {
    this.#folder = new MemorySegments();
    this.#producers = undefined;
    this.#segments = [new Segment(this.#folder, this.#next)];
    this.#start = this.#next;
  }

  get #last(): Segment {
    return this.#segments.at(-1)!;
  }

  /** Removes segments that lie before the start; what cannot be removed now is tried again the next time. */
  #dropBefore(): void {
    try {
      while (this.#segments.length > 1 && this.#segments[1]!.baseOffset <= this.#start) {
        this.#folder.remove(this.#segments[0]!.baseOffset);
        this.#segments.shift();
      }
    } catch (error) {
      if (!isTinmanError(error, "WRITE_FAILED")) throw error;
    }
  }

  #replace(segment: Segment, bytes: Uint8Array): void {
    const i = this.#segments.indexOf(segment);
    const { baseOffset } = segment;
    // The first one says where the log begins.
    if (bytes.length === 0 && i > 0) {
      this.#folder.remove(baseOffset);
      this.#segments.splice(i, 1);
      return;
    }
    this.#folder.replace(baseOffset, bytes);
    const made = new Segment(this.#folder, baseOffset);
    made.recover({ before: this.#segments[i + 1]!.baseOffset });
    this.#segments[i] = made;
    if (this.#options.syncs !== "never") made.sync();
    this.#keepBeside(made);
  }

  /** What only saves time: when it cannot be kept, it is made again. */
  #keepBeside(segment: Segment): void {
    try {
      segment.keepIndex();
    } catch {
      // The disk is full: the next batch that does not find room says so.
    }
  }

  /** The index of the last segment that begins at an offset or before. */
  #segmentOf(offset: number): number {
    let [low, high] = [0, this.#segments.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#segments[middle]!.baseOffset <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

const NOTHING = new Uint8Array();

function max(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? a ?? b : Math.max(a, b);
}
