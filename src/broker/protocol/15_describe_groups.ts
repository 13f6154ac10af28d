import { defineApi } from "./api.ts";
import { array, boolean, bytes, int16, int32, nullableString, since, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** DescribeGroups (15), versions 0 to 5. */
export const describeGroupsApi = defineApi({
  key: 15,
  name: "DescribeGroups",
  versions: [0, 5],
  flexibleFrom: 5,
  request: { groups: array(string), includeAuthorizedOperations: since(3, boolean) },
  response: {
    throttleTimeMs: since(1, int32),
    groups: array(struct({
      errorCode: int16,
      groupId: string,
      groupState: string,
      protocolType: string,
      protocolData: string,
      members: array(struct({
        memberId: string,
        groupInstanceId: since(4, nullableString),
        clientId: string,
        clientHost: string,
        memberMetadata: bytes,
        memberAssignment: bytes,
      })),
      authorizedOperations: since(3, int32, -2147483648),
    })),
  },
});
