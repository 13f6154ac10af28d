import { electLeadersApi } from "../protocol/43_elect_leaders.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { defineHandler } from "./handler.ts";

/** Elections of the preferred leader and, where data may be lost, of any: 0 and 1. */
const ELECTION_TYPES = 2;

/** ElectLeaders: the only broker leads all already. As in Kafka, who names no partition is told of none that stays. */
export const electLeaders = defineHandler(electLeadersApi, ({ electionType, topicPartitions }, { cluster }) => {
  if (electionType < 0 || electionType >= ELECTION_TYPES) return { errorCode: ERROR.INVALID_REQUEST };
  return {
    replicaElectionResults: topicPartitions?.map(({ topic, partitions }) => ({
      topic,
      partitionResult: partitions.map((partitionId) => ({
        partitionId,
        ...(cluster.topic(topic)?.partitions[partitionId] === undefined
          ? { errorCode: ERROR.UNKNOWN_TOPIC_OR_PARTITION, errorMessage: `there is no ${topic}/${partitionId}` }
          : { errorCode: ERROR.ELECTION_NOT_NEEDED, errorMessage: `broker ${cluster.nodeId} leads it` }),
      })),
    })) ?? [],
  };
});
