import { isTinmanError } from "../../errors/mod.ts";
import { produceApi } from "../protocol/00_produce.ts";
import { findRecordProblem } from "../protocol/check_records.ts";
import { contentOf } from "../protocol/compression.ts";
import { ERROR, type ErrorNumber } from "../protocol/error_codes.ts";
import { isControl, isTransactional } from "../protocol/markers.ts";
import { isIntact, readBatch, type RecordBatch, stampBatch } from "../protocol/record_batch.ts";
import type { Topic } from "../topic.ts";
import { defineHandler, type RequestContext } from "./handler.ts";

/*
 * Produce: batches are checked (checksum, count, each record), placed and kept as they came; they are never compressed
 * anew, whatever `compression.type` says. One batch for each partition, as clients of this version send it. `acks` of 1
 * and -1 are the same: there is one broker.
 *
 * Left out: current leader and node endpoints (there is one leader).
 */
export const produce = defineHandler(produceApi, (request, context) => {
  const { acks, topics, transactionalId } = request;
  const answers = topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ index, records }) => {
      const refused = acks !== 0 && acks !== 1 && acks !== -1
        ? refuse(ERROR.INVALID_REQUIRED_ACKS, `acks is ${acks}, expected 0, 1 or -1`)
        : undefined;
      return { index, ...refused ?? append(name, index, { records, transactionalId, context }) };
    }),
  }));
  return acks === 0 ? undefined : { topics: answers };
});

interface Appended {
  readonly errorCode: ErrorNumber;
  readonly errorMessage?: string;
  readonly recordErrors?: readonly { readonly batchIndex: number; readonly message: string }[];
  readonly baseOffset: number;
  readonly logAppendTimeMs?: number;
  readonly logStartOffset?: number;
}

function append(
  name: string,
  index: number,
  { records, transactionalId, context }: {
    readonly records: Uint8Array | null;
    readonly transactionalId: string | null;
    readonly context: RequestContext;
  },
): Appended {
  const { cluster, transactions } = context;
  const topic = cluster.topic(name);
  const partition = topic?.partitions[index];
  if (topic === undefined || partition === undefined) {
    return refuse(ERROR.UNKNOWN_TOPIC_OR_PARTITION, `there is no partition ${index} of a topic ${name}`);
  }
  if (topic.readOnly !== undefined) return refuse(ERROR.TOPIC_AUTHORIZATION_FAILED, topic.readOnly);
  if (records === null || records.length === 0) return refuse(ERROR.INVALID_RECORD, "there are no records");
  const read = checked(records, topic, context.maxContentBytes);
  if ("errorCode" in read) return read;
  const stamps = topic.setting("message.timestamp.type") === "LogAppendTime";
  const logAppendTimeMs = stamps ? Number(cluster.clock.now() / 1_000_000n) : -1;
  if (stamps) stampBatch(read.bytes, logAppendTimeMs);
  const batch = stamps ? readBatch(read.bytes) : read;
  const identity = { producerId: batch.producerId, epoch: batch.producerEpoch };
  const check = () => transactions.checkProduce(transactionalId, identity, { topic: name, index });
  try {
    const { error, baseOffset } = partition.append(batch, check);
    if (error === ERROR.NONE) partition.log.wake();
    return { errorCode: error, baseOffset, logAppendTimeMs, logStartOffset: partition.log.start };
  } catch (error) {
    if (!isTinmanError(error, "WRITE_FAILED")) throw error;
    return refuse(ERROR.KAFKA_STORAGE_ERROR, error.message);
  }
}

/** The batch, if it may be put down. */
function checked(records: Uint8Array, topic: Topic, maxContentBytes: number): RecordBatch | Appended {
  try {
    const batch = readBatch(records);
    const limit = Number(topic.setting("max.message.bytes"));
    if (batch.bytes.length > limit) {
      return refuse(ERROR.MESSAGE_TOO_LARGE, `a batch of ${batch.bytes.length} bytes; max.message.bytes is ${limit}`);
    }
    if (batch.bytes.length !== records.length) return refuse(ERROR.INVALID_RECORD, "more than one batch");
    if (!isIntact(batch)) return refuse(ERROR.CORRUPT_MESSAGE, "the checksum is not that of the content");
    const problem = findProducerProblem(batch);
    if (problem !== undefined) return refuse(ERROR.INVALID_RECORD, problem);
    const bad = findRecordProblem(batch, contentOf(batch, maxContentBytes), { needsKeys: topic.isCompacted });
    if (bad === undefined) return batch;
    // Clients give the records that are not named here another error (KIP-467).
    const recordErrors = bad.records.map((batchIndex) => ({ batchIndex, message: "it has no key" }));
    return { ...refuse(ERROR.INVALID_RECORD, bad.message), recordErrors };
  } catch (error) {
    if (!isTinmanError(error, "PROTOCOL")) throw error;
    return refuse(ERROR.CORRUPT_MESSAGE, error.message);
  }
}

/** What is wrong with what a batch says of its producer, or nothing. */
function findProducerProblem(batch: RecordBatch): string | undefined {
  const { producerId, producerEpoch, baseSequence } = batch;
  if (isControl(batch)) return "clients write no control batches";
  if (producerId === -1) return isTransactional(batch) ? "a transaction has a producer" : undefined;
  const isNumbered = producerId >= 0 && producerEpoch >= 0 && baseSequence >= 0;
  return isNumbered ? undefined : `producer ${producerId} of epoch ${producerEpoch}, sequence ${baseSequence}`;
}

function refuse(errorCode: ErrorNumber, errorMessage: string): Appended {
  return { errorCode, errorMessage, baseOffset: -1 };
}
