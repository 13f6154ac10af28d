import { ASSIGNORS } from "./consumer_group_assignors.ts";
import { AWAY, JOINING, LEAVING } from "./consumer_group_member.ts";
import type { ConsumerHeartbeat } from "./consumer_group_types.ts";
import { ERROR, type ErrorNumber } from "../protocol/error_codes.ts";
import { findPatternProblem } from "./topic_pattern.ts";

/** Why a request is refused. */
export interface Problem {
  readonly error: ErrorNumber;
  readonly message: string;
}

/** What is wrong with a heartbeat, whoever sends it. */
export function findHeartbeatProblem(
  request: ConsumerHeartbeat,
  { version }: { readonly version: number },
): Problem | undefined {
  const { memberId, memberEpoch, instanceId, rackId, serverAssignor, subscribedTopicRegex: pattern } = request;
  const message = request.groupId === "" || instanceId === "" || rackId === ""
    ? "a group, an instance or a rack has an empty name"
    : memberId === "" && (version >= 1 || memberEpoch !== JOINING)
    ? "a member has no id"
    : memberEpoch < AWAY
    ? `${memberEpoch} is no epoch`
    : memberEpoch === AWAY && instanceId === null
    ? "a member without an instance goes for a while"
    : memberEpoch === JOINING
    ? findJoinProblem(request)
    : undefined;
  if (message !== undefined) return { error: ERROR.INVALID_REQUEST, message };
  if (memberEpoch === LEAVING || memberEpoch === AWAY) return undefined;
  if (serverAssignor !== null && !ASSIGNORS.has(serverAssignor)) {
    const names = [...ASSIGNORS.keys()].join(" and ");
    return { error: ERROR.UNSUPPORTED_ASSIGNOR, message: `there is no assignor ${serverAssignor}: there are ${names}` };
  }
  const problem = pattern === null ? undefined : findPatternProblem(pattern);
  return problem === undefined ? undefined : { error: ERROR.INVALID_REGULAR_EXPRESSION, message: problem };
}

function findJoinProblem(request: ConsumerHeartbeat): string | undefined {
  if (request.rebalanceTimeoutMs === -1) return "a member joins without a timeout for rebalances";
  if (request.topicPartitions?.length !== 0) return "a member joins and does not say that it has no partitions";
  const isSilent = request.subscribedTopicNames === null && request.subscribedTopicRegex === null;
  return isSilent ? "a member joins and does not say what it wants" : undefined;
}
