import type { PartitionLog } from "./partition_log.ts";

/** The records of a partition as requests see them: a {@linkcode PartitionLog}, or a channel of a recording. */
export type RecordLog = Pick<
  PartitionLog,
  | "start"
  | "next"
  | "bytes"
  | "maxTimestampMs"
  | "append"
  | "onAppend"
  | "wake"
  | "read"
  | "batchesSince"
  | "deleteBefore"
  | "retain"
  | "followProducers"
>;
