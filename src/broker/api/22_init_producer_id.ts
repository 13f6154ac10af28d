import { initProducerIdApi } from "../protocol/22_init_producer_id.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { defineHandler } from "./handler.ts";

/** InitProducerId: a number of its own for each idempotent producer. Left out: transactions, which are refused. */
export const initProducerId = defineHandler(
  initProducerIdApi,
  ({ transactionalId, producerId, producerEpoch }, { cluster }) => {
    if (transactionalId !== null) return { errorCode: ERROR.INVALID_REQUEST };
    // A producer that lost its place asks for the next epoch of its number.
    if (producerId >= 0 && producerEpoch >= 0 && producerEpoch < 32767) {
      return { errorCode: ERROR.NONE, producerId, producerEpoch: producerEpoch + 1 };
    }
    return { errorCode: ERROR.NONE, producerId: cluster.nextProducerId(), producerEpoch: 0 };
  },
);
