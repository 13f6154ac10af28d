import { fetchApi } from "../protocol/01_fetch.ts";
import type { RequestOf } from "../protocol/api.ts";
import { ERROR, type ErrorNumber } from "../protocol/error_codes.ts";
import type { FetchedPartition } from "../connection/fetch_sessions.ts";
import type { Partition } from "../partition/partition.ts";
import { defineHandler } from "./handler.ts";

/*
 * Fetch: waits until there are `minBytes` or until `maxWaitMs` is over. Whole batches, so the first may begin before the
 * offset that was asked for; the first of an answer comes whatever its size.
 *
 * Left out: replicas, racks.
 */
export const fetch = defineHandler(fetchApi, async (request, context) => {
  const { cluster, version, signal, turn, fetchSessions } = context;
  const byId = version >= 13;
  const asked = fetchSessions.begin(request, byId);
  if (typeof asked === "number") return { errorCode: asked, topics: [] };
  const wanted = asked.wanted.map((of): Wanted => {
    const found = byId ? cluster.topicById(of.topicId) : cluster.topic(of.topic);
    const unknown = byId && found === undefined ? ERROR.UNKNOWN_TOPIC_ID : ERROR.UNKNOWN_TOPIC_OR_PARTITION;
    return { of, found: found?.partitions[of.partition], unknown };
  });
  const { clock } = cluster;
  const deadlineNs = clock.elapsedNs() + Math.max(0, request.maxWaitMs) * 1e6;
  for (;;) {
    const { answerRoom } = turn;
    const { answers, bytes, failed } = readAll(wanted, {
      ...request,
      maxBytes: Math.min(request.maxBytes, answerRoom),
    });
    turn.holds(bytes);
    const isEnough = bytes >= Math.min(request.minBytes, answerRoom) || failed || wanted.length === 0 ||
      clock.elapsedNs() >= deadlineNs;
    if (isEnough || signal.aborted) {
      const told = asked.finish(answers);
      if (typeof told === "number") return { errorCode: told, topics: [] };
      return { sessionId: told.sessionId, topics: byTopic(told.answers) };
    }
    await somethingNew(wanted, { clock, deadlineNs, signal });
  }
});

interface Wanted {
  readonly of: FetchedPartition;
  readonly found: Partition | undefined;
  /** What to say when it is not there. */
  readonly unknown: ErrorNumber;
}

interface Answer {
  readonly of: FetchedPartition;
  readonly answer: ReturnType<typeof readOne>;
}

function readAll(wanted: readonly Wanted[], { maxBytes, isolationLevel }: RequestOf<typeof fetchApi>) {
  const answers: Answer[] = [];
  let [bytes, failed] = [0, false];
  for (const each of wanted) {
    const limit = Math.min(each.of.partitionMaxBytes, maxBytes - bytes);
    const answer = readOne(each, { maxBytes: bytes === 0 ? Math.max(limit, 1) : limit, isolationLevel });
    bytes += answer.records.length;
    failed ||= answer.errorCode !== ERROR.NONE;
    answers.push({ of: each.of, answer });
  }
  return { answers, bytes, failed };
}

function byTopic(answers: readonly Answer[]) {
  const topics = Map.groupBy(answers, ({ of }) => of.topicId + of.topic);
  return [...topics.values()].map((answers) => {
    const { topic, topicId } = answers[0]!.of;
    return { topic, topicId, partitions: answers.map(({ answer }) => answer) };
  });
}

const NOTHING = new Uint8Array();
/** Isolation level: only records of transactions that were committed, and of none. */
const READ_COMMITTED = 1;

function readOne(
  { of: { partition, fetchOffset }, found, unknown }: Wanted,
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
