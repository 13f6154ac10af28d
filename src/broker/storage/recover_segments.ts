import type { Damage, Segment } from "./segment.ts";

/** Options of {@linkcode recoverSegments}. */
export interface RecoverSegmentsOptions {
  /** Segments beside which an index lies. */
  readonly indexed: ReadonlySet<number>;
  /** Whether batches may have been taken out at the end of a segment. */
  readonly isCompacted: boolean;
  readonly syncs: "always" | "segment" | "never";
  readonly onDamage: (damage: Damage) => void;
  /** Keeps what makes opening it fast. */
  readonly keepBeside: (segment: Segment) => void;
}

/** Looks through those segments of a log that were not closed in good order. */
export function recoverSegments(segments: readonly Segment[], options: RecoverSegmentsOptions): void {
  const { indexed, isCompacted, syncs, onDamage, keepBeside } = options;
  segments.forEach((segment, i) => {
    const next = segments[i + 1]?.baseOffset;
    const isLast = next === undefined;
    // An index is written when what it says is on the disk; whether it fits is seen when somebody needs it.
    if (isLast ? segment.hasIndex() : indexed.has(segment.baseOffset)) return;
    segment.recover({ before: next ?? Infinity, isLast, onDamage });
    if (!isLast && segment.next < next && !isCompacted) {
      const what = `its end: offsets ${segment.next} to ${next - 1} are missing`;
      onDamage({ segment: segment.baseOffset, at: segment.length, bytes: 0, isCut: true, what });
    }
    if (syncs !== "never") segment.sync();
    if (!isLast) keepBeside(segment);
  });
}
