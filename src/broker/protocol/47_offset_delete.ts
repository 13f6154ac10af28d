import { defineApi } from "./api.ts";
import { array, int16, int32, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** OffsetDelete (47), version 0. */
export const offsetDeleteApi = defineApi({
  key: 47,
  name: "OffsetDelete",
  versions: [0, 0],
  request: {
    groupId: string,
    topics: array(struct({ name: string, partitions: array(struct({ partitionIndex: int32 })) })),
  },
  response: {
    errorCode: int16,
    throttleTimeMs: int32,
    topics: array(struct({ name: string, partitions: array(struct({ partitionIndex: int32, errorCode: int16 })) })),
  },
});
