import { consumerGroupHeartbeatApi } from "../protocol/68_consumer_group_heartbeat.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { JOINING } from "../group/consumer_group_member.ts";
import { defineHandler } from "./handler.ts";

/**
 * ConsumerGroupHeartbeat: who joins makes the group. A member of a group that is not known has to join again: groups do
 * not outlive the broker, which in Kafka they do. Left out: racks, members of both protocols in one group.
 */
export const consumerGroupHeartbeat = defineHandler(
  consumerGroupHeartbeatApi,
  (request, { groups, client, host, version }) => {
    const { groupId, memberEpoch } = request;
    const joins = memberEpoch === JOINING && groupId !== "";
    const group = joins ? groups.openConsumer(groupId) : groups.findConsumer(groupId);
    if (typeof group === "object") return group.heartbeat(request, { client, host, version });
    if (groupId === "") return { errorCode: ERROR.INVALID_REQUEST, errorMessage: "the group has no name" };
    const isOther = groups.findClassic(groupId) !== undefined;
    if (group === undefined && !isOther) {
      const errorCode = memberEpoch > 0 ? ERROR.FENCED_MEMBER_EPOCH : ERROR.UNKNOWN_MEMBER_ID;
      return {
        errorCode,
        errorMessage: `there is no member of group ${groupId}, and whoever was one has to join again`,
      };
    }
    const errorMessage = isOther ? `group ${groupId} is of the classic protocol` : "there are too many groups";
    return { errorCode: group ?? ERROR.GROUP_ID_NOT_FOUND, errorMessage };
  },
);
