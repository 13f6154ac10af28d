import type { Refusal } from "../cluster.ts";
import { metadataApi } from "../protocol/03_metadata.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { Topic } from "../topic.ts";
import { defineHandler } from "./handler.ts";
import { ALL_OPERATIONS } from "./operations.ts";

/*
 * Metadata: one broker, which leads every partition. A topic that is not there is made when the client and the broker
 * allow it. Version 0 asks for all with an empty list, later ones with none.
 *
 * Left out: racks, replicas, authorized operations other than "all".
 */
export const metadata = defineHandler(metadataApi, (request, { cluster, address, version }) => {
  const { topics: asked, allowAutoTopicCreation } = request;
  const isAll = asked === null || version === 0 && asked.length === 0;
  const found = isAll ? cluster.topics : asked.map(({ name, topicId }): Topic | Missing => {
    if (name === null) {
      return cluster.topicById(topicId) ?? { name, topicId, error: ERROR.UNKNOWN_TOPIC_ID, message: "" };
    }
    const topic = cluster.findOrCreate(name, version < 4 || allowAutoTopicCreation);
    return topic instanceof Topic ? topic : { name, topicId, ...topic };
  });
  return {
    brokers: [{ nodeId: cluster.nodeId, ...address }],
    clusterId: cluster.id,
    controllerId: cluster.nodeId,
    topics: found.map((topic) =>
      topic instanceof Topic ? describe(topic, cluster.nodeId, request.includeTopicAuthorizedOperations) : {
        errorCode: topic.error,
        name: topic.name,
        topicId: topic.topicId,
        partitions: [],
      }
    ),
    ...(request.includeClusterAuthorizedOperations && { clusterAuthorizedOperations: ALL_OPERATIONS.cluster }),
  };
});

type Missing = Refusal & { readonly name: string | null; readonly topicId: string };

function describe({ name, id, partitions }: Topic, nodeId: number, withOperations: boolean) {
  return {
    errorCode: ERROR.NONE,
    name,
    topicId: id,
    partitions: partitions.map(({ index }) => ({
      errorCode: ERROR.NONE,
      partitionIndex: index,
      leaderId: nodeId,
      leaderEpoch: 0,
      replicaNodes: [nodeId],
      isrNodes: [nodeId],
    })),
    ...(withOperations && { topicAuthorizedOperations: ALL_OPERATIONS.topic }),
  };
}
