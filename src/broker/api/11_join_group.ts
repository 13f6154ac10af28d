import { joinGroupApi } from "../protocol/11_join_group.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { defineHandler } from "./handler.ts";

/** JoinGroup: from version 4 on a new member is given a name first and joins with that (KIP-394). */
export const joinGroup = defineHandler(joinGroupApi, (request, { groups, client, host, version }) => {
  if (request.groupId === "") return { errorCode: ERROR.INVALID_GROUP_ID, memberId: request.memberId };
  const isKnown = groups.find(request.groupId) !== undefined;
  if (!isKnown && request.memberId !== "") return { errorCode: ERROR.UNKNOWN_MEMBER_ID, memberId: request.memberId };
  const group = groups.open(request.groupId);
  if (group === undefined) return { errorCode: ERROR.GROUP_MAX_SIZE_REACHED, memberId: request.memberId };
  return group.join(request, { client, host, needsId: version >= 4 });
});
