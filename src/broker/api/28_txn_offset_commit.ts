import { txnOffsetCommitApi } from "../protocol/28_txn_offset_commit.ts";
import { ERROR, type ErrorNumber } from "../protocol/error_codes.ts";
import type { RequestOf } from "../protocol/api.ts";
import { defineHandler, type RequestContext } from "./handler.ts";

/** Longest text beside an offset. */
const MAX_METADATA = 4096;

/** TxnOffsetCommit: offsets that count when the transaction commits. The group was named by AddOffsetsToTxn. */
export const txnOffsetCommit = defineHandler(txnOffsetCommitApi, (request, context) => {
  const { cluster, transactions } = context;
  const { transactionalId, groupId, topics } = request;
  const refused = refuse(request, context);
  return {
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata }) => {
        const errorCode = refused !== ERROR.NONE
          ? refused
          : cluster.topic(name)?.partitions[partitionIndex] === undefined
          ? ERROR.UNKNOWN_TOPIC_OR_PARTITION
          : (committedMetadata?.length ?? 0) > MAX_METADATA
          ? ERROR.OFFSET_METADATA_TOO_LARGE
          : ERROR.NONE;
        if (errorCode === ERROR.NONE) {
          const commit = { offset: committedOffset, leaderEpoch: committedLeaderEpoch, metadata: committedMetadata };
          transactions.commit(transactionalId, groupId, { topic: name, index: partitionIndex }, commit);
        }
        return { partitionIndex, errorCode };
      }),
    })),
  };
});

function refuse(request: RequestOf<typeof txnOffsetCommitApi>, { groups, transactions }: RequestContext): ErrorNumber {
  const { transactionalId, groupId, producerId, producerEpoch: epoch, generationId, memberId, groupInstanceId } =
    request;
  if (groupId === "") return ERROR.INVALID_GROUP_ID;
  const refused = transactions.checkGroup(transactionalId, { producerId, epoch }, groupId);
  // Before version 3 it does not say who it is; the transaction alone is what counts then.
  const isMember = generationId >= 0 || memberId !== "" || groupInstanceId !== null;
  if (refused !== ERROR.NONE || !isMember) return refused;
  const group = groups.find(groupId);
  if (group === undefined) return ERROR.ILLEGAL_GENERATION;
  const found = group.checkCommit(memberId, generationId, groupInstanceId);
  return found === ERROR.REBALANCE_IN_PROGRESS ? ERROR.NONE : found;
}
