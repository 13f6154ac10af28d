import { deleteRecordsApi } from "../protocol/21_delete_records.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { defineHandler } from "./handler.ts";
import { keep } from "./keep.ts";

/** DeleteRecords: -1 deletes all. */
export const deleteRecords = defineHandler(deleteRecordsApi, ({ topics }, { cluster }) => ({
  topics: topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, offset }) => {
      const topic = cluster.topic(name);
      const log = topic?.partitions[partitionIndex]?.log;
      if (log === undefined) return { partitionIndex, errorCode: ERROR.UNKNOWN_TOPIC_OR_PARTITION };
      if (topic?.readOnly !== undefined) return { partitionIndex, errorCode: ERROR.TOPIC_AUTHORIZATION_FAILED };
      const before = offset === -1 ? log.next : offset;
      if (before < 0 || before > log.next) return { partitionIndex, errorCode: ERROR.OFFSET_OUT_OF_RANGE };
      const errorCode = keep(() => log.deleteBefore(before));
      return { partitionIndex, lowWatermark: errorCode === ERROR.NONE ? log.start : -1, errorCode };
    }),
  })),
}));
