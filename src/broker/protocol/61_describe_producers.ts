import { defineApi } from "./api.ts";
import { array, int16, int32, int64, nullableString, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** DescribeProducers (61), version 0. */
export const describeProducersApi = defineApi({
  key: 61,
  name: "DescribeProducers",
  versions: [0, 0],
  flexibleFrom: 0,
  request: { topics: array(struct({ name: string, partitionIndexes: array(int32) })) },
  response: {
    throttleTimeMs: int32,
    topics: array(struct({
      name: string,
      partitions: array(struct({
        partitionIndex: int32,
        errorCode: int16,
        errorMessage: nullableString,
        activeProducers: array(struct({
          producerId: int64,
          producerEpoch: int32,
          lastSequence: { ...int32, absent: -1 },
          lastTimestamp: { ...int64, absent: -1 },
          coordinatorEpoch: int32,
          currentTxnStartOffset: { ...int64, absent: -1 },
        })),
      })),
    })),
  },
});
