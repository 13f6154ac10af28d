import { defineApi } from "./api.ts";
import { array, boolean, bytes, int16, int32, nullableString, since, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** JoinGroup (11), versions 0 to 9. */
export const joinGroupApi = defineApi({
  key: 11,
  name: "JoinGroup",
  versions: [0, 9],
  flexibleFrom: 6,
  request: {
    groupId: string,
    sessionTimeoutMs: int32,
    rebalanceTimeoutMs: since(1, int32, -1),
    memberId: string,
    groupInstanceId: since(5, nullableString),
    protocolType: string,
    protocols: array(struct({ name: string, metadata: bytes })),
    reason: since(8, nullableString),
  },
  response: {
    throttleTimeMs: since(2, int32),
    errorCode: int16,
    generationId: { ...int32, absent: -1 },
    protocolType: since(7, nullableString),
    protocolName: nullableString,
    leader: string,
    skipAssignment: since(9, boolean),
    memberId: string,
    members: array(struct({ memberId: string, groupInstanceId: since(5, nullableString), metadata: bytes })),
  },
});
