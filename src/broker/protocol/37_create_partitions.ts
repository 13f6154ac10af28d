import { defineApi } from "./api.ts";
import { array, boolean, int16, int32, nullableArray, nullableString, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** CreatePartitions (37), versions 0 to 3. */
export const createPartitionsApi = defineApi({
  key: 37,
  name: "CreatePartitions",
  versions: [0, 3],
  flexibleFrom: 2,
  request: {
    topics: array(struct({
      name: string,
      count: int32,
      assignments: nullableArray(struct({ brokerIds: array(int32) })),
    })),
    timeoutMs: int32,
    validateOnly: boolean,
  },
  response: {
    throttleTimeMs: int32,
    results: array(struct({ name: string, errorCode: int16, errorMessage: nullableString })),
  },
});
