import { endTxnApi } from "../protocol/26_end_txn.ts";
import { defineHandler } from "./handler.ts";
import { spoken } from "./transaction_errors.ts";

/** EndTxn: when it is answered, the markers are in the partitions and the offsets are committed. */
export const endTxn = defineHandler(endTxnApi, (request, { transactions, version }) => {
  const { transactionalId, producerId, producerEpoch: epoch, committed } = request;
  const error = transactions.end(transactionalId, { producerId, epoch }, committed);
  return { errorCode: spoken(error, version, { since: 2 }) };
});
