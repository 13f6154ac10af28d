import { defineApi } from "./api.ts";
import { int16, int32, int64, nullableString, since } from "./fields.ts";

/** InitProducerId (22), versions 0 to 5. */
export const initProducerIdApi = defineApi({
  key: 22,
  name: "InitProducerId",
  versions: [0, 5],
  flexibleFrom: 2,
  request: {
    transactionalId: nullableString,
    transactionTimeoutMs: int32,
    producerId: since(3, int64, -1),
    producerEpoch: since(3, int16, -1),
  },
  response: {
    throttleTimeMs: int32,
    errorCode: int16,
    producerId: { ...int64, absent: -1 },
    producerEpoch: { ...int16, absent: -1 },
  },
});
