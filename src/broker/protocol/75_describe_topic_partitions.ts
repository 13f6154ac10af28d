import { defineApi } from "./api.ts";
import { array, boolean, int16, int32, nullableArray, nullableString, string, uuid } from "./fields.ts";
import { nullableStruct, struct } from "./struct.ts";

const cursor = { topicName: string, partitionIndex: int32 };

/** DescribeTopicPartitions (75), version 0. */
export const describeTopicPartitionsApi = defineApi({
  key: 75,
  name: "DescribeTopicPartitions",
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    topics: array(struct({ name: string })),
    responsePartitionLimit: int32,
    cursor: nullableStruct(cursor),
  },
  response: {
    throttleTimeMs: int32,
    topics: array(struct({
      errorCode: int16,
      name: nullableString,
      topicId: uuid,
      isInternal: boolean,
      partitions: array(struct({
        errorCode: int16,
        partitionIndex: int32,
        leaderId: int32,
        leaderEpoch: int32,
        replicaNodes: array(int32),
        isrNodes: array(int32),
        eligibleLeaderReplicas: nullableArray(int32),
        lastKnownElr: nullableArray(int32),
        offlineReplicas: array(int32),
      })),
      topicAuthorizedOperations: { ...int32, absent: -2147483648 },
    })),
    nextCursor: nullableStruct(cursor),
  },
});
