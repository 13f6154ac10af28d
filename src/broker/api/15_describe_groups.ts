import { describeGroupsApi } from "../protocol/15_describe_groups.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { defineHandler } from "./handler.ts";

/**
 * DescribeGroups: a group that nobody knows is dead, which is no error, and so is one of KIP-848, as in Kafka: those are
 * described by ConsumerGroupDescribe. Left out: authorized operations.
 */
export const describeGroups = defineHandler(describeGroupsApi, ({ groups: ids }, { groups }) => ({
  groups: ids.map((groupId) => {
    const group = groups.findClassic(groupId);
    const isKnown = groups.find(groupId)?.type !== "consumer" && groups.ids.includes(groupId);
    return {
      errorCode: ERROR.NONE,
      groupId,
      groupState: group?.state ?? (isKnown ? "Empty" : "Dead"),
      protocolType: group?.protocolType ?? "",
      protocolData: group?.protocol ?? "",
      members: (group?.members ?? []).map(({ id, instanceId, client, host, protocols, assignment }) => ({
        memberId: id,
        groupInstanceId: instanceId,
        clientId: client,
        clientHost: host,
        memberMetadata: protocols.find(({ name }) => name === group!.protocol)?.metadata ?? new Uint8Array(),
        memberAssignment: assignment,
      })),
    };
  }),
}));
