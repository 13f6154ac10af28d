import { defineApi } from "./api.ts";
import { array, boolean, int16, int32, int8, nullableString, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** IncrementalAlterConfigs (44), versions 0 and 1: changes the settings that it names (KIP-339). */
export const incrementalAlterConfigsApi = defineApi({
  key: 44,
  name: "IncrementalAlterConfigs",
  versions: [0, 1],
  flexibleFrom: 1,
  request: {
    resources: array(struct({
      resourceType: int8,
      resourceName: string,
      configs: array(struct({ name: string, configOperation: int8, value: nullableString })),
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
