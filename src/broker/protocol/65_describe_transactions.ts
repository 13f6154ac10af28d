import { defineApi } from "./api.ts";
import { array, int16, int32, int64, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** DescribeTransactions (65), version 0. */
export const describeTransactionsApi = defineApi({
  key: 65,
  name: "DescribeTransactions",
  versions: [0, 0],
  flexibleFrom: 0,
  request: { transactionalIds: array(string) },
  response: {
    throttleTimeMs: int32,
    transactionStates: array(struct({
      errorCode: int16,
      transactionalId: string,
      transactionState: string,
      transactionTimeoutMs: int32,
      transactionStartTimeMs: int64,
      producerId: int64,
      producerEpoch: int16,
      topics: array(struct({ topic: string, partitions: array(int32) })),
    })),
  },
});
