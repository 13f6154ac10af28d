import { defineApi } from "./api.ts";
import { array, int16, int32, nullableString, since, string, until } from "./fields.ts";
import { struct } from "./struct.ts";

/** LeaveGroup (13), versions 0 to 5: from 3 on several members at once. */
export const leaveGroupApi = defineApi({
  key: 13,
  name: "LeaveGroup",
  versions: [0, 5],
  flexibleFrom: 4,
  request: {
    groupId: string,
    memberId: until(2, string),
    members: since(
      3,
      array(struct({
        memberId: string,
        groupInstanceId: nullableString,
        reason: since(5, nullableString),
      })),
    ),
  },
  response: {
    throttleTimeMs: since(1, int32),
    errorCode: int16,
    members: since(3, array(struct({ memberId: string, groupInstanceId: nullableString, errorCode: int16 }))),
  },
});
