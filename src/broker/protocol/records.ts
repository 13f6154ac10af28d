import { protocolError } from "./protocol_error.ts";
import type { NewRecord, QueueRecord, RecordHeader } from "../queue.ts";
import { ATTRIBUTES, BATCH_HEADER, placeBatch, type RecordBatch } from "./record_batch.ts";
import { crc32c } from "../../bytes/mod.ts";
import { WireReader } from "./wire_reader.ts";
import { WireWriter } from "./wire_writer.ts";

/** What a batch is written with. */
export interface BatchOptions {
  /** Who writes it, where it is to be put down once only. */
  readonly producer?: { readonly id: number; readonly epoch: number; readonly sequence: number };
  /** Whether it is part of a transaction. @default {false} */
  readonly transactional?: boolean;
  /** Whether it ends a transaction instead of carrying data. @default {false} */
  readonly control?: boolean;
  /** Offset of its first record. @default {0} */
  readonly baseOffset?: number;
}

/** A batch of these records, not compressed. There is one at least, and each has a time. */
export function writeBatch(records: readonly Required<NewRecord>[], options: BatchOptions = {}): Uint8Array {
  const { producer = { id: -1, epoch: -1, sequence: -1 }, transactional = false, control = false } = options;
  const baseMs = records[0]!.timestampMs;
  const body = new WireWriter(1024);
  records.forEach((each, i) => writeRecord(body, each, { offsetDelta: i, timestampDelta: each.timestampMs - baseMs }));
  const head = new WireWriter(BATCH_HEADER);
  head.int64(0);
  head.int32(BATCH_HEADER - 12 + body.length);
  head.int32(0);
  head.int8(2);
  head.uint32(0);
  head.int16((transactional ? ATTRIBUTES.transactional : 0) | (control ? ATTRIBUTES.control : 0));
  head.int32(records.length - 1);
  head.int64(baseMs);
  head.int64(records.reduce((max, { timestampMs }) => Math.max(max, timestampMs), baseMs));
  head.int64(producer.id);
  head.int16(producer.epoch);
  head.int32(producer.sequence);
  head.int32(records.length);
  for (const part of body.parts()) head.raw(part);
  const bytes = head.take();
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(17, crc32c(bytes.subarray(21)));
  placeBatch(bytes, options.baseOffset ?? 0);
  return bytes;
}

/**
 * The records of a batch, from its content: what stands behind its head, decompressed.
 *
 * @throws {TinmanError} `PROTOCOL` when the content is not as many records as the head says, or something else.
 */
export function* readRecords(batch: RecordBatch, content: Uint8Array): Generator<QueueRecord, void> {
  const from = new WireReader(content);
  const isAppendTime = (batch.attributes & ATTRIBUTES.logAppendTime) !== 0;
  for (let i = 0; i < batch.count; i++) {
    const length = from.varint();
    const end = from.at + length;
    if (length < 0 || length > from.left) throw protocolError(`a record of ${length} bytes in ${from.left}`);
    from.int8();
    const timestampMs = batch.baseTimestampMs + from.varlong();
    const offset = batch.baseOffset + from.varint();
    const key = readBytes(from);
    const value = readBytes(from);
    const headers = readHeaders(from);
    if (from.at !== end) throw protocolError(`a record that says ${length} bytes and is not of that length`);
    yield { offset, key, value, headers, timestampMs: isAppendTime ? batch.maxTimestampMs : timestampMs };
  }
  if (from.left > 0) throw protocolError(`${from.left} bytes behind the last of ${batch.count} records`);
}

/** A record behind its length, which is counted beforehand: so nothing is written twice. */
function writeRecord(
  to: WireWriter,
  { key = null, value, headers = NO_HEADERS }: NewRecord,
  { offsetDelta, timestampDelta }: { readonly offsetDelta: number; readonly timestampDelta: number },
): void {
  const named = headers.map(({ name, value }) => ({ name: utf8.encode(name), value }));
  let length = 1 + varintLength(timestampDelta) + varintLength(offsetDelta) + fieldLength(key) + fieldLength(value);
  length += varintLength(named.length);
  for (const { name, value } of named) length += fieldLength(name) + fieldLength(value);
  to.varint(length);
  to.int8(0);
  to.varint(timestampDelta);
  to.varint(offsetDelta);
  writeBytes(to, key);
  writeBytes(to, value);
  to.varint(named.length);
  for (const { name, value } of named) {
    writeBytes(to, name);
    writeBytes(to, value);
  }
}

const utf8 = new TextEncoder();

/** How many bytes {@linkcode WireWriter.varint} takes. */
function varintLength(value: number): number {
  let length = 1;
  for (let rest = value < 0 ? -value * 2 - 1 : value * 2; rest >= 128; rest = Math.floor(rest / 128)) length++;
  return length;
}

function fieldLength(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : varintLength(bytes.length) + bytes.length;
}

function writeBytes(to: WireWriter, bytes: Uint8Array | null): void {
  to.varint(bytes?.length ?? -1);
  if (bytes !== null) to.raw(bytes);
}

function readBytes(from: WireReader): Uint8Array | null {
  const length = from.varint();
  if (length < -1) throw protocolError(`bytes of length ${length} in a record`);
  return length === -1 ? null : from.take(length);
}

const NO_HEADERS: readonly RecordHeader[] = [];

function readHeaders(from: WireReader): readonly RecordHeader[] {
  const count = from.varint();
  if (count === 0) return NO_HEADERS;
  if (count < 0 || count > from.left) throw protocolError(`${count} headers in a record`);
  return Array.from({ length: count }, () => {
    const length = from.varint();
    if (length < 0) throw protocolError(`a header with a name of length ${length}`);
    return { name: from.utf8(length), value: readBytes(from) };
  });
}
