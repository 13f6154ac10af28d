import type { PartitionLog } from "./partition_log.ts";
import type { CompactionLimits } from "../storage/compactor.ts";
import type { RetentionLimits } from "../storage/retention.ts";
import type { Damage } from "../storage/segment.ts";
import type { SegmentFolder } from "../storage/segment_folder.ts";

/** How long a log becomes, and how it is cut into segments. */
export interface LogLimits extends RetentionLimits {
  /** Bytes after which a new segment is begun. */
  readonly segmentBytes: number;
  /** Age at which a segment is full, counted from when it was begun or opened. */
  readonly segmentMs: number;
  /** How only the latest record of each key is kept; nothing where all are. */
  readonly compaction: CompactionLimits | undefined;
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

/** Segments of 16 MiB, and nothing is thrown away. */
export const UNLIMITED: LogLimits = {
  segmentBytes: 16 * 2 ** 20,
  segmentMs: Infinity,
  retentionBytes: -1,
  retentionMs: -1,
  compaction: undefined,
};
