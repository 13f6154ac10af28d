import { heartbeatApi } from "../protocol/12_heartbeat.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { defineHandler } from "./handler.ts";

/** Heartbeat: tells a member to join again while the group rebalances. */
export const heartbeat = defineHandler(
  heartbeatApi,
  ({ groupId, memberId, generationId, groupInstanceId }, { groups }) => ({
    errorCode: groups.findClassic(groupId)?.heartbeat(memberId, generationId, groupInstanceId) ??
      ERROR.UNKNOWN_MEMBER_ID,
  }),
);
