import { defineApi } from "./api.ts";
import { array, int16, int32, int64, int8, since, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** ListOffsets (2), versions 1 to 9: the offset of a time, or of the ends. */
export const listOffsetsApi = defineApi({
  key: 2,
  name: "ListOffsets",
  versions: [1, 9],
  flexibleFrom: 6,
  request: {
    replicaId: int32,
    isolationLevel: since(2, int8),
    topics: array(struct({
      name: string,
      partitions: array(struct({ index: int32, currentLeaderEpoch: since(4, int32, -1), timestamp: int64 })),
    })),
  },
  response: {
    throttleTimeMs: since(2, int32),
    topics: array(struct({
      name: string,
      partitions: array(struct({
        index: int32,
        errorCode: int16,
        timestamp: { ...int64, absent: -1 },
        offset: { ...int64, absent: -1 },
        leaderEpoch: since(4, int32, -1),
      })),
    })),
  },
});
