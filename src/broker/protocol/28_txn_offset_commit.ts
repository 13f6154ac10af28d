import { defineApi } from "./api.ts";
import { array, int16, int32, int64, nullableString, since, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** TxnOffsetCommit (28), versions 0 to 4: from 3 on it says which member of the group it is. */
export const txnOffsetCommitApi = defineApi({
  key: 28,
  name: "TxnOffsetCommit",
  versions: [0, 4],
  flexibleFrom: 3,
  request: {
    transactionalId: string,
    groupId: string,
    producerId: int64,
    producerEpoch: int16,
    generationId: since(3, int32, -1),
    memberId: since(3, string),
    groupInstanceId: since(3, nullableString),
    topics: array(struct({
      name: string,
      partitions: array(struct({
        partitionIndex: int32,
        committedOffset: int64,
        committedLeaderEpoch: since(2, int32, -1),
        committedMetadata: nullableString,
      })),
    })),
  },
  response: {
    throttleTimeMs: int32,
    topics: array(struct({ name: string, partitions: array(struct({ partitionIndex: int32, errorCode: int16 })) })),
  },
});
