import { describeTransactionsApi } from "../protocol/65_describe_transactions.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { defineHandler } from "./handler.ts";

/** DescribeTransactions: where each is, and its partitions. Groups whose offsets it commits are not listed. */
export const describeTransactions = defineHandler(
  describeTransactionsApi,
  ({ transactionalIds }, { transactions }) => ({
    transactionStates: transactionalIds.map((transactionalId) => {
      const found = transactions.find(transactionalId);
      if (found === undefined) return { errorCode: ERROR.TRANSACTIONAL_ID_NOT_FOUND, transactionalId };
      const byTopic = Map.groupBy(found.partitions.values(), ({ topic }) => topic);
      return {
        errorCode: ERROR.NONE,
        transactionalId,
        transactionState: found.state,
        transactionTimeoutMs: found.timeoutMs,
        transactionStartTimeMs: found.startedMs,
        producerId: found.producerId,
        producerEpoch: found.epoch,
        topics: [...byTopic].map(([topic, of]) => ({ topic, partitions: of.map(({ index }) => index) })),
      };
    }),
  }),
);
