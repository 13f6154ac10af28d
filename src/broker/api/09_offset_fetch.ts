import { offsetFetchApi } from "../protocol/09_offset_fetch.ts";
import { ERROR } from "../protocol/error_codes.ts";
import type { Commit } from "../group/groups.ts";
import { defineHandler, type RequestContext } from "./handler.ts";

/**
 * OffsetFetch: -1 where nothing was committed, also for a group that nobody knows (clients take an error for a failure).
 * Without topics: all that the group committed. What an open transaction may change is told only to those who do not
 * ask for what is stable (KIP-447).
 */
export const offsetFetch = defineHandler(offsetFetchApi, (request, context) => {
  if (context.version < 8) {
    return { errorCode: ERROR.NONE, topics: commitsOf(request.groupId, request, context) };
  }
  return {
    groups: request.groups.map(({ groupId, memberId, memberEpoch, topics }) => {
      // Tools do not say who they are; classic groups do not look.
      const isMember = memberId !== null && memberEpoch >= 0;
      const group = isMember ? context.groups.findConsumer(groupId) : undefined;
      const errorCode = group?.checkCommit(memberId ?? "", memberEpoch) ?? ERROR.NONE;
      const asked = { topics, requireStable: request.requireStable };
      return { groupId, topics: errorCode === ERROR.NONE ? commitsOf(groupId, asked, context) : [], errorCode };
    }),
  };
});

interface Asked {
  readonly topics: readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[] | null;
  readonly requireStable: boolean;
}

function commitsOf(
  group: string,
  { topics: asked, requireStable }: Asked,
  { groups, transactions, version }: RequestContext,
) {
  const known = groups.commits(group);
  // Before version 2 an empty list was all that could be said.
  const isAll = asked === null || version < 2 && asked.length === 0;
  const topics = isAll ? [...known].map(([name, found]) => ({ name, partitionIndexes: [...found.keys()] })) : asked;
  return topics.map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex) =>
      requireStable && transactions.isPending(group, { topic: name, index: partitionIndex })
        ? { ...describe(partitionIndex, undefined), errorCode: ERROR.UNSTABLE_OFFSET_COMMIT }
        : describe(partitionIndex, known.get(name)?.get(partitionIndex))
    ),
  }));
}

function describe(partitionIndex: number, commit: Commit | undefined) {
  return {
    partitionIndex,
    committedOffset: commit?.offset ?? -1,
    committedLeaderEpoch: commit?.leaderEpoch ?? -1,
    metadata: commit?.metadata ?? "",
    errorCode: ERROR.NONE,
  };
}
