import { defineApi } from "./api.ts";
import { int16, int32, int64, string } from "./fields.ts";

/** AddOffsetsToTxn (25), versions 0 to 4. */
export const addOffsetsToTxnApi = defineApi({
  key: 25,
  name: "AddOffsetsToTxn",
  versions: [0, 4],
  flexibleFrom: 3,
  request: { transactionalId: string, producerId: int64, producerEpoch: int16, groupId: string },
  response: { throttleTimeMs: int32, errorCode: int16 },
});
