import { listTransactionsApi } from "../protocol/66_list_transactions.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { defineHandler } from "./handler.ts";

/** Where a transaction may be, as Kafka names it; the last two are never seen here. */
const STATES: readonly string[] = [
  "Empty",
  "Ongoing",
  "PrepareCommit",
  "PrepareAbort",
  "CompleteCommit",
  "CompleteAbort",
  "PrepareEpochFence",
  "Dead",
];

/** ListTransactions: by state, by producer, by how long they have been open. */
export const listTransactions = defineHandler(listTransactionsApi, (request, { cluster, transactions }) => {
  const { stateFilters, producerIdFilters, durationFilter } = request;
  const nowMs = Number(cluster.clock.now() / 1_000_000n);
  const states = stateFilters.filter((state) => STATES.includes(state));
  const found = [...transactions.all].filter(({ state, producerId, startedMs }) =>
    (stateFilters.length === 0 || states.includes(state)) &&
    (producerIdFilters.length === 0 || producerIdFilters.includes(producerId)) &&
    (durationFilter < 0 || startedMs >= 0 && nowMs - startedMs > durationFilter)
  );
  return {
    errorCode: ERROR.NONE,
    unknownStateFilters: stateFilters.filter((state) => !STATES.includes(state)),
    transactionStates: found.map(({ id, producerId, state }) => ({
      transactionalId: id,
      producerId,
      transactionState: state,
    })),
  };
});
