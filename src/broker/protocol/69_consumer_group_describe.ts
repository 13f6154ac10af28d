import { defineApi } from "./api.ts";
import { array, boolean, int16, int32, int8, nullableString, since, string, uuid } from "./fields.ts";
import { struct } from "./struct.ts";

const assignment = struct({
  topicPartitions: array(struct({ topicId: uuid, topicName: string, partitions: array(int32) })),
});

/** ConsumerGroupDescribe (69), versions 0 and 1: 1 says which protocol a member speaks. */
export const consumerGroupDescribeApi = defineApi({
  key: 69,
  name: "ConsumerGroupDescribe",
  versions: [0, 1],
  flexibleFrom: 0,
  request: { groupIds: array(string), includeAuthorizedOperations: boolean },
  response: {
    throttleTimeMs: int32,
    groups: array(struct({
      errorCode: int16,
      errorMessage: nullableString,
      groupId: string,
      groupState: string,
      groupEpoch: int32,
      assignmentEpoch: int32,
      assignorName: string,
      members: array(struct({
        memberId: string,
        instanceId: nullableString,
        rackId: nullableString,
        memberEpoch: int32,
        clientId: string,
        clientHost: string,
        subscribedTopicNames: array(string),
        subscribedTopicRegex: nullableString,
        assignment,
        targetAssignment: assignment,
        memberType: since(1, int8, -1),
      })),
      authorizedOperations: { ...int32, absent: -2147483648 },
    })),
  },
});
