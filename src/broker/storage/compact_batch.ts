import { gzipSync } from "node:zlib";
import { crc32c } from "../../bytes/mod.ts";
import { contentOf } from "../protocol/compression.ts";
import { ATTRIBUTES, BATCH_HEADER, COMPRESSIONS, type RecordBatch } from "../protocol/record_batch.ts";
import { WireReader } from "../protocol/wire_reader.ts";
import { WireWriter } from "../protocol/wire_writer.ts";

/** Bit of the attributes: the base timestamp is the time from which on tombstones may go. Source: KIP-534. */
const DELETE_HORIZON = 0x40;

/** Longest content of a batch. What is longer was never taken in. */
const MAX_CONTENT = 2 ** 28;

/** What compaction looks at of a record. */
export interface KeyedRecord {
  readonly offset: number;
  /** Its key in hexadecimal, or `null` where it has none. */
  readonly key: string | null;
  readonly isTombstone: boolean;
}

interface RawRecord extends KeyedRecord {
  readonly timestampMs: number;
  /** Behind its length: attributes, difference of time, and the rest. */
  readonly attributes: number;
  readonly rest: Uint8Array;
}

/** The keys of a batch. @throws {TinmanError} `PROTOCOL` */
export function readKeys(batch: RecordBatch): Iterable<KeyedRecord> {
  return readRaw(batch);
}

/** The time from which on the tombstones of a batch may go; nothing when that is not said yet. */
export function deleteHorizonOf({ attributes, baseTimestampMs }: RecordBatch): number | undefined {
  return attributes & DELETE_HORIZON ? baseTimestampMs : undefined;
}

/**
 * The batch with only those records for which `isKept` says so, in their places; nothing when there is none, and the very
 * same bytes when nothing changes. A batch that keeps tombstones and says no time for them gets `horizonMs`. What was
 * compressed is compressed with gzip.
 *
 * @throws {TinmanError} `PROTOCOL`
 */
export function rewriteBatch(batch: RecordBatch, { isKept, horizonMs }: {
  readonly isKept: (record: KeyedRecord) => boolean;
  readonly horizonMs: number;
}): Uint8Array | undefined {
  const all = [...readRaw(batch)];
  const kept = all.filter(isKept);
  if (kept.length === 0) return undefined;
  const needsHorizon = kept.some(({ isTombstone }) => isTombstone) && deleteHorizonOf(batch) === undefined;
  if (kept.length === all.length && !needsHorizon) return batch.bytes;
  const baseMs = needsHorizon ? horizonMs : batch.baseTimestampMs;
  const content = writeRaw(kept, baseMs);
  const isCompressed = COMPRESSIONS[batch.attributes & ATTRIBUTES.compression] !== "none";
  const body = isCompressed ? gzipSync(content) : content;
  const bytes = new Uint8Array(BATCH_HEADER + body.length);
  bytes.set(batch.bytes.subarray(0, BATCH_HEADER));
  bytes.set(body, BATCH_HEADER);
  const view = new DataView(bytes.buffer);
  const compression = isCompressed ? COMPRESSIONS.indexOf("gzip") : 0;
  const isAppendTime = (batch.attributes & ATTRIBUTES.logAppendTime) !== 0;
  const maxMs = isAppendTime ? batch.maxTimestampMs : kept.reduce((max, each) => Math.max(max, each.timestampMs), 0);
  view.setInt32(8, bytes.length - 12);
  view.setInt16(21, batch.attributes & ~ATTRIBUTES.compression | compression | (needsHorizon ? DELETE_HORIZON : 0));
  view.setBigInt64(27, BigInt(baseMs));
  view.setBigInt64(35, BigInt(maxMs));
  view.setInt32(57, kept.length);
  view.setUint32(17, crc32c(bytes.subarray(21)));
  return bytes;
}

function* readRaw(batch: RecordBatch): Generator<RawRecord, void> {
  const from = new WireReader(contentOf(batch, MAX_CONTENT));
  for (let i = 0; i < batch.count; i++) {
    const length = from.varint();
    const end = from.at + length;
    const attributes = from.int8();
    const timestampMs = batch.baseTimestampMs + from.varlong();
    const restAt = from.at;
    const offset = batch.baseOffset + from.varint();
    const keyLength = from.varint();
    const key = keyLength < 0 ? null : from.take(keyLength).toHex();
    const isTombstone = from.varint() < 0;
    from.at = restAt;
    yield { offset, key, isTombstone, timestampMs, attributes, rest: from.take(end - restAt) };
  }
}

function writeRaw(records: readonly RawRecord[], baseMs: number): Uint8Array {
  const to = new WireWriter(4096);
  const head = new WireWriter(16);
  for (const { attributes, timestampMs, rest } of records) {
    head.int8(attributes);
    head.varint(timestampMs - baseMs);
    to.varint(head.length + rest.length);
    to.raw(head.take());
    to.raw(rest);
  }
  return to.take();
}
