import { offsetForLeaderEpochApi } from "../protocol/23_offset_for_leader_epoch.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { defineHandler } from "./handler.ts";

/** OffsetForLeaderEpoch: there is one leader and one epoch, 0, which ends where the partition does. */
export const offsetForLeaderEpoch = defineHandler(offsetForLeaderEpochApi, ({ topics }, { cluster }) => ({
  topics: topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition, leaderEpoch, currentLeaderEpoch }) => {
      const log = cluster.topic(topic)?.partitions[partition]?.log;
      if (log === undefined) return { partition, errorCode: ERROR.UNKNOWN_TOPIC_OR_PARTITION };
      if (currentLeaderEpoch > 0) return { partition, errorCode: ERROR.UNKNOWN_LEADER_EPOCH };
      const isOurs = leaderEpoch === 0;
      return { partition, errorCode: ERROR.NONE, leaderEpoch: isOurs ? 0 : -1, endOffset: isOurs ? log.next : -1 };
    }),
  })),
}));
