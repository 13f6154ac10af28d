/** What of a log is thrown away by its age and size. */
export interface RetentionLimits {
  /** Bytes above which the oldest segments are thrown away, -1 for no limit. */
  readonly retentionBytes: number;
  /** Age at which segments are thrown away, -1 for none. */
  readonly retentionMs: number;
}

/** What retention asks of a segment. */
export interface AgedSegment {
  readonly length: number;
  /** The latest time in it, or nothing. */
  readonly maxTimestampMs: number | undefined;
}

/**
 * How many of the oldest segments go: as many as are too old without a younger one before them, or too much. By its size
 * alone the last one never goes; an empty one never does.
 */
export function countExpired(
  segments: readonly AgedSegment[],
  { retentionMs, retentionBytes, nowMs }: RetentionLimits & { readonly nowMs: number },
): number {
  let [gone, bytes] = [0, segments.reduce((sum, { length }) => sum + length, 0)];
  for (const { length, maxTimestampMs = -Infinity } of segments) {
    const isOld = length > 0 && retentionMs >= 0 && maxTimestampMs < nowMs - retentionMs;
    const isTooMuch = retentionBytes >= 0 && bytes - length >= retentionBytes && gone < segments.length - 1;
    if (!isOld && !isTooMuch) break;
    bytes -= length;
    gone++;
  }
  return gone;
}
