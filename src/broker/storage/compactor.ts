import { compactSegment, findLatestKeys } from "./compaction.ts";
import { BatchFates, type DecidedTransactions } from "./decided.ts";
import type { Segment } from "./segment.ts";

/** When, and how, a log is compacted. */
export interface CompactionLimits {
  /** Which part of its full segments has to be new. */
  readonly minDirtyRatio: number;
  /** How long a record stays as it is. */
  readonly minLagMs: number;
  /** How long a record that says that its key is gone stays, after it was seen by a compaction. */
  readonly deleteRetentionMs: number;
}

/** A segment that is full, and the first offset behind it. */
export interface FullSegment {
  readonly segment: Segment;
  readonly end: number;
}

/** Options of {@linkcode Compactor.run}. */
export interface CompactorOptions extends CompactionLimits {
  readonly nowMs: number;
  readonly decided: DecidedTransactions;
  /** Whether nobody has thrown it away meanwhile. */
  readonly isThere: (segment: Segment) => boolean;
  /** Puts what is left of a segment in its place. */
  readonly replace: (segment: Segment, bytes: Uint8Array) => void;
  /** Bytes that keys may take in memory. @default {67108864} */
  readonly maxKeyBytes?: number;
}

/** Compacts one log, again and again. What it knows of earlier times is found anew after a restart. */
export class Compactor {
  /** Up to here no key occurs twice. */
  #doneTo = 0;
  /** When the first tombstone may go. */
  #horizonMs = Infinity;

  /** Keeps only the latest record of each key, if there is enough to do. It rests by yielding. */
  *run(all: readonly FullSegment[], options: CompactorOptions): Generator<void, void> {
    const { minDirtyRatio, minLagMs, nowMs, decided, isThere, replace } = options;
    const young = all.findIndex(({ segment }) => minLagMs > 0 && (segment.maxTimestampMs ?? 0) > nowMs - minLagMs);
    const full = (young === -1 ? all : all.slice(0, young)).filter(({ end }) => end <= decided.stableEnd);
    const dirty = full.filter(({ end }) => end > this.#doneTo);
    const isEnough = dirty.length > 0 && bytesOf(dirty) >= minDirtyRatio * bytesOf(full);
    if (!isEnough && this.#horizonMs > nowMs) return;
    const segments = dirty.map(({ segment }) => segment);
    const latest = yield* watched(
      findLatestKeys(segments, this.#doneTo, { ...options, ...decided }),
      () => segments.every(isThere),
    );
    if (latest === undefined) return;
    let earliestMs = Infinity;
    const fates = new BatchFates(decided);
    for (const { segment } of full) {
      if (!isThere(segment)) continue;
      const steps = compactSegment(segment, { ...options, fates, latest: latest.offsets });
      const compacted = yield* watched(steps, () => isThere(segment));
      if (compacted === undefined) continue;
      earliestMs = Math.min(earliestMs, compacted.horizonMs);
      if (compacted.markers.length > 0) decided.forget(compacted.markers);
      if (compacted.bytes !== undefined) replace(segment, compacted.bytes);
    }
    this.#doneTo = Math.max(this.#doneTo, latest.end);
    this.#horizonMs = earliestMs;
  }
}

/** Goes on as long as it may after each rest; nothing when it was given up. */
function* watched<T>(steps: Generator<void, T>, mayGoOn: () => boolean): Generator<void, T | undefined> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    yield;
    if (!mayGoOn()) return undefined;
  }
}

function bytesOf(all: readonly FullSegment[]): number {
  return all.reduce((sum, { segment }) => sum + segment.length, 0);
}
