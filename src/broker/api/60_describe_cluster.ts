import { describeClusterApi } from "../protocol/60_describe_cluster.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { ALL_OPERATIONS } from "./operations.ts";
import { defineHandler } from "./handler.ts";

/** DescribeCluster: one broker, which is its controller. */
export const describeCluster = defineHandler(describeClusterApi, (request, { cluster, address }) => ({
  errorCode: ERROR.NONE,
  endpointType: request.endpointType,
  clusterId: cluster.id,
  controllerId: cluster.nodeId,
  brokers: [{ brokerId: cluster.nodeId, ...address }],
  ...(request.includeClusterAuthorizedOperations && { clusterAuthorizedOperations: ALL_OPERATIONS.cluster }),
}));
