import { defineApi } from "./api.ts";
import { int16, int32, nullableString, since, string } from "./fields.ts";

/** Heartbeat (12), versions 0 to 4. */
export const heartbeatApi = defineApi({
  key: 12,
  name: "Heartbeat",
  versions: [0, 4],
  flexibleFrom: 4,
  request: {
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: since(3, nullableString),
  },
  response: { throttleTimeMs: since(1, int32), errorCode: int16 },
});
