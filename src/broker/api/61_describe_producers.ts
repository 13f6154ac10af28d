import type { Partition } from "../partition/partition.ts";
import { describeProducersApi } from "../protocol/61_describe_producers.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { defineHandler } from "./handler.ts";

/** DescribeProducers: idempotent producers that a partition remembers, and where the open transaction of each began. */
export const describeProducers = defineHandler(describeProducersApi, ({ topics }, { cluster }) => ({
  topics: topics.map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex) => {
      const partition = cluster.topic(name)?.partitions[partitionIndex];
      if (partition === undefined) return { partitionIndex, errorCode: ERROR.UNKNOWN_TOPIC_OR_PARTITION };
      return { partitionIndex, errorCode: ERROR.NONE, activeProducers: describe(partition) };
    }),
  })),
}));

function describe(partition: Partition) {
  return [...partition.producers()].map(({ producerId, epoch, batches, timestampMs, isMarked, openedAt }) => ({
    producerId,
    producerEpoch: epoch,
    lastSequence: batches.at(-1)?.last ?? -1,
    lastTimestamp: timestampMs,
    coordinatorEpoch: isMarked ? 0 : -1,
    currentTxnStartOffset: openedAt ?? -1,
  }));
}
