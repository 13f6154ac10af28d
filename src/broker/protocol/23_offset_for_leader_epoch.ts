import { defineApi } from "./api.ts";
import { array, int16, int32, int64, since, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** OffsetForLeaderEpoch (23), versions 2 to 4. */
export const offsetForLeaderEpochApi = defineApi({
  key: 23,
  name: "OffsetForLeaderEpoch",
  versions: [2, 4],
  flexibleFrom: 4,
  request: {
    replicaId: since(3, int32, -2),
    topics: array(struct({
      topic: string,
      partitions: array(struct({ partition: int32, currentLeaderEpoch: since(2, int32, -1), leaderEpoch: int32 })),
    })),
  },
  response: {
    throttleTimeMs: since(2, int32),
    topics: array(struct({
      topic: string,
      partitions: array(struct({
        errorCode: int16,
        partition: int32,
        leaderEpoch: since(1, int32, -1),
        endOffset: { ...int64, absent: -1 },
      })),
    })),
  },
});
