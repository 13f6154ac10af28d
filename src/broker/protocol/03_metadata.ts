import { defineApi } from "./api.ts";
import { array, boolean, int16, int32, nullableArray, nullableString, since, string, uuid } from "./fields.ts";
import { struct } from "./struct.ts";

/**
 * Metadata (3), versions 0 to 12. In version 0 an empty list asks for all topics, later `null` does; from 10 on topics may
 * be asked for by id, and from 12 a name may be `null` then.
 */
export const metadataApi = defineApi({
  key: 3,
  name: "Metadata",
  versions: [0, 12],
  flexibleFrom: 9,
  request: {
    topics: nullableArray(struct({ topicId: since(10, uuid), name: nullableString })),
    allowAutoTopicCreation: since(4, boolean, true),
    includeClusterAuthorizedOperations: { ...since(8, boolean), until: 10 },
    includeTopicAuthorizedOperations: since(8, boolean),
  },
  response: {
    throttleTimeMs: since(3, int32),
    brokers: array(struct({ nodeId: int32, host: string, port: int32, rack: since(1, nullableString) })),
    clusterId: since(2, nullableString),
    controllerId: since(1, int32, -1),
    topics: array(struct({
      errorCode: int16,
      name: nullableString,
      topicId: since(10, uuid),
      isInternal: since(1, boolean),
      partitions: array(struct({
        errorCode: int16,
        partitionIndex: int32,
        leaderId: int32,
        leaderEpoch: since(7, int32, -1),
        replicaNodes: array(int32),
        isrNodes: array(int32),
        offlineReplicas: since(5, array(int32)),
      })),
      topicAuthorizedOperations: since(8, int32, -2147483648),
    })),
    clusterAuthorizedOperations: { ...since(8, int32, -2147483648), until: 10 },
  },
});
