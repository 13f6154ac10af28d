import { fetchApi } from "../protocol/01_fetch.ts";
import type { RequestOf } from "../protocol/api.ts";
import { ERROR, type ErrorNumber } from "../protocol/error_codes.ts";
import type { Partition } from "../partition.ts";
import { defineHandler } from "./handler.ts";

/*
 * Fetch: waits until there are `minBytes` or until `maxWaitMs` is over. Whole batches, so the first may begin before the
 * offset that was asked for; the first of an answer comes whatever its size.
 *
 * Left out: sessions (KIP-227; none is ever opened, which clients take as "always ask for all"), replicas, racks.
 */
export const fetch = defineHandler(fetchApi, async (request, { cluster, version, signal, answerRoom }) => {
  if (request.sessionId !== 0) return { errorCode: ERROR.FETCH_SESSION_ID_NOT_FOUND, topics: [] };
  const wanted = request.topics.flatMap(({ topic, topicId, partitions }) => {
    const found = version >= 13 ? cluster.topicById(topicId) : cluster.topic(topic);
    return partitions.map((each): Wanted => {
      const partition = found?.partitions[each.partition];
      const unknown = version >= 13 && found === undefined ? ERROR.UNKNOWN_TOPIC_ID : ERROR.UNKNOWN_TOPIC_OR_PARTITION;
      return { topic, topicId, ...each, found: partition, unknown };
    });
  });
  const { clock } = cluster;
  const deadlineNs = clock.elapsedNs() + Math.max(0, request.maxWaitMs) * 1e6;
  for (;;) {
    const answers = readAll(wanted, { ...request, maxBytes: Math.min(request.maxBytes, answerRoom) });
    const isEnough = answers.bytes >= Math.min(request.minBytes, answerRoom) || answers.failed ||
      clock.elapsedNs() >= deadlineNs;
    if (isEnough || signal.aborted) return { topics: answers.topics };
    await somethingNew(wanted, { clock, deadlineNs, signal });
  }
});

interface Wanted {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly fetchOffset: number;
  readonly partitionMaxBytes: number;
  readonly found: Partition | undefined;
  /** What to say when it is not there. */
  readonly unknown: ErrorNumber;
}

type TopicAnswer = { topic: string; topicId: string; partitions: ReturnType<typeof readOne>[] };

function readAll(wanted: readonly Wanted[], { maxBytes, isolationLevel }: RequestOf<typeof fetchApi>) {
  const topics = new Map<string, TopicAnswer>();
  let [bytes, failed] = [0, false];
  for (const each of wanted) {
    const { topic, topicId, partitionMaxBytes } = each;
    const limit = Math.min(partitionMaxBytes, maxBytes - bytes);
    const answer = readOne(each, { maxBytes: bytes === 0 ? Math.max(limit, 1) : limit, isolationLevel });
    bytes += answer.records?.length ?? 0;
    failed ||= answer.errorCode !== ERROR.NONE;
    const of = topics.get(topicId + topic) ?? { topic, topicId, partitions: [] };
    topics.set(topicId + topic, of);
    of.partitions.push(answer);
  }
  return { topics: [...topics.values()], bytes, failed };
}

const NOTHING = new Uint8Array();
/** Isolation level: only records of transactions that were committed, and of none. */
const READ_COMMITTED = 1;

function readOne(
  { partition, found, fetchOffset, unknown }: Wanted,
  { maxBytes, isolationLevel }: { readonly maxBytes: number; readonly isolationLevel: number },
) {
  if (found === undefined) return { partition, errorCode: unknown, highWatermark: -1, records: NOTHING };
  const { log } = found;
  const ends = { highWatermark: log.next, lastStableOffset: found.stableEnd, logStartOffset: log.start };
  if (fetchOffset < log.start || fetchOffset > log.next) {
    return { partition, errorCode: ERROR.OFFSET_OUT_OF_RANGE, ...ends, highWatermark: -1, records: NOTHING };
  }
  const answer = { partition, errorCode: ERROR.NONE, ...ends };
  if (maxBytes <= 0) return { ...answer, records: NOTHING };
  if (isolationLevel !== READ_COMMITTED) return { ...answer, records: log.read(fetchOffset, maxBytes) };
  const { records, aborted } = found.readCommitted(fetchOffset, maxBytes);
  return { ...answer, records, abortedTransactions: aborted };
}

interface Waiting {
  readonly clock: { elapsedNs(): number; at(elapsedNs: number, wake: () => void): () => void };
  readonly deadlineNs: number;
  readonly signal: AbortSignal;
}

/** Resolves when records came to one of the partitions, the time is over, or the connection ends. */
function somethingNew(wanted: readonly Wanted[], { clock, deadlineNs, signal }: Waiting): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const undo of undos) undo();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const undos = [
      clock.at(deadlineNs, done),
      ...wanted.flatMap(({ found }) => found === undefined ? [] : [found.log.onAppend(done)]),
    ];
    signal.addEventListener("abort", done, { once: true });
  });
}
