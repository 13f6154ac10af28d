import { defineApi } from "./api.ts";
import { array, int16, int32, int64, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** AddPartitionsToTxn (24), versions 0 to 3. 4 and 5 carry many transactions at once, from broker to broker. */
export const addPartitionsToTxnApi = defineApi({
  key: 24,
  name: "AddPartitionsToTxn",
  versions: [0, 3],
  flexibleFrom: 3,
  request: {
    transactionalId: string,
    producerId: int64,
    producerEpoch: int16,
    topics: array(struct({ name: string, partitions: array(int32) })),
  },
  response: {
    throttleTimeMs: int32,
    results: array(struct({
      name: string,
      results: array(struct({ partitionIndex: int32, errorCode: int16 })),
    })),
  },
});
