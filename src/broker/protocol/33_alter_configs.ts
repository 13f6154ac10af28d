import { defineApi } from "./api.ts";
import { array, boolean, int16, int32, int8, nullableString, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** AlterConfigs (33), versions 0 to 2: replaces all settings that were made. */
export const alterConfigsApi = defineApi({
  key: 33,
  name: "AlterConfigs",
  versions: [0, 2],
  flexibleFrom: 2,
  request: {
    resources: array(struct({
      resourceType: int8,
      resourceName: string,
      configs: array(struct({ name: string, value: nullableString })),
    })),
    validateOnly: boolean,
  },
  response: {
    throttleTimeMs: int32,
    responses: array(struct({
      errorCode: int16,
      errorMessage: nullableString,
      resourceType: int8,
      resourceName: string,
    })),
  },
});
