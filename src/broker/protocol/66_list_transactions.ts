import { defineApi } from "./api.ts";
import { array, int16, int32, int64, since, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** ListTransactions (66), versions 0 and 1: from 1 on by how long they have been open. */
export const listTransactionsApi = defineApi({
  key: 66,
  name: "ListTransactions",
  versions: [0, 1],
  flexibleFrom: 0,
  request: {
    stateFilters: array(string),
    producerIdFilters: array(int64),
    durationFilter: since(1, int64, -1),
  },
  response: {
    throttleTimeMs: int32,
    errorCode: int16,
    unknownStateFilters: array(string),
    transactionStates: array(struct({ transactionalId: string, producerId: int64, transactionState: string })),
  },
});
