import { joinGroupApi } from "../protocol/11_join_group.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { defineHandler } from "./handler.ts";

/** JoinGroup: from version 4 on a new member is given a name first and joins with that (KIP-394). */
export const joinGroup = defineHandler(joinGroupApi, (request, { groups, client, host, version }) => {
  if (request.groupId === "") return { errorCode: ERROR.INVALID_GROUP_ID, memberId: request.memberId };
  const found = groups.find(request.groupId);
  const isEmpty = found === undefined || found.type === "consumer" && found.state === "Empty";
  if (isEmpty && request.memberId !== "") return { errorCode: ERROR.UNKNOWN_MEMBER_ID, memberId: request.memberId };
  const group = groups.openClassic(request.groupId);
  if (typeof group === "number") return { errorCode: group, memberId: request.memberId };
  return group.join(request, { client, host, needsId: version >= 4 });
});
