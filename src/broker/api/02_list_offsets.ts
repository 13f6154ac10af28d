import { listOffsetsApi } from "../protocol/02_list_offsets.ts";
import { contentOf } from "../protocol/compression.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { readRecords } from "../protocol/records.ts";
import type { PartitionLog } from "../partition_log.ts";
import { defineHandler } from "./handler.ts";

/** Times that mean something else. */
const [LATEST, EARLIEST, MAX_TIMESTAMP, EARLIEST_LOCAL] = [-1, -2, -3, -4];

/*
 * ListOffsets: the first record of a time or later is looked for inside its batch. Nothing at or after that time: offset -1.
 *
 * Left out: leader epochs (there is one leader), tiers.
 */
export const listOffsets = defineHandler(listOffsetsApi, ({ topics }, { cluster, maxContentBytes }) => ({
  topics: topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ index, timestamp }) => {
      const log = cluster.topic(name)?.partitions[index]?.log;
      if (log === undefined) return { index, errorCode: ERROR.UNKNOWN_TOPIC_OR_PARTITION };
      return { index, leaderEpoch: 0, ...find(log, timestamp, maxContentBytes) };
    }),
  })),
}));

interface Found {
  readonly offset: number;
  readonly timestamp: number;
}

function find(log: PartitionLog, timestamp: number, maxContentBytes: number): Found {
  if (timestamp === LATEST) return { offset: log.next, timestamp: -1 };
  if (timestamp === EARLIEST || timestamp === EARLIEST_LOCAL) return { offset: log.start, timestamp: -1 };
  return timestamp === MAX_TIMESTAMP ? findLatest(log, maxContentBytes) : findFirst(log, timestamp, maxContentBytes);
}

function findFirst(log: PartitionLog, timestamp: number, maxContentBytes: number): Found {
  for (const batch of log.batchesSince(timestamp)) {
    if (batch.maxTimestampMs < timestamp) continue;
    for (const { offset, timestampMs } of readRecords(batch, contentOf(batch, maxContentBytes))) {
      if (timestampMs >= timestamp && offset >= log.start) return { offset, timestamp: timestampMs };
    }
  }
  return { offset: -1, timestamp: -1 };
}

/** The first of the records with the latest time. */
function findLatest(log: PartitionLog, maxContentBytes: number): Found {
  let latest: number | undefined;
  for (const { maxTimestampMs, baseOffset, lastOffsetDelta } of log.batchesSince(-Infinity)) {
    if (baseOffset + lastOffsetDelta >= log.start) latest = Math.max(latest ?? -Infinity, maxTimestampMs);
  }
  return latest === undefined ? { offset: -1, timestamp: -1 } : findFirst(log, latest, maxContentBytes);
}
