import { createPartitionsApi } from "../protocol/37_create_partitions.ts";
import { ERROR, type ErrorNumber } from "../protocol/error_codes.ts";
import { MAX_PARTITIONS } from "../cluster.ts";
import { defineHandler } from "./handler.ts";
import { keep } from "./keep.ts";

/** CreatePartitions: a topic gets more partitions, and never fewer. */
export const createPartitions = defineHandler(createPartitionsApi, ({ topics, validateOnly }, { cluster }) => ({
  results: topics.map(({ name, count, assignments }) => {
    const topic = cluster.topic(name);
    const refuse = (errorCode: ErrorNumber, errorMessage: string) => ({ name, errorCode, errorMessage });
    if (topic === undefined) return refuse(ERROR.UNKNOWN_TOPIC_OR_PARTITION, `there is no topic ${name}`);
    if (topic.readOnly !== undefined) return refuse(ERROR.TOPIC_AUTHORIZATION_FAILED, topic.readOnly);
    const now = topic.partitions.length;
    if (count <= now || count > MAX_PARTITIONS) {
      return refuse(ERROR.INVALID_PARTITIONS, `${count} partitions, expected ${now + 1} to ${MAX_PARTITIONS}`);
    }
    const isHere = assignments?.every(({ brokerIds }) => brokerIds.length === 1 && brokerIds[0] === cluster.nodeId) ??
      true;
    if (!isHere || (assignments?.length ?? count - now) !== count - now) {
      return refuse(ERROR.INVALID_REPLICA_ASSIGNMENT, `expected ${count - now} partitions on broker ${cluster.nodeId}`);
    }
    return { name, errorCode: validateOnly ? ERROR.NONE : keep(() => topic.grow(count)) };
  }),
}));
