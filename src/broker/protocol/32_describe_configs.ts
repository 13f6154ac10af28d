import { defineApi } from "./api.ts";
import { array, boolean, int16, int32, int8, nullableArray, nullableString, since, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** DescribeConfigs (32), versions 1 to 4: settings of topics and of the broker. Version 0 is gone (KIP-896). */
export const describeConfigsApi = defineApi({
  key: 32,
  name: "DescribeConfigs",
  versions: [1, 4],
  flexibleFrom: 4,
  request: {
    resources: array(struct({
      resourceType: int8,
      resourceName: string,
      configurationKeys: nullableArray(string),
    })),
    includeSynonyms: since(1, boolean),
    includeDocumentation: since(3, boolean),
  },
  response: {
    throttleTimeMs: int32,
    results: array(struct({
      errorCode: int16,
      errorMessage: nullableString,
      resourceType: int8,
      resourceName: string,
      configs: array(struct({
        name: string,
        value: nullableString,
        readOnly: boolean,
        configSource: since(1, int8, -1),
        isSensitive: boolean,
        synonyms: since(1, array(struct({ name: string, value: nullableString, source: int8 }))),
        configType: since(3, int8),
        documentation: since(3, nullableString),
      })),
    })),
  },
});
