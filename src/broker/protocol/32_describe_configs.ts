import { defineApi } from "./api.ts";
import { array, boolean, int16, int32, int8, nullableArray, nullableString, since, string, until } from "./fields.ts";
import { struct } from "./struct.ts";

/**
 * DescribeConfigs (32), versions 0 to 4: settings of topics and of the broker. Kafka 4 has no version 0 (KIP-896), which
 * old clients in Go send.
 */
export const describeConfigsApi = defineApi({
  key: 32,
  name: "DescribeConfigs",
  versions: [0, 4],
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
        isDefault: until(0, boolean),
        configSource: since(1, int8, -1),
        isSensitive: boolean,
        synonyms: since(1, array(struct({ name: string, value: nullableString, source: int8 }))),
        configType: since(3, int8),
        documentation: since(3, nullableString),
      })),
    })),
  },
});
