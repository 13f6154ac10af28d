import { defineApi } from "./api.ts";
import { array, int16, int32, int8, nullableString, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** DescribeAcls (29), versions 1 to 3. */
export const describeAclsApi = defineApi({
  key: 29,
  name: "DescribeAcls",
  versions: [1, 3],
  flexibleFrom: 2,
  request: {
    resourceTypeFilter: int8,
    resourceNameFilter: nullableString,
    patternTypeFilter: int8,
    principalFilter: nullableString,
    hostFilter: nullableString,
    operation: int8,
    permissionType: int8,
  },
  response: {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: nullableString,
    resources: array(struct({
      resourceType: int8,
      resourceName: string,
      patternType: int8,
      acls: array(struct({ principal: string, host: string, operation: int8, permissionType: int8 })),
    })),
  },
});
