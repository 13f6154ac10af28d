import { consumerGroupDescribeApi } from "../protocol/69_consumer_group_describe.ts";
import { ERROR } from "../protocol/error_codes.ts";
import type { Cluster } from "../cluster.ts";
import type { ConsumerGroup } from "../group/consumer_group.ts";
import { listPartitions, type Partitions } from "../group/consumer_group_partitions.ts";
import type { DescribedConsumerGroup } from "../group/consumer_group_types.ts";
import { defineHandler } from "./handler.ts";

/** Members of this protocol, as opposed to classic ones. */
const MEMBER_TYPE = 1;

/** ConsumerGroupDescribe: groups of KIP-848. Left out: authorized operations, members of the classic protocol. */
export const consumerGroupDescribe = defineHandler(
  consumerGroupDescribeApi,
  ({ groupIds }, { cluster, groups }) => ({
    groups: groupIds.map((groupId) => {
      const group = groups.findConsumer(groupId);
      if (group !== undefined) return describe(group, cluster);
      const errorMessage = `there is no group ${groupId} of this protocol`;
      return { errorCode: ERROR.GROUP_ID_NOT_FOUND, errorMessage, groupId };
    }),
  }),
);

function describe(group: ConsumerGroup, cluster: Cluster): DescribedConsumerGroup {
  const assignment = (partitions: Partitions) => ({
    topicPartitions: listPartitions(partitions).flatMap(({ topicId, partitions }) => {
      const topicName = cluster.topicById(topicId)?.name;
      return topicName === undefined ? [] : [{ topicId, topicName, partitions }];
    }),
  });
  return {
    errorCode: ERROR.NONE,
    groupId: group.id,
    groupState: group.state,
    groupEpoch: group.epoch,
    assignmentEpoch: group.epoch,
    assignorName: group.assignor,
    members: group.members.map((member) => ({
      memberId: member.id,
      instanceId: member.instanceId,
      rackId: member.rackId,
      memberEpoch: member.epoch,
      clientId: member.client,
      clientHost: member.host,
      subscribedTopicNames: member.topics,
      subscribedTopicRegex: member.pattern,
      assignment: assignment(member.assigned),
      targetAssignment: assignment(group.targetOf(member)),
      memberType: MEMBER_TYPE,
    })),
  };
}
