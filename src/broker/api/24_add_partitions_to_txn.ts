import { addPartitionsToTxnApi } from "../protocol/24_add_partitions_to_txn.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { defineHandler } from "./handler.ts";
import { kept, spoken } from "./transaction_errors.ts";

/** AddPartitionsToTxn: all partitions or none. */
export const addPartitionsToTxn = defineHandler(addPartitionsToTxnApi, (request, context) => {
  const { cluster, transactions, version } = context;
  const { transactionalId, producerId, producerEpoch: epoch, topics } = request;
  const asked = topics.flatMap(({ name, partitions }) => partitions.map((index) => ({ topic: name, index })));
  const isThere = (topic: string, index: number) => cluster.topic(topic)?.partitions[index] !== undefined;
  const areThere = asked.every(({ topic, index }) => isThere(topic, index));
  const error = areThere
    ? kept(() => transactions.addPartitions(transactionalId, { producerId, epoch }, asked))
    : ERROR.OPERATION_NOT_ATTEMPTED;
  return {
    results: topics.map(({ name, partitions }) => ({
      name,
      results: partitions.map((partitionIndex) => ({
        partitionIndex,
        errorCode: isThere(name, partitionIndex)
          ? spoken(error, version, { since: 2 })
          : ERROR.UNKNOWN_TOPIC_OR_PARTITION,
      })),
    })),
  };
});
