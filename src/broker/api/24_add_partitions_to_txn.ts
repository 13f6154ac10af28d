import type { Cluster } from "../cluster.ts";
import { addPartitionsToTxnApi } from "../protocol/24_add_partitions_to_txn.ts";
import { ERROR, type ErrorNumber } from "../protocol/error_codes.ts";
import { defineHandler } from "./handler.ts";
import { kept, spoken } from "./transaction_errors.ts";

/** AddPartitionsToTxn: all partitions or none. */
export const addPartitionsToTxn = defineHandler(addPartitionsToTxnApi, (request, context) => {
  const { cluster, transactions, version } = context;
  const { transactionalId, producerId, producerEpoch: epoch, topics } = request;
  const asked = topics.flatMap(({ name, partitions }) =>
    partitions.map((index) => ({ topic: name, index, refused: refuse(cluster, name, index) }))
  );
  const error = asked.every(({ refused }) => refused === ERROR.NONE)
    ? kept(() => transactions.addPartitions(transactionalId, { producerId, epoch }, asked))
    : ERROR.OPERATION_NOT_ATTEMPTED;
  const byTopic = Map.groupBy(asked, ({ topic }) => topic);
  return {
    results: [...byTopic].map(([name, of]) => ({
      name,
      results: of.map(({ index, refused }) => ({
        partitionIndex: index,
        errorCode: refused === ERROR.NONE ? spoken(error, version, { since: 2 }) : refused,
      })),
    })),
  };
});

function refuse(cluster: Cluster, name: string, index: number): ErrorNumber {
  const topic = cluster.topic(name);
  if (topic?.partitions[index] === undefined) return ERROR.UNKNOWN_TOPIC_OR_PARTITION;
  return topic.readOnly === undefined ? ERROR.NONE : ERROR.TOPIC_AUTHORIZATION_FAILED;
}
