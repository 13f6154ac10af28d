import { defineApi } from "./api.ts";
import { array, int16, int32, since, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** ListGroups (16), versions 0 to 5. */
export const listGroupsApi = defineApi({
  key: 16,
  name: "ListGroups",
  versions: [0, 5],
  flexibleFrom: 3,
  request: { statesFilter: since(4, array(string)), typesFilter: since(5, array(string)) },
  response: {
    throttleTimeMs: since(1, int32),
    errorCode: int16,
    groups: array(struct({
      groupId: string,
      protocolType: string,
      groupState: since(4, string),
      groupType: since(5, string),
    })),
  },
});
