import { addOffsetsToTxnApi } from "../protocol/25_add_offsets_to_txn.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { defineHandler } from "./handler.ts";
import { kept, spoken } from "./transaction_errors.ts";

/** AddOffsetsToTxn: the offsets of this group will be committed by the transaction. */
export const addOffsetsToTxn = defineHandler(addOffsetsToTxnApi, (request, { transactions, version }) => {
  const { transactionalId, producerId, producerEpoch: epoch, groupId } = request;
  if (groupId === "") return { errorCode: ERROR.INVALID_GROUP_ID };
  const error = kept(() => transactions.addGroup(transactionalId, { producerId, epoch }, groupId));
  return { errorCode: spoken(error, version, { since: 2 }) };
});
