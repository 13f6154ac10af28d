import { listGroupsApi } from "../protocol/16_list_groups.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { defineHandler } from "./handler.ts";

/** ListGroups: groups with members or commits, of both protocols. */
export const listGroups = defineHandler(listGroupsApi, ({ statesFilter, typesFilter }, { groups }) => {
  const isWanted = (filter: readonly string[], value: string) =>
    filter.length === 0 || filter.some((each) => each.toLowerCase() === value.toLowerCase());
  const all = groups.ids.map((groupId) => ({
    groupId,
    protocolType: groups.find(groupId)?.protocolType ?? "",
    groupState: groups.find(groupId)?.state ?? "Empty",
    groupType: groups.find(groupId)?.type ?? "classic",
  }));
  const wanted = ({ groupState, groupType }: typeof all[number]) =>
    isWanted(statesFilter, groupState) && isWanted(typesFilter, groupType);
  return { errorCode: ERROR.NONE, groups: all.filter(wanted) };
});
