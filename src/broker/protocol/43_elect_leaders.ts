import { defineApi } from "./api.ts";
import { array, int16, int32, int8, nullableArray, nullableString, since, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** ElectLeaders (43), versions 0 to 2. */
export const electLeadersApi = defineApi({
  key: 43,
  name: "ElectLeaders",
  versions: [0, 2],
  flexibleFrom: 2,
  request: {
    electionType: since(1, int8),
    topicPartitions: nullableArray(struct({ topic: string, partitions: array(int32) })),
    timeoutMs: int32,
  },
  response: {
    throttleTimeMs: int32,
    errorCode: since(1, int16),
    replicaElectionResults: array(struct({
      topic: string,
      partitionResult: array(struct({ partitionId: int32, errorCode: int16, errorMessage: nullableString })),
    })),
  },
});
