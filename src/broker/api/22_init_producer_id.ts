import { initProducerIdApi } from "../protocol/22_init_producer_id.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { defineHandler } from "./handler.ts";
import { kept, spoken } from "./transaction_errors.ts";

/**
 * InitProducerId: a number of its own for each idempotent producer, whatever it had before. With a transactional id the
 * number stays and the epoch goes up; an open transaction of that id is given up first, in this very request, where Kafka
 * answers CONCURRENT_TRANSACTIONS and has the client ask again.
 */
export const initProducerId = defineHandler(initProducerIdApi, (request, { cluster, transactions, version }) => {
  const { transactionalId, transactionTimeoutMs, producerId, producerEpoch } = request;
  if (transactionalId === null) {
    const id = kept(() => ({ producerId: cluster.nextProducerId() }));
    return typeof id === "number" ? { errorCode: id } : { errorCode: ERROR.NONE, ...id, producerEpoch: 0 };
  }
  if (producerId < 0 !== producerEpoch < 0) return { errorCode: ERROR.INVALID_REQUEST };
  // No producer has the number 0: @platformatic/kafka says 0 when it has none.
  const claim = producerId > 0 ? { producerId, epoch: producerEpoch } : undefined;
  const begun = kept(() => transactions.begin(transactionalId, { timeoutMs: transactionTimeoutMs, claim }));
  if (typeof begun === "number") return { errorCode: begun };
  const { error, producerId: id = -1, epoch = -1 } = begun;
  return { errorCode: spoken(error, version, { since: 4 }), producerId: id, producerEpoch: epoch };
});
