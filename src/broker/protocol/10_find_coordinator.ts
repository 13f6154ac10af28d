import { defineApi } from "./api.ts";
import { array, int16, int32, int8, nullableString, since, string, until } from "./fields.ts";
import { struct } from "./struct.ts";

/** FindCoordinator (10), versions 0 to 6: from 4 on several keys at once. */
export const findCoordinatorApi = defineApi({
  key: 10,
  name: "FindCoordinator",
  versions: [0, 6],
  flexibleFrom: 3,
  request: {
    key: until(3, string),
    keyType: since(1, int8),
    coordinatorKeys: since(4, array(string)),
  },
  response: {
    throttleTimeMs: since(1, int32),
    errorCode: until(3, int16),
    errorMessage: { ...since(1, nullableString), until: 3 },
    nodeId: until(3, int32),
    host: until(3, string),
    port: until(3, int32),
    coordinators: since(
      4,
      array(struct({
        key: string,
        nodeId: int32,
        host: string,
        port: int32,
        errorCode: int16,
        errorMessage: nullableString,
      })),
    ),
  },
});
