import { listOffsetsApi } from "../protocol/02_list_offsets.ts";
import { contentOf } from "../protocol/compression.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { readRecords } from "../protocol/records.ts";
import type { RecordLog } from "../partition/record_log.ts";
import { defineHandler } from "./handler.ts";

/** Isolation level: nothing that is not decided. */
const READ_COMMITTED = 1;
/** Times that mean something else. */
const [LATEST, EARLIEST, MAX_TIMESTAMP, EARLIEST_LOCAL, LATEST_TIERED] = [-1, -2, -3, -4, -5];
/** And since which version. */
const SINCE: ReadonlyMap<number, number> = new Map([
  [LATEST, 1],
  [EARLIEST, 1],
  [MAX_TIMESTAMP, 7],
  [EARLIEST_LOCAL, 8],
  [LATEST_TIERED, 9],
]);

/*
 * ListOffsets: the first record of a time or later is looked for inside its batch. Nothing at or after that time: offset -1.
 *
 * Left out: leader epochs (there is one leader), tiers.
 */
export const listOffsets = defineHandler(
  listOffsetsApi,
  ({ topics, isolationLevel }, { cluster, maxContentBytes, version }) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ index, timestamp }) => {
        const partition = cluster.topic(name)?.partitions[index];
        if (partition === undefined) return { index, errorCode: ERROR.UNKNOWN_TOPIC_OR_PARTITION };
        if (timestamp < 0 && !(SINCE.get(timestamp)! <= version)) {
          return { index, errorCode: ERROR.UNSUPPORTED_VERSION };
        }
        const { log, stableEnd } = partition;
        const end = isolationLevel === READ_COMMITTED ? stableEnd : log.next;
        return { index, leaderEpoch: 0, ...find(log, timestamp, { end, maxContentBytes }) };
      }),
    })),
  }),
);

interface Found {
  readonly offset: number;
  readonly timestamp: number;
}

interface Limits {
  /** The offset behind the last record that may be found. */
  readonly end: number;
  readonly maxContentBytes: number;
}

const NOTHING: Found = { offset: -1, timestamp: -1 };

function find(log: RecordLog, timestamp: number, limits: Limits): Found {
  if (timestamp === LATEST) return { offset: limits.end, timestamp: -1 };
  if (timestamp === EARLIEST || timestamp === EARLIEST_LOCAL) return { offset: log.start, timestamp: -1 };
  if (timestamp === LATEST_TIERED) return NOTHING;
  return timestamp === MAX_TIMESTAMP ? findLatest(log, limits) : findFirst(log, timestamp, limits);
}

function findFirst(log: RecordLog, timestamp: number, { end, maxContentBytes }: Limits): Found {
  for (const batch of log.batchesSince(timestamp)) {
    if (batch.baseOffset >= end) break;
    if (batch.maxTimestampMs < timestamp) continue;
    for (const { offset, timestampMs } of readRecords(batch, contentOf(batch, maxContentBytes))) {
      if (timestampMs >= timestamp && offset >= log.start) return { offset, timestamp: timestampMs };
    }
  }
  return NOTHING;
}

/** The first of the records with the latest time. */
function findLatest(log: RecordLog, limits: Limits): Found {
  if (limits.end === log.next) {
    const { maxTimestampMs } = log;
    return maxTimestampMs === undefined ? NOTHING : findFirst(log, maxTimestampMs, limits);
  }
  let latest: number | undefined;
  for (const { maxTimestampMs, baseOffset, lastOffsetDelta } of log.batchesSince(-Infinity)) {
    if (baseOffset >= limits.end) break;
    if (baseOffset + lastOffsetDelta >= log.start) latest = Math.max(latest ?? -Infinity, maxTimestampMs);
  }
  return latest === undefined ? NOTHING : findFirst(log, latest, limits);
}
