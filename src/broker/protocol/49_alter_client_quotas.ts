import { defineApi } from "./api.ts";
import { array, boolean, float64, int16, int32, nullableString, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** AlterClientQuotas (49), versions 0 and 1. */
export const alterClientQuotasApi = defineApi({
  key: 49,
  name: "AlterClientQuotas",
  versions: [0, 1],
  flexibleFrom: 1,
  request: {
    entries: array(struct({
      entity: array(struct({ entityType: string, entityName: nullableString })),
      ops: array(struct({ key: string, value: float64, remove: boolean })),
    })),
    validateOnly: boolean,
  },
  response: {
    throttleTimeMs: int32,
    entries: array(struct({
      errorCode: int16,
      errorMessage: nullableString,
      entity: array(struct({ entityType: string, entityName: nullableString })),
    })),
  },
});
