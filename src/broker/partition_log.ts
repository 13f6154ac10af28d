import { isTinmanError } from "../errors/mod.ts";
import { placeBatch, type RecordBatch } from "./protocol/record_batch.ts";
import { MemorySegments } from "./storage/memory_segments.ts";
import { type Damage, Segment } from "./storage/segment.ts";
import type { SegmentFolder } from "./storage/segment_folder.ts";

/** How long a log becomes, and how it is cut into segments. */
export interface LogLimits {
  /** Bytes after which a new segment is begun. */
  readonly segmentBytes: number;
  /** Bytes above which the oldest segments are thrown away, -1 for no limit. */
  readonly retentionBytes: number;
  /** Age at which segments are thrown away, -1 for none. */
  readonly retentionMs: number;
  /** Whether offsets may be missing, because later records of their keys were there. */
  readonly isCompacted: boolean;
}

/** Options of {@linkcode PartitionLog}. */
export interface PartitionLogOptions {
  /** Where its segments lie. @default {in memory} */
  readonly folder?: SegmentFolder;
  /** Its limits, which may change. @default {segments of 16 MiB, no other limit} */
  readonly limits?: () => LogLimits;
  /** Whether each batch waits for the disk, each segment when it is full, or neither. @default {"never"} */
  readonly syncs?: "always" | "segment" | "never";
  /** The first offset that is kept, as it was kept last. @default {0} */
  readonly start?: number;
  /** Keeps the first offset before anything is thrown away. */
  readonly keepStart?: (offset: number) => void;
  /** Hears of batches that are not on the disk yet. */
  readonly onDirty?: (log: PartitionLog) => void;
  /** Hears of what is no batch, when it is opened. */
  readonly onDamage?: (damage: Damage) => void;
}

/** Batches of one partition as they came: a list of segments, whose first may be thrown away. */
export class PartitionLog {
  #folder: SegmentFolder;
  readonly #options: Required<Omit<PartitionLogOptions, "folder">>;
  #segments: Segment[];
  #start: number;
  #next: number;
  readonly #waiting = new Set<() => void>();
  /** What producers wrote last, to be kept beside the records. */
  #snapshot: () => Uint8Array | undefined = () => undefined;

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
    this.#recover();
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
    const { retentionMs, retentionBytes } = this.#options.limits();
    let [gone, bytes] = [0, this.bytes];
    for (const { length, maxTimestampMs = -Infinity } of this.#segments) {
      const isOld = length > 0 && retentionMs >= 0 && maxTimestampMs < nowMs - retentionMs;
      const isTooMuch = retentionBytes >= 0 && bytes - length >= retentionBytes && gone < this.#segments.length - 1;
      if (!isOld && !isTooMuch) break;
      bytes -= length;
      gone++;
    }
    if (gone > 0) this.deleteBefore(this.#segments[gone]?.baseOffset ?? this.#next);
    this.#dropBefore();
  }

  /** Begins a new segment, unless the last one is empty. @throws {TinmanError} `WRITE_FAILED` */
  roll(): void {
    const segment = this.#last;
    if (segment.length === 0) return;
    segment.mend();
    if (this.#options.syncs !== "never") segment.sync();
    this.#segments.push(new Segment(this.#folder, this.#next));
    this.#keepBeside(segment);
    this.#keepProducers();
  }

  /** Waits until all of it is on the disk. */
  sync(): void {
    for (let i = this.#segments.length - 1; i >= 0; i--) this.#segments[i]!.sync();
  }

  /**
   * Hands over what producers had written at some offset, and each batch from there on; from then on keeps what `snapshot`
   * gives when a segment is full and when it is closed.
   */
  followProducers({ restore, onBatch, snapshot }: {
    readonly restore: (snapshot: Uint8Array) => void;
    readonly onBatch: (batch: RecordBatch) => void;
    readonly snapshot: () => Uint8Array | undefined;
  }): void {
    this.#snapshot = snapshot;
    if (!this.#folder.isDurable) return;
    const kept = this.#folder.listBeside("producers");
    // What a power cut took with it was not written by these producers.
    for (const at of kept.filter((at) => at > this.#next)) this.#folder.removeBeside(at, "producers");
    const at = kept.findLast((at) => at <= this.#next);
    if (at !== undefined) restore(this.#folder.readBeside(at, "producers")!);
    for (const batch of this.batchesFrom(at ?? this.#start)) onBatch(batch);
  }

  /** Waits until all of it is on the disk, and keeps what makes opening it fast. */
  close(): void {
    this.sync();
    for (const segment of this.#segments) segment.keepIndex();
    this.#keepProducers();
  }

  /** Forgets all records, whose files are gone. Who still reads it finds nothing. */
  discard(): void {
    this.#folder = new MemorySegments();
    this.#segments = [new Segment(this.#folder, this.#next)];
    this.#start = this.#next;
  }

  get #last(): Segment {
    return this.#segments.at(-1)!;
  }

  #recover(): void {
    const { onDamage, syncs } = this.#options;
    const indexed = new Set(this.#folder.listBeside("index"));
    this.#segments.forEach((segment, i) => {
      const isLast = i === this.#segments.length - 1;
      // An index is written when what it says is on the disk; whether it fits is seen when somebody needs it.
      if (isLast ? segment.hasIndex() : indexed.has(segment.baseOffset)) return;
      segment.recover({ before: this.#segments[i + 1]?.baseOffset ?? Infinity, isLast, onDamage });
      const next = this.#segments[i + 1]?.baseOffset;
      if (next !== undefined && segment.next < next && !this.#options.limits().isCompacted) {
        const what = `its end: offsets ${segment.next} to ${next - 1} are missing`;
        onDamage({ segment: segment.baseOffset, at: segment.length, bytes: 0, isCut: true, what });
      }
      if (syncs !== "never") segment.sync();
      if (!isLast) this.#keepBeside(segment);
    });
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

  /** What only saves time: when it cannot be kept, it is made again. */
  #keepBeside(segment: Segment): void {
    try {
      segment.keepIndex();
    } catch {
      // The disk is full: the next batch that does not find room says so.
    }
  }

  #keepProducers(): void {
    if (!this.#folder.isDurable || this.#next === 0) return;
    try {
      if (this.#folder.listBeside("producers").at(-1) === this.#next) return;
      const bytes = this.#snapshot();
      if (bytes === undefined) return;
      this.#folder.writeBeside(this.#next, "producers", bytes);
      for (const at of this.#folder.listBeside("producers").slice(0, -2)) this.#folder.removeBeside(at, "producers");
    } catch {
      // Then more has to be read when it is opened.
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
const UNLIMITED: LogLimits = { segmentBytes: 16 * 2 ** 20, retentionBytes: -1, retentionMs: -1, isCompacted: false };

function max(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? a ?? b : Math.max(a, b);
}
