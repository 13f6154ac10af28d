import type { Commit } from "../group/groups.ts";

/** Who a producer is: a restart, or being shut out, makes the epoch one higher. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly epoch: number;
}

/** Where a transactional producer is: nothing begun; at work; markers are not in all partitions yet; ended. */
export type TransactionState =
  | "Empty"
  | "Ongoing"
  | "PrepareCommit"
  | "PrepareAbort"
  | "CompleteCommit"
  | "CompleteAbort";

/** A partition in a transaction. */
export interface TransactionPartition {
  readonly topic: string;
  readonly index: number;
}

/** An offset that a transaction commits for a group. */
export interface PendingCommit extends Commit, TransactionPartition {}

/** What is known of a transactional id. */
export interface TransactionalProducer {
  readonly id: string;
  producerId: number;
  /** -1: it has none yet. */
  epoch: number;
  /** Who it was when it asked for what it is now: it may ask again when the answer was lost. */
  before: ProducerIdentity | undefined;
  state: TransactionState;
  timeoutMs: number;
  /** When its transaction began, in milliseconds since 1970; -1: there is none. */
  startedMs: number;
  /** Partitions that wait for a marker, by `topic/index`. */
  readonly partitions: Map<string, TransactionPartition>;
  /** Offsets that count when the transaction commits, by group and `topic/index`. */
  readonly commits: Map<string, Map<string, PendingCommit>>;
  /** Takes back the end that comes with time, or the next try. */
  stopTimer: () => void;
}

/** Epochs end here; the last one only ever shuts a producer out. */
const MAX_EPOCH = 32_767;

/** One without a transaction, and without an epoch yet. */
export function createProducer(id: string, producerId: number): TransactionalProducer {
  return {
    id,
    producerId,
    epoch: -1,
    before: undefined,
    state: "Empty",
    timeoutMs: 0,
    startedMs: -1,
    partitions: new Map(),
    commits: new Map(),
    stopTimer: () => {},
  };
}

/** What is kept of a transactional id: JSON can hold it. */
export interface KeptProducer
  extends Pick<TransactionalProducer, "producerId" | "epoch" | "state" | "timeoutMs" | "startedMs"> {
  readonly before?: ProducerIdentity;
  readonly partitions: readonly TransactionPartition[];
  readonly commits: readonly (readonly [group: string, readonly PendingCommit[]])[];
}

/** What is kept of it. */
export function keptOf({ id: _id, stopTimer: _stop, before, ...producer }: TransactionalProducer): KeptProducer {
  return {
    ...producer,
    ...(before !== undefined && { before }),
    partitions: [...producer.partitions.values()],
    commits: [...producer.commits].map(([group, commits]) => [group, [...commits.values()]]),
  };
}

/** What was kept, as it was. */
export function restoreProducer(id: string, { partitions, commits, ...kept }: KeptProducer): TransactionalProducer {
  const byPlace = <T extends TransactionPartition>(all: readonly T[]) =>
    new Map(all.map((each) => [placeOf(each), each]));
  return {
    ...createProducer(id, kept.producerId),
    ...kept,
    partitions: byPlace(partitions),
    commits: new Map(commits.map(([group, of]) => [group, byPlace(of)])),
  };
}

/** `topic/index`: a topic has no slash in its name. */
export function placeOf({ topic, index }: TransactionPartition): string {
  return `${topic}/${index}`;
}

/** Gives a producer the next epoch, or another number when there is none left. `claim`: who it was, if it said so. */
export function advance(
  producer: TransactionalProducer,
  claim: ProducerIdentity | undefined,
  newProducerId: () => number,
): void {
  if (producer.epoch >= MAX_EPOCH - 1) [producer.producerId, producer.epoch] = [newProducerId(), 0];
  else producer.epoch++;
  producer.before = claim;
}

/** Shuts out whoever works as this producer now. */
export function fence(producer: TransactionalProducer): void {
  producer.epoch = Math.min(producer.epoch + 1, MAX_EPOCH);
  producer.before = undefined;
}

/** Whether two are the same. */
export function isSame(a: ProducerIdentity | undefined, b: ProducerIdentity | undefined): boolean {
  return a !== undefined && b !== undefined && a.producerId === b.producerId && a.epoch === b.epoch;
}

/** Whether the markers of a transaction that was decided are still to be put down. */
export function isEnding({ state }: Pick<TransactionalProducer, "state">): boolean {
  return state === "PrepareCommit" || state === "PrepareAbort";
}
