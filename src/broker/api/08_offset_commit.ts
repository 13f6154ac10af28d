import { offsetCommitApi } from "../protocol/08_offset_commit.ts";
import { ERROR, type ErrorNumber } from "../protocol/error_codes.ts";
import type { ConsumerGroup } from "../group/consumer_group.ts";
import type { Group } from "../group/group.ts";
import { defineHandler } from "./handler.ts";
import { keep } from "./keep.ts";

/** Longest text beside an offset. */
const MAX_METADATA = 4096;

/** OffsetCommit: kept until the topic or the group is deleted. Left out: retention. */
export const offsetCommit = defineHandler(offsetCommitApi, (request, { cluster, groups, version }) => {
  const { groupId, memberId, generationOrMemberEpoch: generation, groupInstanceId, topics } = request;
  const who = { memberId, generation, groupInstanceId, version };
  const refused = groupId === "" ? ERROR.INVALID_GROUP_ID : refuse(groups.find(groupId), who);
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

interface Committer {
  readonly memberId: string;
  readonly generation: number;
  readonly groupInstanceId: string | null;
  readonly version: number;
}

/** Why somebody may not commit for a group. */
function refuse(
  group: Group | ConsumerGroup | undefined,
  { memberId, generation, groupInstanceId, version }: Committer,
): ErrorNumber {
  // Members of a group that is not there were in it before a restart: this has them join again. Kafka, which knows its
  // members after one, says GROUP_ID_NOT_FOUND from version 9 on, which clients do not expect.
  if (group === undefined) return generation < 0 ? ERROR.NONE : ERROR.ILLEGAL_GENERATION;
  const found = group.checkCommit(memberId, generation, groupInstanceId);
  const isMember = group.state !== "Empty" && (found === ERROR.NONE || found === ERROR.STALE_MEMBER_EPOCH);
  return group.type === "consumer" && isMember && version < 9 ? ERROR.UNSUPPORTED_VERSION : found;
}
