import { isControl } from "../protocol/markers.ts";
import { deleteHorizonOf, readKeys, rewriteBatch } from "./compact_batch.ts";
import { type BatchFates, type DecidedTransactions, undecided } from "./decided.ts";
import type { Segment } from "./segment.ts";

/** Bytes that keys may take in memory at once; what does not fit is left for the next time. */
const MAX_KEY_BYTES = 64 * 2 ** 20;
/** What an entry costs besides its key. */
const ENTRY_BYTES = 64;
/** Bytes of a segment that are looked at before others get their turn. */
const STEP_BYTES = 2 ** 20;

/** The latest offset of each key in a run of segments, as far as there is room for it. */
export interface LatestKeys {
  readonly offsets: ReadonlyMap<string, number>;
  /** The first offset that was not looked at. */
  readonly end: number;
}

/**
 * Looks for the latest offset of each key from an offset on; what was given up counts for nothing. It rests, by yielding,
 * about once a megabyte.
 */
export function* findLatestKeys(
  segments: readonly Segment[],
  from: number,
  { maxKeyBytes = MAX_KEY_BYTES, isAborted = undecided.isAborted }:
    & { /** @default {67108864} */ readonly maxKeyBytes?: number }
    & Partial<Pick<DecidedTransactions, "isAborted">> = {},
): Generator<void, LatestKeys> {
  const offsets = new Map<string, number>();
  let [used, seen, end] = [0, 0, from];
  for (const segment of segments) {
    for (const { batch } of segment.batchesFrom(from)) {
      if (batch.baseOffset < from) continue;
      if (used > maxKeyBytes) return { offsets, end };
      end = batch.baseOffset + batch.lastOffsetDelta + 1;
      if (isControl(batch) || isAborted(batch.producerId, batch.baseOffset)) continue;
      for (const { key, offset } of readKeys(batch)) {
        if (key === null) continue;
        if (!offsets.has(key)) used += key.length + ENTRY_BYTES;
        offsets.set(key, offset);
      }
      seen += batch.bytes.length;
      if (seen < STEP_BYTES) continue;
      seen = 0;
      yield;
    }
  }
  return { offsets, end };
}

/** What is left of a segment. */
export interface Compacted {
  /** Nothing: all of it. */
  readonly bytes: Uint8Array | undefined;
  /** The earliest time at which one of its tombstones may go. */
  readonly horizonMs: number;
  /** Markers of transactions that are not in it any more, by their offsets. */
  readonly markers: readonly number[];
}

/**
 * A segment without the records that have a later one of their key, and without tombstones whose time is over. Records
 * without a key stay; what was given up goes, and markers go that nobody needs any more. It rests, by yielding, about once
 * a megabyte.
 */
export function* compactSegment(segment: Segment, { latest, nowMs, deleteRetentionMs, fates }: {
  readonly fates: BatchFates;
  readonly latest: ReadonlyMap<string, number>;
  readonly nowMs: number;
  readonly deleteRetentionMs: number;
}): Generator<void, Compacted> {
  const parts: Uint8Array[] = [];
  const markers: number[] = [];
  let [length, seen, isSame, earliestMs] = [0, 0, true, Infinity];
  for (const { batch } of segment.batchesFrom(segment.baseOffset)) {
    const horizonMs = deleteHorizonOf(batch);
    const isOver = horizonMs !== undefined && horizonMs <= nowMs;
    const fate = fates.of(batch);
    if (fate === "drop" && isControl(batch)) markers.push(batch.baseOffset);
    const kept = fate === "drop" ? undefined : fate === "keep" ? batch.bytes : rewriteBatch(batch, {
      horizonMs: nowMs + deleteRetentionMs,
      isKept({ key, offset, isTombstone }) {
        if (key === null) return true;
        if (offset < (latest.get(key) ?? 0) || isTombstone && isOver) return false;
        if (isTombstone) earliestMs = Math.min(earliestMs, horizonMs ?? nowMs + deleteRetentionMs);
        return true;
      },
    });
    isSame &&= kept === batch.bytes;
    if (kept !== undefined) {
      parts.push(kept);
      length += kept.length;
    }
    seen += batch.bytes.length;
    if (seen < STEP_BYTES) continue;
    seen = 0;
    yield;
  }
  if (isSame) return { bytes: undefined, horizonMs: earliestMs, markers };
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { bytes, horizonMs: earliestMs, markers };
}
