import { describeTopicPartitionsApi } from "../protocol/75_describe_topic_partitions.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { ALL_OPERATIONS } from "./operations.ts";
import { defineHandler } from "./handler.ts";

/** Most partitions of one answer. */
const MAX_PARTITIONS = 2000;

/**
 * DescribeTopicPartitions: topics by name in pages; the cursor says where the next begins. No topics asks for all. Lists of
 * eligible leaders are empty and never `null`, which the Java client throws on.
 */
export const describeTopicPartitions = defineHandler(describeTopicPartitionsApi, (request, { cluster }) => {
  const { topics, cursor, responsePartitionLimit } = request;
  const asked = topics.length === 0 ? cluster.topics.map(({ name }) => name) : topics.map(({ name }) => name);
  const names = [...new Set(asked)].sort().filter((name) => cursor === null || name >= cursor.topicName);
  let left = Math.min(responsePartitionLimit > 0 ? responsePartitionLimit : MAX_PARTITIONS, MAX_PARTITIONS);
  const answers = [];
  for (const name of names) {
    if (left === 0) return { topics: answers, nextCursor: { topicName: name, partitionIndex: 0 } };
    const topic = cluster.topic(name);
    if (topic === undefined) {
      answers.push({ errorCode: ERROR.UNKNOWN_TOPIC_OR_PARTITION, name });
      continue;
    }
    const from = cursor?.topicName === name ? cursor.partitionIndex : 0;
    const page = topic.partitions.slice(from, from + left);
    left -= page.length;
    answers.push({
      errorCode: ERROR.NONE,
      name,
      topicId: topic.id,
      partitions: page.map(({ index }) => ({
        errorCode: ERROR.NONE,
        partitionIndex: index,
        leaderId: cluster.nodeId,
        leaderEpoch: 0,
        replicaNodes: [cluster.nodeId],
        isrNodes: [cluster.nodeId],
        eligibleLeaderReplicas: [],
        lastKnownElr: [],
      })),
      topicAuthorizedOperations: ALL_OPERATIONS.topic,
    });
    const next = from + page.length;
    if (next < topic.partitions.length) {
      return { topics: answers, nextCursor: { topicName: name, partitionIndex: next } };
    }
  }
  return { topics: answers, nextCursor: null };
});
