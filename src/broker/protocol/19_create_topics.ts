import { defineApi } from "./api.ts";
import {
  array,
  boolean,
  int16,
  int32,
  int8,
  nullableArray,
  nullableString,
  since,
  string,
  tagged,
  uuid,
} from "./fields.ts";
import { struct } from "./struct.ts";

/** CreateTopics (19), versions 0 to 7: the answer lists the configuration from 5 on. */
export const createTopicsApi = defineApi({
  key: 19,
  name: "CreateTopics",
  versions: [0, 7],
  flexibleFrom: 5,
  request: {
    topics: array(struct({
      name: string,
      numPartitions: int32,
      replicationFactor: int16,
      assignments: array(struct({ partitionIndex: int32, brokerIds: array(int32) })),
      configs: array(struct({ name: string, value: nullableString })),
    })),
    timeoutMs: int32,
    validateOnly: since(1, boolean),
  },
  response: {
    throttleTimeMs: since(2, int32),
    topics: array(struct({
      name: string,
      topicId: since(7, uuid),
      errorCode: int16,
      errorMessage: since(1, nullableString),
      topicConfigErrorCode: tagged(0, 5, int16),
      numPartitions: since(5, int32, -1),
      replicationFactor: since(5, int16, -1),
      configs: since(
        5,
        nullableArray(struct({
          name: string,
          value: nullableString,
          readOnly: boolean,
          configSource: int8,
          isSensitive: boolean,
        })),
      ),
    })),
  },
});
