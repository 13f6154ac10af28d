import { defineApi } from "./api.ts";
import { array, int16, int32, int64, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** DeleteRecords (21), versions 0 to 2. */
export const deleteRecordsApi = defineApi({
  key: 21,
  name: "DeleteRecords",
  versions: [0, 2],
  flexibleFrom: 2,
  request: {
    topics: array(struct({ name: string, partitions: array(struct({ partitionIndex: int32, offset: int64 })) })),
    timeoutMs: int32,
  },
  response: {
    throttleTimeMs: int32,
    topics: array(struct({
      name: string,
      partitions: array(struct({ partitionIndex: int32, lowWatermark: { ...int64, absent: -1 }, errorCode: int16 })),
    })),
  },
});
