import { offsetCommitApi } from "../protocol/08_offset_commit.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { defineHandler } from "./handler.ts";
import { keep } from "./keep.ts";

/** Longest text beside an offset. */
const MAX_METADATA = 4096;

/** OffsetCommit: kept until the topic or the group is deleted. Left out: retention. */
export const offsetCommit = defineHandler(offsetCommitApi, (request, { cluster, groups, version }) => {
  const { groupId, memberId, generationOrMemberEpoch: generation, groupInstanceId, topics } = request;
  const group = groups.find(groupId);
  const isSimple = generation < 0 && memberId === "";
  const refused = groupId === ""
    ? ERROR.INVALID_GROUP_ID
    : group === undefined
    ? isSimple ? ERROR.NONE : ERROR.ILLEGAL_GENERATION
    : group.type === "consumer" && !isSimple && version < 9
    ? ERROR.UNSUPPORTED_VERSION
    : group.checkCommit(memberId, generation, groupInstanceId);
  return {
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata }) => {
        const problem = refused !== ERROR.NONE
          ? refused
          : cluster.topic(name)?.partitions[partitionIndex] === undefined
          ? ERROR.UNKNOWN_TOPIC_OR_PARTITION
          : (committedMetadata?.length ?? 0) > MAX_METADATA
          ? ERROR.OFFSET_METADATA_TOO_LARGE
          : ERROR.NONE;
        if (problem !== ERROR.NONE) return { partitionIndex, errorCode: problem };
        const commit = { offset: committedOffset, leaderEpoch: committedLeaderEpoch, metadata: committedMetadata };
        const errorCode = keep(
          () => groups.commit(groupId, name, partitionIndex, commit),
          ERROR.COORDINATOR_NOT_AVAILABLE,
        );
        return { partitionIndex, errorCode };
      }),
    })),
  };
});
