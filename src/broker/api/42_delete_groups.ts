import { deleteGroupsApi } from "../protocol/42_delete_groups.ts";
import { ERROR, type ErrorNumber } from "../protocol/error_codes.ts";
import { defineHandler } from "./handler.ts";
import { keep } from "./keep.ts";

/** DeleteGroups: with all that they committed, when nobody is in them. */
export const deleteGroups = defineHandler(deleteGroupsApi, ({ groupsNames }, { groups }) => ({
  results: groupsNames.map((groupId) => {
    let refused: ErrorNumber = ERROR.NONE;
    const kept = keep(() => void (refused = groups.delete(groupId)), ERROR.COORDINATOR_NOT_AVAILABLE);
    return { groupId, errorCode: kept === ERROR.NONE ? refused : kept };
  }),
}));
