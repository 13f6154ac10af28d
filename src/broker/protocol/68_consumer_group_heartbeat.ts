import { defineApi } from "./api.ts";
import { array, int16, int32, nullableArray, nullableString, since, string, uuid } from "./fields.ts";
import { nullableStruct, struct } from "./struct.ts";

const topicPartitions = struct({ topicId: uuid, partitions: array(int32) });

/** ConsumerGroupHeartbeat (68), versions 0 and 1: 1 has regular expressions, and members that name themselves (KIP-848). */
export const consumerGroupHeartbeatApi = defineApi({
  key: 68,
  name: "ConsumerGroupHeartbeat",
  versions: [0, 1],
  flexibleFrom: 0,
  request: {
    groupId: string,
    memberId: string,
    memberEpoch: int32,
    instanceId: nullableString,
    rackId: nullableString,
    rebalanceTimeoutMs: int32,
    subscribedTopicNames: nullableArray(string),
    subscribedTopicRegex: since(1, nullableString),
    serverAssignor: nullableString,
    topicPartitions: nullableArray(topicPartitions),
  },
  response: {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: nullableString,
    memberId: nullableString,
    memberEpoch: int32,
    heartbeatIntervalMs: int32,
    assignment: nullableStruct({ topicPartitions: array(topicPartitions) }),
  },
});
