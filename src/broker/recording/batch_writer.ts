import { crc32c, encodeUtf8 } from "../../bytes/mod.ts";
import { BATCH_HEADER, placeBatch } from "../protocol/record_batch.ts";
import type { NewRecord } from "../queue.ts";

/** A record whose time below milliseconds goes into a header. */
export interface TimedRecord extends Required<NewRecord> {
  /** The header with it, as it lies in a record; see {@linkcode headerBytes}. */
  readonly ownHeaders: readonly Uint8Array[];
}

/**
 * The same as `writeBatch()`, for many records at a time: it knows how long the result is, so that it is written in one
 * go. A batch without records takes the place of `count` offsets.
 */
export function writeTimedBatch(records: readonly TimedRecord[], { baseOffset, baseMs, count }: {
  readonly baseOffset: number;
  readonly baseMs: number;
  readonly count: number;
}): Uint8Array {
  const lengths = records.map((record, i) => lengthOf(record, record.timestampMs - baseMs, i));
  const total = lengths.reduce((sum, length) => sum + varintLength(length) + length, BATCH_HEADER);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  view.setInt32(8, total - 12);
  view.setInt8(16, 2);
  view.setInt32(23, count - 1);
  view.setBigInt64(27, BigInt(baseMs));
  view.setBigInt64(35, BigInt(records.reduce((latest, { timestampMs }) => Math.max(latest, timestampMs), baseMs)));
  // No producer.
  bytes.fill(0xff, 43, 57);
  view.setInt32(57, records.length);
  let at = BATCH_HEADER;
  records.forEach((record, i) => {
    at = putVarint(bytes, at, lengths[i]!);
    at = putRecord(bytes, at, record, { deltaMs: record.timestampMs - baseMs, delta: i });
  });
  view.setUint32(17, crc32c(bytes.subarray(21)));
  placeBatch(bytes, baseOffset);
  return bytes;
}

/** A header as it lies in a record. */
export function headerBytes(name: string, value: Uint8Array | null): Uint8Array {
  const nameBytes = encodeUtf8(name);
  const bytes = new Uint8Array(bytesLength(nameBytes) + bytesLength(value));
  putBytes(bytes, putBytes(bytes, 0, nameBytes), value);
  return bytes;
}

function lengthOf({ key, value, headers, ownHeaders }: TimedRecord, deltaMs: number, delta: number): number {
  let length = 1 + varintLength(deltaMs) + varintLength(delta) + bytesLength(key) + bytesLength(value) +
    varintLength(headers.length + ownHeaders.length);
  for (const { name, value } of headers) length += headerBytes(name, value).length;
  for (const header of ownHeaders) length += header.length;
  return length;
}

function putRecord(
  to: Uint8Array,
  start: number,
  { key, value, headers, ownHeaders }: TimedRecord,
  { deltaMs, delta }: { readonly deltaMs: number; readonly delta: number },
): number {
  let at = putVarint(to, start + 1, deltaMs);
  at = putVarint(to, at, delta);
  at = putBytes(to, at, key);
  at = putBytes(to, at, value);
  at = putVarint(to, at, headers.length + ownHeaders.length);
  for (const { name, value } of headers) at = putRaw(to, at, headerBytes(name, value));
  for (const header of ownHeaders) at = putRaw(to, at, header);
  return at;
}

function putRaw(to: Uint8Array, at: number, bytes: Uint8Array): number {
  to.set(bytes, at);
  return at + bytes.length;
}

function putBytes(to: Uint8Array, at: number, bytes: Uint8Array | null): number {
  return bytes === null ? putVarint(to, at, -1) : putRaw(to, putVarint(to, at, bytes.length), bytes);
}

function bytesLength(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : varintLength(bytes.length) + bytes.length;
}

function zigzag(value: number): number {
  return value < 0 ? -value * 2 - 1 : value * 2;
}

function putVarint(to: Uint8Array, at: number, value: number): number {
  let rest = zigzag(value);
  for (; rest >= 128; rest = Math.floor(rest / 128)) to[at++] = rest % 128 + 128;
  to[at++] = rest;
  return at;
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = zigzag(value); rest >= 128; rest = Math.floor(rest / 128)) length++;
  return length;
}
