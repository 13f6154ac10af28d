import { alterPartitionReassignmentsApi } from "../protocol/45_alter_partition_reassignments.ts";
import { listPartitionReassignmentsApi } from "../protocol/46_list_partition_reassignments.ts";
import { ERROR, type ErrorNumber } from "../protocol/error_codes.ts";
import type { Cluster } from "../cluster.ts";
import { defineHandler } from "./handler.ts";

/** AlterPartitionReassignments: partitions stay on the only broker, which may be asked for. */
export const alterPartitionReassignments = defineHandler(
  alterPartitionReassignmentsApi,
  ({ topics }, { cluster }) => ({
    responses: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, replicas }) => ({
        partitionIndex,
        ...reassign(cluster, { name, partitionIndex, replicas }),
      })),
    })),
  }),
);

/** ListPartitionReassignments: there are none. */
export const listPartitionReassignments = defineHandler(listPartitionReassignmentsApi, () => ({ topics: [] }));

interface Wanted {
  readonly name: string;
  readonly partitionIndex: number;
  /** Nothing: what is under way is to end. */
  readonly replicas: readonly number[] | null;
}

function reassign(cluster: Cluster, { name, partitionIndex, replicas }: Wanted) {
  const refuse = (errorCode: ErrorNumber, errorMessage: string) => ({ errorCode, errorMessage });
  if (cluster.topic(name)?.partitions[partitionIndex] === undefined) {
    return refuse(ERROR.UNKNOWN_TOPIC_OR_PARTITION, `there is no ${name}/${partitionIndex}`);
  }
  if (replicas === null) {
    return refuse(ERROR.NO_REASSIGNMENT_IN_PROGRESS, `${name}/${partitionIndex} stays where it is`);
  }
  if (replicas.length === 1 && replicas[0] === cluster.nodeId) return { errorCode: ERROR.NONE };
  return refuse(ERROR.INVALID_REPLICA_ASSIGNMENT, `there is no broker but ${cluster.nodeId}`);
}
