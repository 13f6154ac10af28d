import { defineApi } from "./api.ts";
import { array, int16, int32, nullableArray, nullableString, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** ListPartitionReassignments (46), version 0. */
export const listPartitionReassignmentsApi = defineApi({
  key: 46,
  name: "ListPartitionReassignments",
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    timeoutMs: int32,
    topics: nullableArray(struct({ name: string, partitionIndexes: array(int32) })),
  },
  response: {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: nullableString,
    topics: array(struct({
      name: string,
      partitions: array(struct({
        partitionIndex: int32,
        replicas: array(int32),
        addingReplicas: array(int32),
        removingReplicas: array(int32),
      })),
    })),
  },
});
