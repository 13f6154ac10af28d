import { defineApi } from "./api.ts";
import { array, boolean, int16, int32, int64, nullableArray, nullableString, since, string, until } from "./fields.ts";
import { struct } from "./struct.ts";

const partition = {
  partitionIndex: int32,
  committedOffset: int64,
  committedLeaderEpoch: since(5, int32, -1),
  metadata: nullableString,
  errorCode: int16,
};

/** OffsetFetch (9), versions 0 to 9: from 8 on several groups at once, in another shape. */
export const offsetFetchApi = defineApi({
  key: 9,
  name: "OffsetFetch",
  versions: [0, 9],
  flexibleFrom: 6,
  request: {
    groupId: until(7, string),
    topics: until(7, nullableArray(struct({ name: string, partitionIndexes: array(int32) }))),
    groups: since(
      8,
      array(struct({
        groupId: string,
        memberId: since(9, nullableString),
        memberEpoch: since(9, int32, -1),
        topics: nullableArray(struct({ name: string, partitionIndexes: array(int32) })),
      })),
    ),
    requireStable: since(7, boolean),
  },
  response: {
    throttleTimeMs: since(3, int32),
    topics: until(7, array(struct({ name: string, partitions: array(struct(partition)) }))),
    errorCode: { ...since(2, int16), until: 7 },
    groups: since(
      8,
      array(struct({
        groupId: string,
        topics: array(struct({ name: string, partitions: array(struct(partition)) })),
        errorCode: int16,
      })),
    ),
  },
});
