import { defineApi } from "./api.ts";
import { array, int16, int32, int64, nullableBytes, nullableString, since, string, tagged } from "./fields.ts";
import { struct } from "./struct.ts";

/**
 * Produce (0), versions 3 to 11. 0 to 2 carry messages of formats that are long gone and are not read; they are
 * advertised nevertheless (KAFKA-18659: librdkafka looks for them).
 */
export const produceApi = defineApi({
  key: 0,
  name: "Produce",
  versions: [3, 11],
  flexibleFrom: 9,
  request: {
    transactionalId: nullableString,
    acks: int16,
    timeoutMs: int32,
    topics: array(struct({
      name: string,
      partitions: array(struct({ index: int32, records: nullableBytes })),
    })),
  },
  response: {
    topics: array(struct({
      name: string,
      partitions: array(struct({
        index: int32,
        errorCode: int16,
        baseOffset: int64,
        logAppendTimeMs: since(2, int64, -1),
        logStartOffset: since(5, int64, -1),
        recordErrors: since(8, array(struct({ batchIndex: int32, message: nullableString }))),
        errorMessage: since(8, nullableString),
        currentLeader: tagged(0, 10, struct({ leaderId: int32, leaderEpoch: int32 })),
      })),
    })),
    throttleTimeMs: since(1, int32),
    nodeEndpoints: tagged(
      0,
      10,
      array(struct({ nodeId: int32, host: string, port: int32, rack: nullableString })),
    ),
  },
});
