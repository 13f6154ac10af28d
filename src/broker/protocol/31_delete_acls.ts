import { defineApi } from "./api.ts";
import { array, int16, int32, int8, nullableString, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** DeleteAcls (31), versions 1 to 3. */
export const deleteAclsApi = defineApi({
  key: 31,
  name: "DeleteAcls",
  versions: [1, 3],
  flexibleFrom: 2,
  request: {
    filters: array(struct({
      resourceTypeFilter: int8,
      resourceNameFilter: nullableString,
      patternTypeFilter: int8,
      principalFilter: nullableString,
      hostFilter: nullableString,
      operation: int8,
      permissionType: int8,
    })),
  },
  response: {
    throttleTimeMs: int32,
    filterResults: array(struct({
      errorCode: int16,
      errorMessage: nullableString,
      matchingAcls: array(struct({
        errorCode: int16,
        errorMessage: nullableString,
        resourceType: int8,
        resourceName: string,
        patternType: int8,
        principal: string,
        host: string,
        operation: int8,
        permissionType: int8,
      })),
    })),
  },
});
