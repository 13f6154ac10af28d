import { defineApi } from "./api.ts";
import { array, int16, int32, nullableArray, nullableString, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** AlterPartitionReassignments (45), version 0. */
export const alterPartitionReassignmentsApi = defineApi({
  key: 45,
  name: "AlterPartitionReassignments",
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    timeoutMs: int32,
    topics: array(struct({
      name: string,
      partitions: array(struct({ partitionIndex: int32, replicas: nullableArray(int32) })),
    })),
  },
  response: {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: nullableString,
    responses: array(struct({
      name: string,
      partitions: array(struct({ partitionIndex: int32, errorCode: int16, errorMessage: nullableString })),
    })),
  },
});
