import { readRecords, writeBatch } from "./records.ts";
import { ATTRIBUTES, BATCH_HEADER, type RecordBatch } from "./record_batch.ts";

/** How a transaction ended in a partition. */
export interface Marker {
  readonly producerId: number;
  /** The producer's, or a later one that shuts it out. */
  readonly epoch: number;
  readonly isCommit: boolean;
}

/** The types of control records. Others say nothing of transactions. */
const [ABORT, COMMIT] = [0, 1];

/**
 * The batch that ends a transaction in a partition: one record whose key and value lie like this, big-endian.
 *
 * ```text
 * key:   int16 version: 0 ‖ int16 type: 0 abort, 1 commit
 * value: int16 version: 0 ‖ int32 epoch of the coordinator: 0
 * ```
 *
 * Source: https://kafka.apache.org/documentation/#controlbatch
 */
export function writeMarker({ producerId, epoch, isCommit }: Marker, timestampMs: number): Uint8Array {
  const key = Uint8Array.of(0, 0, 0, isCommit ? COMMIT : ABORT);
  const record = { key, value: new Uint8Array(6), headers: [], timestampMs };
  const producer = { id: producerId, epoch, sequence: -1 };
  return writeBatch([record], { producer, transactional: true, control: true });
}

/** What a control batch says; nothing when it is about something else. @throws {TinmanError} `PROTOCOL` */
export function readMarker(batch: RecordBatch): Marker | undefined {
  const [record] = readRecords(batch, batch.bytes.subarray(BATCH_HEADER));
  const type = record?.key?.[3];
  if (type !== ABORT && type !== COMMIT) return undefined;
  return { producerId: batch.producerId, epoch: batch.producerEpoch, isCommit: type === COMMIT };
}

/** Whether a batch carries no data. */
export function isControl({ attributes }: RecordBatch): boolean {
  return (attributes & ATTRIBUTES.control) !== 0;
}

/** Whether a batch is part of a transaction. */
export function isTransactional({ attributes }: RecordBatch): boolean {
  return (attributes & ATTRIBUTES.transactional) !== 0;
}
