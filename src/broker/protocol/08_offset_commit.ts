import { defineApi } from "./api.ts";
import { array, int16, int32, int64, nullableString, since, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** OffsetCommit (8), versions 0 to 9: 9 is for groups of KIP-848. Offsets by topic id (10) are left out. */
export const offsetCommitApi = defineApi({
  key: 8,
  name: "OffsetCommit",
  versions: [0, 9],
  flexibleFrom: 8,
  request: {
    groupId: string,
    generationOrMemberEpoch: since(1, int32, -1),
    memberId: since(1, string),
    groupInstanceId: since(7, nullableString),
    retentionTimeMs: { ...since(2, int64, -1), until: 4 },
    topics: array(struct({
      name: string,
      partitions: array(struct({
        partitionIndex: int32,
        committedOffset: int64,
        committedLeaderEpoch: since(6, int32, -1),
        commitTimestamp: { ...since(1, int64, -1), until: 1 },
        committedMetadata: nullableString,
      })),
    })),
  },
  response: {
    throttleTimeMs: since(3, int32),
    topics: array(struct({ name: string, partitions: array(struct({ partitionIndex: int32, errorCode: int16 })) })),
  },
});
