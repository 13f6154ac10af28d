import { deleteGroupsApi } from "../protocol/42_delete_groups.ts";
import { defineHandler } from "./handler.ts";

/** DeleteGroups: with all that they committed, when nobody is in them. */
export const deleteGroups = defineHandler(deleteGroupsApi, ({ groupsNames }, { groups }) => ({
  results: groupsNames.map((groupId) => ({ groupId, errorCode: groups.delete(groupId) })),
}));
