import { defineApi } from "./api.ts";
import {
  array,
  int16,
  int32,
  int64,
  int8,
  nullableArray,
  nullableBytes,
  nullableString,
  since,
  string,
  tagged,
  until,
  uuid,
} from "./fields.ts";
import { struct } from "./struct.ts";

/** Fetch (1), versions 4 to 17: sessions from 7, topics by id instead of name from 13. */
export const fetchApi = defineApi({
  key: 1,
  name: "Fetch",
  versions: [4, 17],
  flexibleFrom: 12,
  request: {
    clusterId: tagged(0, 12, nullableString),
    replicaId: until(14, int32, -1),
    replicaState: tagged(1, 15, struct({ replicaId: int32, replicaEpoch: int64 })),
    maxWaitMs: int32,
    minBytes: int32,
    maxBytes: int32,
    isolationLevel: int8,
    sessionId: since(7, int32),
    sessionEpoch: since(7, int32, -1),
    topics: array(struct({
      topic: until(12, string),
      topicId: since(13, uuid),
      partitions: array(struct({
        partition: int32,
        currentLeaderEpoch: since(9, int32, -1),
        fetchOffset: int64,
        lastFetchedEpoch: since(12, int32, -1),
        logStartOffset: since(5, int64, -1),
        partitionMaxBytes: int32,
        replicaDirectoryId: tagged(0, 17, uuid),
      })),
    })),
    forgottenTopics: since(
      7,
      array(struct({
        topic: until(12, string),
        topicId: since(13, uuid),
        partitions: array(int32),
      })),
    ),
    rackId: since(11, string),
  },
  response: {
    throttleTimeMs: int32,
    errorCode: since(7, int16),
    sessionId: since(7, int32),
    topics: array(struct({
      topic: until(12, string),
      topicId: since(13, uuid),
      partitions: array(struct({
        partition: int32,
        errorCode: int16,
        highWatermark: int64,
        lastStableOffset: { ...int64, absent: -1 },
        logStartOffset: since(5, int64, -1),
        divergingEpoch: tagged(0, 12, struct({ epoch: int32, endOffset: int64 })),
        currentLeader: tagged(1, 12, struct({ leaderId: int32, leaderEpoch: int32 })),
        snapshotId: tagged(2, 12, struct({ endOffset: int64, epoch: int32 })),
        abortedTransactions: nullableArray(struct({ producerId: int64, firstOffset: int64 })),
        preferredReadReplica: since(11, int32, -1),
        records: nullableBytes,
      })),
    })),
    nodeEndpoints: tagged(0, 16, array(struct({ nodeId: int32, host: string, port: int32, rack: nullableString }))),
  },
});
