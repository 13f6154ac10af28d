import { offsetDeleteApi } from "../protocol/47_offset_delete.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { defineHandler } from "./handler.ts";
import { keep } from "./keep.ts";

/** OffsetDelete: forgets commits of topics that no member of the group reads. */
export const offsetDelete = defineHandler(offsetDeleteApi, ({ groupId, topics }, { cluster, groups }) => {
  if (!groups.ids.includes(groupId)) return { errorCode: ERROR.GROUP_ID_NOT_FOUND };
  return {
    errorCode: ERROR.NONE,
    topics: topics.map(({ name, partitions }) => {
      const isInUse = groups.find(groupId)?.isSubscribed(name) ?? false;
      const forget = ({ partitionIndex }: { readonly partitionIndex: number }) => {
        const isThere = cluster.topic(name)?.partitions[partitionIndex] !== undefined;
        const errorCode = !isThere || isInUse
          ? isInUse ? ERROR.GROUP_SUBSCRIBED_TO_TOPIC : ERROR.UNKNOWN_TOPIC_OR_PARTITION
          : keep(() => groups.forgetCommit(groupId, name, partitionIndex), ERROR.COORDINATOR_NOT_AVAILABLE);
        return { partitionIndex, errorCode };
      };
      return { name, partitions: partitions.map(forget) };
    }),
  };
});
