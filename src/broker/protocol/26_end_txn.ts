import { defineApi } from "./api.ts";
import { boolean, int16, int32, int64, string } from "./fields.ts";

/** EndTxn (26), versions 0 to 4. 5 is for transactions without AddPartitionsToTxn (KIP-890). */
export const endTxnApi = defineApi({
  key: 26,
  name: "EndTxn",
  versions: [0, 4],
  flexibleFrom: 3,
  request: { transactionalId: string, producerId: int64, producerEpoch: int16, committed: boolean },
  response: { throttleTimeMs: int32, errorCode: int16 },
});
