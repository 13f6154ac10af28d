import type { RequestOf } from "../protocol/api.ts";
import { txnOffsetCommitApi } from "../protocol/28_txn_offset_commit.ts";
import { ERROR, type ErrorNumber } from "../protocol/error_codes.ts";
import type { PendingCommit } from "../transaction/transactional_producer.ts";
import { defineHandler, type RequestContext } from "./handler.ts";
import { kept } from "./transaction_errors.ts";

/** Longest text beside an offset. */
const MAX_METADATA = 4096;

type Request = RequestOf<typeof txnOffsetCommitApi>;
type AskedPartition = Request["topics"][number]["partitions"][number];

/** TxnOffsetCommit: offsets that count when the transaction commits. The group was named by AddOffsetsToTxn. */
export const txnOffsetCommit = defineHandler(txnOffsetCommitApi, (request, context) => {
  const { transactions } = context;
  const { transactionalId, groupId, topics } = request;
  const refused = refuse(request, context);
  const asked = topics.flatMap(({ name, partitions }) =>
    partitions.map((partition) => ({
      name,
      partition,
      error: refused !== ERROR.NONE ? refused : refusePartition(name, partition, context),
    }))
  );
  const pending = asked.filter(({ error }) => error === ERROR.NONE).map(({ name, partition }) =>
    pendingOf(name, partition)
  );
  const failed = pending.length === 0 ? ERROR.NONE : kept(() => {
    transactions.commit(transactionalId, groupId, pending);
    return ERROR.NONE;
  });
  const byTopic = Map.groupBy(asked, ({ name }) => name);
  return {
    topics: [...byTopic].map(([name, of]) => ({
      name,
      partitions: of.map(({ partition: { partitionIndex }, error }) => ({
        partitionIndex,
        errorCode: error === ERROR.NONE ? failed : error,
      })),
    })),
  };
});

function refuse(request: Request, { groups, transactions }: RequestContext): ErrorNumber {
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
  // Members of groups of KIP-848 know no other word for it here.
  if (found === ERROR.STALE_MEMBER_EPOCH) return ERROR.ILLEGAL_GENERATION;
  return found === ERROR.REBALANCE_IN_PROGRESS ? ERROR.NONE : found;
}

function refusePartition(
  name: string,
  { partitionIndex, committedMetadata }: AskedPartition,
  { cluster }: RequestContext,
): ErrorNumber {
  if (cluster.topic(name)?.partitions[partitionIndex] === undefined) return ERROR.UNKNOWN_TOPIC_OR_PARTITION;
  return (committedMetadata?.length ?? 0) > MAX_METADATA ? ERROR.OFFSET_METADATA_TOO_LARGE : ERROR.NONE;
}

function pendingOf(topic: string, partition: AskedPartition): PendingCommit {
  const { partitionIndex: index, committedOffset: offset, committedLeaderEpoch, committedMetadata } = partition;
  return { topic, index, offset, leaderEpoch: committedLeaderEpoch, metadata: committedMetadata };
}
