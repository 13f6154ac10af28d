import { defineApi } from "./api.ts";
import { array, int16, int32, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** DeleteGroups (42), versions 0 to 2. */
export const deleteGroupsApi = defineApi({
  key: 42,
  name: "DeleteGroups",
  versions: [0, 2],
  flexibleFrom: 2,
  request: { groupsNames: array(string) },
  response: { throttleTimeMs: int32, results: array(struct({ groupId: string, errorCode: int16 })) },
});
