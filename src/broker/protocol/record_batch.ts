import { crc32c } from "../../bytes/mod.ts";
import { protocolError } from "./protocol_error.ts";

/**
 * A batch of records of format 2 lies like this; all numbers are big-endian, and the checksum (CRC-32C) is of all that
 * stands behind it:
 *
 * ```text
 *  0 int64  base offset          27 int64 base timestamp (ms)
 *  8 int32  length of the rest   35 int64 max timestamp (ms)
 * 12 int32  leader epoch         43 int64 producer id
 * 16 int8   format: 2            51 int16 producer epoch
 * 17 uint32 checksum             53 int32 base sequence
 * 21 int16  attributes           57 int32 number of records
 * 23 int32  last offset delta    61 records, compressed as one where the attributes say so
 * ```
 *
 * Source: https://kafka.apache.org/documentation/#recordbatch
 */
export interface RecordBatch {
  /** All of it. */
  readonly bytes: Uint8Array;
  readonly baseOffset: number;
  readonly attributes: number;
  readonly lastOffsetDelta: number;
  readonly baseTimestampMs: number;
  readonly maxTimestampMs: number;
  /** -1: of no idempotent producer. */
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly count: number;
}

/** Bytes before the first record. */
export const BATCH_HEADER = 61;

/** Bits of the attributes. */
export const ATTRIBUTES = { compression: 0x07, logAppendTime: 0x08, transactional: 0x10, control: 0x20 } as const;

/** The names of compressions, by their number in the attributes. */
export const COMPRESSIONS = ["none", "gzip", "snappy", "lz4", "zstd"] as const;

/** Reads the head of the batch that begins at `at`. @throws {TinmanError} `PROTOCOL` when there is none. */
export function readBatch(bytes: Uint8Array, at = 0): RecordBatch {
  const left = bytes.length - at;
  if (left < BATCH_HEADER) throw protocolError(`a batch of records in ${left} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, left);
  const length = view.getInt32(8) + 12;
  const magic = view.getInt8(16);
  if (magic !== 2) throw protocolError(`records of format ${magic}, expected 2`);
  if (length < BATCH_HEADER || length > left) throw protocolError(`a batch of ${length} bytes in ${left}`);
  const int64 = (offset: number) => view.getInt32(offset) * 2 ** 32 + view.getUint32(offset + 4);
  return {
    bytes: bytes.subarray(at, at + length),
    baseOffset: int64(0),
    attributes: view.getInt16(21),
    lastOffsetDelta: view.getInt32(23),
    baseTimestampMs: int64(27),
    maxTimestampMs: int64(35),
    producerId: int64(43),
    producerEpoch: view.getInt16(51),
    baseSequence: view.getInt32(53),
    count: view.getInt32(57),
  };
}

/** All batches of a run of bytes. @throws {TinmanError} `PROTOCOL` */
export function* readBatches(bytes: Uint8Array): Generator<RecordBatch, void> {
  for (let at = 0; at < bytes.length;) {
    const batch = readBatch(bytes, at);
    yield batch;
    at += batch.bytes.length;
  }
}

/** Whether the checksum is that of the content. */
export function isIntact({ bytes }: RecordBatch): boolean {
  return viewOf(bytes).getUint32(17) === crc32c(bytes.subarray(21));
}

/** Gives a batch its place: written into its bytes, which the checksum leaves out. */
export function placeBatch(bytes: Uint8Array, baseOffset: number, leaderEpoch = 0): void {
  const view = viewOf(bytes);
  const high = Math.floor(baseOffset / 2 ** 32);
  view.setInt32(0, high);
  view.setUint32(4, baseOffset - high * 2 ** 32);
  view.setInt32(12, leaderEpoch);
}

/** Stamps a batch with the time at which it is taken in, as `message.timestamp.type=LogAppendTime` wants it. */
export function stampBatch(bytes: Uint8Array, timestampMs: number): void {
  const view = viewOf(bytes);
  view.setInt16(21, view.getInt16(21) | ATTRIBUTES.logAppendTime);
  view.setBigInt64(35, BigInt(timestampMs));
  view.setUint32(17, crc32c(bytes.subarray(21)));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
