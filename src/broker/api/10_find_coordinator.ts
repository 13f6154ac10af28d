import { findCoordinatorApi } from "../protocol/10_find_coordinator.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { defineHandler } from "./handler.ts";

/** FindCoordinator: this broker, whoever asks. Left out: share groups (key type 2). */
export const findCoordinator = defineHandler(findCoordinatorApi, (request, { cluster, address, version }) => {
  const here = { nodeId: cluster.nodeId, ...address };
  const isServed = request.keyType === 0 || request.keyType === 1;
  const errorCode = isServed ? ERROR.NONE : ERROR.INVALID_REQUEST;
  if (version < 4) return { errorCode, ...here };
  return { coordinators: request.coordinatorKeys.map((key) => ({ key, errorCode, ...here })) };
});
