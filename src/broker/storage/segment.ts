import { isTinmanError } from "../../errors/mod.ts";
import { BATCH_HEADER, type RecordBatch } from "../protocol/record_batch.ts";
import { findBatches, type PlacedBatch, walkBatches } from "./batch_walk.ts";
import type { SegmentBytes, SegmentFolder } from "./segment_folder.ts";
import { BLOCK_BYTES, SegmentIndex } from "./segment_index.ts";

/** Bytes of a segment that are no batch. */
export interface Damage {
  /** The segment, by its first offset, and the bytes in it. */
  readonly segment: number;
  readonly at: number;
  readonly bytes: number;
  /** Whether they were at the end of what was written, and were cut off. What lies between batches stays. */
  readonly isCut: boolean;
  /** What is there instead of a batch. */
  readonly what: string;
}

/** Options of {@linkcode Segment.recover}. */
export interface RecoverOptions {
  /** The first offset of the next segment. @default {Infinity} */
  readonly before?: number;
  /** Whether there is no next one. @default {false} */
  readonly isLast?: boolean;
  /** Hears of what is no batch. */
  readonly onDamage?: (damage: Damage) => void;
}

/** Batches one behind the other, found by offset and by time. */
export class Segment {
  /** The first offset that may be in it. */
  readonly baseOffset: number;
  readonly #folder: SegmentFolder;
  readonly #bytes: SegmentBytes;
  #index: SegmentIndex | undefined;
  #isSynced = true;
  /** How often it was changed. */
  #changes = 0;
  #isIndexKept = false;

  /** One that is there, or an empty one. */
  constructor(folder: SegmentFolder, baseOffset: number) {
    [this.#folder, this.baseOffset] = [folder, baseOffset];
    this.#bytes = folder.open(baseOffset);
    if (this.#bytes.length === 0) this.#index = new SegmentIndex();
  }

  /** How many bytes are in it. */
  get length(): number {
    return this.#bytes.length;
  }

  /** The offset behind the last one. */
  get next(): number {
    return (this.#known().last ?? this.baseOffset - 1) + 1;
  }

  /** The latest time in it, or nothing. */
  get maxTimestampMs(): number | undefined {
    return this.#known().maxTimestampMs;
  }

  /** Whether all of it is on the disk, as far as anybody can know. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Adds a batch, which has its place in its bytes. All or nothing. @throws {TinmanError} `WRITE_FAILED` */
  append({ bytes, lastOffsetDelta, maxTimestampMs }: RecordBatch, baseOffset: number): void {
    const index = this.#known();
    const at = this.#bytes.length;
    this.#bytes.append(bytes);
    this.#changed();
    index.add({ at, end: at + bytes.length, last: baseOffset + lastOffsetDelta, maxTimestampMs });
  }

  /** Takes back the batch that was added last, of this length. */
  takeBack(length: number): void {
    try {
      this.#bytes.cut(this.#bytes.length - length);
    } catch (error) {
      // It counts no more all the same, and is cut off before the next one is written.
      if (!isTinmanError(error, "WRITE_FAILED")) throw error;
    }
    this.#scan({ before: Infinity, isLast: false, onDamage: () => {} });
    this.#changed();
  }

  /**
   * Whole batches from the one with this offset on: as many as `maxBytes` hold, but one at least; nothing when there is
   * none. They lie in one piece and may begin before the offset. What is given stays as it is.
   */
  read(offset: number, maxBytes: number): Uint8Array {
    const index = this.#known();
    const block = index.findOffset(offset);
    if (block === index.size) return NOTHING;
    const { at, last } = index.block(block);
    const runEnd = index.runEnd(block, at + BLOCK_BYTES + maxBytes);
    let part = this.#bytes.read(at, Math.min(BLOCK_BYTES + Math.max(maxBytes, BATCH_HEADER), runEnd - at));
    let from = 0;
    while (lastOf(part, from) < offset && offset <= last) from += lengthOf(part, from);
    const first = lengthOf(part, from);
    if (first > maxBytes) {
      if (from + first > part.length) [part, from] = [this.#bytes.read(at + from, first), 0];
      return part.subarray(from, from + first);
    }
    // The last block that may end within the limit is walked through, those before it are not.
    const limit = Math.min(from + maxBytes, part.length);
    let to = Math.max(from, index.block(Math.max(block, index.findAt(at + limit))).at - at);
    while (to + BATCH_HEADER <= limit && to + lengthOf(part, to) <= limit) to += lengthOf(part, to);
    return part.subarray(from, to);
  }

  /** All batches from the block on that has this offset; some may lie before it. */
  *batchesFrom(offset: number): Generator<PlacedBatch, void> {
    yield* this.#walk(this.#known().findOffset(offset));
  }

  /** All batches from the block on that may have this time or a later one. */
  *batchesSince(timestampMs: number): Generator<PlacedBatch, void> {
    yield* this.#walk(this.#known().findTime(timestampMs));
  }

  /** Makes sure that nothing lies behind what is in it. @throws {TinmanError} `WRITE_FAILED` */
  mend(): void {
    this.#bytes.mend();
  }

  /** Waits until all of it is on the disk. */
  sync(): void {
    if (!this.#isSynced) this.#bytes.sync();
    this.#isSynced = true;
  }

  /** Resolves when all that is in it now is on the disk; more may be added meanwhile. */
  async syncLater(): Promise<void> {
    if (this.#isSynced) return;
    const changes = this.#changes;
    await this.#bytes.syncLater();
    if (changes === this.#changes) this.#isSynced = true;
  }

  /** Keeps the index beside it, so that nobody has to look through it again. Only of what is on the disk. */
  keepIndex(): void {
    if (!this.#folder.isDurable || this.#isIndexKept || !this.#isSynced || this.#index === undefined) return;
    this.#folder.writeBeside(this.baseOffset, "index", this.#index.encode(this.length));
    this.#isIndexKept = true;
  }

  /** Whether an index lies beside it that fits; then there is nothing to recover. */
  hasIndex(): boolean {
    if (this.#index !== undefined) return this.#bytes.length === 0 || this.#isIndexKept;
    const kept = this.#folder.readBeside(this.baseOffset, "index");
    this.#index = kept && SegmentIndex.decode(kept, this.length);
    this.#isIndexKept = this.#index !== undefined;
    return this.#isIndexKept;
  }

  /**
   * Looks through all of it, compares checksums and makes the index anew. What is no batch is passed over and reported; at
   * the end it is cut off if it is the last segment.
   */
  recover(
    { before = Infinity, isLast = false, onDamage = () => {} }: RecoverOptions = {},
  ): void {
    // One of a segment that was longer could fit again when it has grown.
    if (this.#folder.isDurable) this.#folder.removeBeside(this.baseOffset, "index");
    this.#scan({ before, isLast, onDamage });
  }

  #scan({ before, isLast, onDamage }: Required<RecoverOptions>): void {
    const index = new SegmentIndex();
    for (const found of findBatches(this.#bytes, { baseOffset: this.baseOffset, before })) {
      const { at, batch } = found;
      if (batch !== undefined) {
        const { baseOffset, lastOffsetDelta, maxTimestampMs, bytes } = batch;
        index.add({ at, end: at + bytes.length, last: baseOffset + lastOffsetDelta, maxTimestampMs });
      } else {
        const isCut = found.isTail && isLast;
        onDamage({ segment: this.baseOffset, at, bytes: found.end - at, what: found.what, isCut });
        if (isCut) this.#bytes.cut(at);
      }
    }
    this.#index = index;
    this.#changed();
    this.#isSynced = this.length === 0;
  }

  #changed(): void {
    [this.#isSynced, this.#isIndexKept] = [false, false];
    this.#changes++;
  }

  *#walk(block: number): Generator<PlacedBatch, void> {
    const index = this.#known();
    while (block < index.size) {
      const { at } = index.block(block);
      const end = index.runEnd(block, Infinity);
      yield* walkBatches(this.#bytes, at, end);
      block = index.findAt(end - 1) + 1;
    }
  }

  #known(): SegmentIndex {
    if (this.#index === undefined && !this.hasIndex()) this.recover();
    return this.#index!;
  }
}

const NOTHING = new Uint8Array();

function lengthOf(bytes: Uint8Array, at: number): number {
  return 12 + new DataView(bytes.buffer, bytes.byteOffset + at).getInt32(8);
}

function lastOf(bytes: Uint8Array, at: number): number {
  const { baseOffset, lastOffsetDelta } = readBatchHead(bytes, at);
  return baseOffset + lastOffsetDelta;
}

/** Only the head of a batch: the rest of it may not have been read. */
function readBatchHead(bytes: Uint8Array, at: number): { baseOffset: number; lastOffsetDelta: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at);
  return {
    baseOffset: view.getInt32(0) * 2 ** 32 + view.getUint32(4),
    lastOffsetDelta: view.getInt32(23),
  };
}
