import { isTinmanError } from "../../errors/mod.ts";
import type { Frame, FrameRun } from "../../log/mod.ts";
import { readBatch, type RecordBatch } from "../protocol/record_batch.ts";
import type { RecordLog } from "../partition/record_log.ts";
import { batchFrames, type FrameBatchOptions, gapBatch } from "./frame_batches.ts";
import type { RunBatches, RunCache } from "./run_cache.ts";

/** Options of {@linkcode RecordingLog}. */
export interface RecordingLogOptions extends FrameBatchOptions {
  /** Where batches are kept for a while; several logs may share one. */
  readonly cache: RunCache;
  /** Hears of a run that cannot be read, each time that somebody wants it, and how many bytes it has. */
  readonly onDamage: (error: Error, bytes: number) => void;
}

/**
 * A channel of a recording as the log of a partition. The number of a frame is its offset. Batches are made when somebody
 * asks for them, always the same of the same frames, so that a place in a batch holds from one request to the next. In
 * place of frames that cannot be read stands a batch without records.
 */
export class RecordingLog implements RecordLog {
  /** The first offset. */
  readonly start = 0;
  /** The offset behind the last frame. */
  readonly next: number;
  /** About how many bytes there are. */
  readonly bytes: number;
  /** The latest time. */
  readonly maxTimestampMs: number | undefined;
  readonly #runs: readonly FrameRun[];
  readonly #options: RecordingLogOptions;

  /** One of these runs, whose frames are numbered without a hole. */
  constructor(runs: readonly FrameRun[], options: RecordingLogOptions) {
    this.#options = options;
    // A consumer that found nothing but a gap in front of the end would ask for it for ever.
    let whole = runs.length;
    while (whole > 0 && !hasRecords(this.#batchesOf(runs[whole - 1]!))) whole--;
    this.#runs = runs.slice(0, whole);
    const last = this.#runs.at(-1);
    this.next = last === undefined ? 0 : last.firstFrame + last.frames;
    this.bytes = this.#runs.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { lastNs } of this.#runs) this.maxTimestampMs = Math.max(this.maxTimestampMs ?? -Infinity, toMs(lastNs));
  }

  /** As {@linkcode PartitionLog.read}: no more than what one run holds, and what lies in front of it without records. */
  read(offset: number, maxBytes: number): Uint8Array {
    if (offset >= this.next) return NOTHING;
    const parts: Uint8Array[] = [];
    for (let i = this.#runOf(offset); i < this.#runs.length; i++) {
      const { bytes, starts, lasts, counts } = this.#batchesOf(this.#runs[i]!);
      const first = Math.max(0, lasts.findIndex((last) => last >= offset));
      let end = first + 1;
      while (end < lasts.length && starts[end + 1]! - starts[first]! <= maxBytes) end++;
      parts.push(bytes.subarray(starts[first], starts[end]));
      // kafkajs goes on only behind a record.
      if (counts.slice(first, end).some((count) => count > 0)) break;
    }
    return parts.length === 1 ? parts[0]! : concat(parts);
  }

  /** Batches from an offset on that may hold a record of this time or later. */
  *batchesSince(timestampMs: number): Generator<RecordBatch, void> {
    for (const run of this.#runs) {
      if (toMs(run.lastNs) < timestampMs) continue;
      const { bytes, starts, lasts } = this.#batchesOf(run);
      for (let i = 0; i < lasts.length; i++) {
        const batch = readBatch(bytes, starts[i]);
        if (batch.count > 0 && batch.maxTimestampMs >= timestampMs) yield batch;
      }
    }
  }

  /** Nobody writes to a recording: who is asked to has to say so before. */
  append(): number {
    throw new Error("A recording is read-only");
  }

  /** The same. */
  deleteBefore(): number {
    throw new Error("A recording is read-only");
  }

  /** Nothing ever comes. */
  onAppend(): () => void {
    return () => {};
  }

  /** Nobody waits. */
  wake(): void {}

  /** All is kept. */
  retain(): void {}

  /** There are none. */
  followProducers(): void {}

  #batchesOf(run: FrameRun): RunBatches {
    return this.#options.cache.get(run, () => join(this.#make(run)));
  }

  #make(run: FrameRun): Uint8Array[] {
    const frames = this.#read(run);
    const batches = batchFrames(frames, this.#options);
    if (frames.length === run.frames) return batches;
    const firstFrame = run.firstFrame + frames.length;
    const gap = { firstFrame, frames: run.frames - frames.length, timestampMs: toMs(run.firstNs) };
    return [...batches, gapBatch(gap)];
  }

  #read(run: FrameRun): Frame[] {
    try {
      return run.read().slice(0, run.frames);
    } catch (error) {
      if (!isTinmanError(error)) throw error;
      this.#options.onDamage(error, run.bytes);
      return [];
    }
  }

  /** The index of the run that holds an offset. */
  #runOf(offset: number): number {
    let [low, high] = [0, this.#runs.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#runs[middle]!.firstFrame <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

const NOTHING = new Uint8Array();

function toMs(timeNs: bigint): number {
  return Number(timeNs / 1_000_000n);
}

function hasRecords({ counts }: RunBatches): boolean {
  return counts.at(-1)! > 0;
}

function join(batches: readonly Uint8Array[]): RunBatches {
  const heads = batches.map((batch) => readBatch(batch));
  const starts = [0];
  for (const { length } of batches) starts.push(starts.at(-1)! + length);
  return {
    bytes: concat(batches),
    starts,
    lasts: heads.map(({ baseOffset, lastOffsetDelta }) => baseOffset + lastOffsetDelta),
    counts: heads.map(({ count }) => count),
  };
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
