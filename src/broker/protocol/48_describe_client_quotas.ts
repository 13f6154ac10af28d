import { defineApi } from "./api.ts";
import { array, boolean, float64, int16, int32, int8, nullableArray, nullableString, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** DescribeClientQuotas (48), versions 0 and 1. */
export const describeClientQuotasApi = defineApi({
  key: 48,
  name: "DescribeClientQuotas",
  versions: [0, 1],
  flexibleFrom: 1,
  request: {
    components: array(struct({ entityType: string, matchType: int8, match: nullableString })),
    strict: boolean,
  },
  response: {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: nullableString,
    entries: nullableArray(struct({
      entity: array(struct({ entityType: string, entityName: nullableString })),
      values: array(struct({ key: string, value: float64 })),
    })),
  },
});
