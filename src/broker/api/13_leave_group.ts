import { leaveGroupApi } from "../protocol/13_leave_group.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { defineHandler } from "./handler.ts";

/** LeaveGroup: from version 3 on several members at once, also static ones by their instance. */
export const leaveGroup = defineHandler(leaveGroupApi, ({ groupId, memberId, members }, { groups, version }) => {
  const leave = (id: string, instanceId: string | null) =>
    groups.findClassic(groupId)?.leave(id, instanceId) ?? ERROR.UNKNOWN_MEMBER_ID;
  if (version < 3) return { errorCode: leave(memberId, null) };
  return {
    errorCode: ERROR.NONE,
    members: members.map(({ memberId, groupInstanceId }) => ({
      memberId,
      groupInstanceId,
      errorCode: leave(memberId, groupInstanceId),
    })),
  };
});
