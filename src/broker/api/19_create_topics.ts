import type { Refusal } from "../cluster.ts";
import { createTopicsApi } from "../protocol/19_create_topics.ts";
import type { RequestOf } from "../protocol/api.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { Topic } from "../topic.ts";
import { describeSettings } from "./settings.ts";
import { defineHandler, type RequestContext } from "./handler.ts";

type Asked = RequestOf<typeof createTopicsApi>["topics"][number];

/*
 * CreateTopics: one broker, so a replication factor of 1 or -1. The settings of the new topic come back from version 5 on,
 * all of them: the Java client throws on an answer without.
 */
export const createTopics = defineHandler(createTopicsApi, ({ topics, validateOnly }, context) => {
  const names = topics.map(({ name }) => name);
  return {
    topics: topics.map((asked) => {
      const isTwice = names.indexOf(asked.name) !== names.lastIndexOf(asked.name);
      const made = isTwice
        ? { error: ERROR.INVALID_REQUEST, message: `topic ${asked.name} is in the request twice` }
        : create(asked, validateOnly, context);
      if (!(made instanceof Topic)) {
        return { name: asked.name, errorCode: made.error, errorMessage: made.message, configs: [] };
      }
      return {
        name: made.name,
        topicId: made.id,
        errorCode: ERROR.NONE,
        numPartitions: made.partitions.length,
        replicationFactor: 1,
        configs: describeSettings(made).map(({ name, value, isDefault }) => ({
          name,
          value,
          readOnly: false,
          configSource: isDefault ? 5 : 1,
          isSensitive: false,
        })),
      };
    }),
  };
});

function create(asked: Asked, onlyCheck: boolean, { cluster }: RequestContext): Topic | Refusal {
  const { name, numPartitions, replicationFactor, assignments, configs } = asked;
  const isAssigned = assignments.length > 0;
  if (isAssigned && (numPartitions !== -1 || replicationFactor !== -1)) {
    return { error: ERROR.INVALID_REQUEST, message: "both assignments and numbers of partitions or replicas" };
  }
  const isHere = assignments.every(({ brokerIds }) => brokerIds.length === 1 && brokerIds[0] === cluster.nodeId);
  const isDense = new Set(assignments.map(({ partitionIndex }) => partitionIndex)).size === assignments.length &&
    assignments.every(({ partitionIndex }) => partitionIndex >= 0 && partitionIndex < assignments.length);
  if (!isHere || !isDense) {
    return {
      error: ERROR.INVALID_REPLICA_ASSIGNMENT,
      message: `expected each partition once, on broker ${cluster.nodeId}`,
    };
  }
  if (!isAssigned && replicationFactor !== 1 && replicationFactor !== -1) {
    return { error: ERROR.INVALID_REPLICATION_FACTOR, message: `${replicationFactor} replicas on one broker` };
  }
  const settings = new Map(configs.flatMap(({ name, value }) => value === null ? [] : [[name, value]]));
  return cluster.create(name, { partitions: isAssigned ? assignments.length : numPartitions, settings, onlyCheck });
}
