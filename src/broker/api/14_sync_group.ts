import { syncGroupApi } from "../protocol/14_sync_group.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { defineHandler } from "./handler.ts";

/** SyncGroup: the leader brings what each member gets, and the others wait for it. */
export const syncGroup = defineHandler(
  syncGroupApi,
  (request, { groups }) => groups.findClassic(request.groupId)?.sync(request) ?? { errorCode: ERROR.UNKNOWN_MEMBER_ID },
);
