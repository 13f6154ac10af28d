import { defineApi } from "./api.ts";
import { array, int16, int32, int8, nullableString, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** CreateAcls (30), versions 1 to 3. */
export const createAclsApi = defineApi({
  key: 30,
  name: "CreateAcls",
  versions: [1, 3],
  flexibleFrom: 2,
  request: {
    creations: array(struct({
      resourceType: int8,
      resourceName: string,
      resourcePatternType: int8,
      principal: string,
      host: string,
      operation: int8,
      permissionType: int8,
    })),
  },
  response: { throttleTimeMs: int32, results: array(struct({ errorCode: int16, errorMessage: nullableString })) },
});
