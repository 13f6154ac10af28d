import type { KafkaConnection } from "./kafka_connection.ts";
import { brokerError } from "./kafka_errors.ts";
import { fetchApi } from "../protocol/01_fetch.ts";
import { contentOf } from "../protocol/compression.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { ATTRIBUTES, BATCH_HEADER, readBatch, type RecordBatch } from "../protocol/record_batch.ts";
import { readRecords } from "../protocol/records.ts";
import { type QueueRecord, recordBytes } from "../queue.ts";

/** What to fetch. */
export interface FetchWanted {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** How long the broker may wait for the first record. */
  readonly waitMs: number;
}

/** Topics are asked for by name up to this version. */
const LAST_BY_NAME = 12;
/** Longest content of one compressed batch that is read. */
const MAX_CONTENT = 256 * 2 ** 20;

/** What was fetched. */
export interface Fetched {
  readonly records: readonly QueueRecord[];
  /** Behind all that came. There may be no records before it: those of transactions that were given up are left out. */
  readonly next: number;
}

/** Records of one partition from its leader. */
export async function fetchRecords(
  connection: KafkaConnection,
  wanted: FetchWanted,
): Promise<Fetched | "out of range"> {
  const { topic, partition, offset, maxBytes, waitMs } = wanted;
  const version = connection.versionOf({ ...fetchApi, max: LAST_BY_NAME });
  const partitions = [{ partition, fetchOffset: offset, partitionMaxBytes: maxBytes }];
  const answer = await connection.ask(fetchApi, {
    maxWaitMs: waitMs,
    minBytes: 1,
    maxBytes,
    isolationLevel: 1,
    topics: [{ topic, partitions }],
  }, version);
  const found = answer.topics[0]?.partitions[0];
  const errorCode = answer.errorCode || (found?.errorCode ?? ERROR.NONE);
  if (errorCode === ERROR.OFFSET_OUT_OF_RANGE) return "out of range";
  if (errorCode !== ERROR.NONE) throw brokerError(errorCode, `fetch from ${topic}/${partition}`);
  const aborted = new AbortedRanges(found?.abortedTransactions ?? []);
  const batches = [...wholeBatches(found?.records ?? NOTHING)];
  const last = batches.at(-1);
  const next = last === undefined ? offset : Math.max(offset, last.baseOffset + last.lastOffsetDelta + 1);
  return { records: [...take(recordsOf(batches, offset, aborted), wanted)], next };
}

const NOTHING = new Uint8Array();

/** As many records as were asked for: one at least, whatever its size. */
function* take(records: Iterable<QueueRecord>, { maxRecords, maxBytes }: FetchWanted): Generator<QueueRecord, void> {
  let [count, bytes] = [0, 0];
  for (const record of records) {
    bytes += recordBytes(record);
    if (count >= maxRecords || bytes > maxBytes && count > 0) return;
    count++;
    yield record;
  }
}

/** What is cut off at the end is left for the next fetch. */
function* wholeBatches(bytes: Uint8Array): Generator<RecordBatch, void> {
  for (let at = 0; at + BATCH_HEADER <= bytes.length;) {
    const length = new DataView(bytes.buffer, bytes.byteOffset + at).getInt32(8) + 12;
    if (at + length > bytes.length) return;
    yield readBatch(bytes, at);
    at += length;
  }
}

/** The records that are to be seen. */
function* recordsOf(
  batches: readonly RecordBatch[],
  from: number,
  aborted: AbortedRanges,
): Generator<QueueRecord, void> {
  for (const batch of batches) {
    const isControl = (batch.attributes & ATTRIBUTES.control) !== 0;
    if (isControl) aborted.ended(batch.producerId, batch.baseOffset);
    else if (!aborted.has(batch.producerId, batch.baseOffset, batch.attributes)) {
      for (const record of readRecords(batch, contentOf(batch, MAX_CONTENT))) if (record.offset >= from) yield record;
    }
  }
}

/** Which batches belong to transactions that were given up. */
class AbortedRanges {
  readonly #first = new Map<number, number[]>();

  constructor(aborted: readonly { readonly producerId: number; readonly firstOffset: number }[]) {
    for (const { producerId, firstOffset } of aborted) {
      const starts = this.#first.get(producerId) ?? [];
      this.#first.set(producerId, starts);
      starts.push(firstOffset);
    }
  }

  has(producerId: number, offset: number, attributes: number): boolean {
    const start = this.#first.get(producerId)?.[0];
    return (attributes & ATTRIBUTES.transactional) !== 0 && start !== undefined && offset >= start;
  }

  /** A transaction of a producer ends here. If it is one that was given up, the next begins behind it. */
  ended(producerId: number, offset: number): void {
    const starts = this.#first.get(producerId);
    if (starts?.[0] !== undefined && starts[0] <= offset) starts.shift();
  }
}
