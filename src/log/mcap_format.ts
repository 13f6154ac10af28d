import { type ByteReader, ByteWriter } from "../bytes/mod.ts";

/*
 * MCAP, major version 0 (https://mcap.dev/spec). All numbers are little-endian.
 *
 *   file    = magic header data… DataEnd summary… summaryOffset… footer magic
 *   record  = opcode:u8 length:u64 content
 *   text    = length:u32 utf8 · map = length:u32 (text text)* · data = length:u32 bytes
 *
 *   Header        profile:text library:text
 *   Footer        summaryStart:u64 summaryOffsetStart:u64 summaryCrc:u32
 *   Schema        id:u16 name:text encoding:text data
 *   Channel       id:u16 schema:u16 topic:text encoding:text metadata:map
 *   Message       channel:u16 sequence:u32 logTime:u64 publishTime:u64 payload
 *   Chunk         firstTime:u64 lastTime:u64 size:u64 crc:u32 compression:text length:u64 records
 *   MessageIndex  channel:u16 length:u32 (time:u64 offset:u64)*
 *   ChunkIndex    firstTime:u64 lastTime:u64 at:u64 length:u64 length:u32 (channel:u16 indexAt:u64)*
 *                 indexLength:u64 compression:text compressedSize:u64 size:u64
 *   Statistics    messages:u64 schemas:u16 channels:u32 attachments:u32 metadata:u32 chunks:u32
 *                 firstTime:u64 lastTime:u64 length:u32 (channel:u16 messages:u64)*
 *   Metadata      name:text map · MetadataIndex  at:u64 length:u64 name:text
 *   SummaryOffset opcode:u8 at:u64 length:u64
 *   DataEnd       crc:u32
 */

/** The kinds of records, by their first byte. */
export const Op = {
  header: 0x01,
  footer: 0x02,
  schema: 0x03,
  channel: 0x04,
  message: 0x05,
  chunk: 0x06,
  messageIndex: 0x07,
  chunkIndex: 0x08,
  attachment: 0x09,
  attachmentIndex: 0x0a,
  statistics: 0x0b,
  metadata: 0x0c,
  metadataIndex: 0x0d,
  summaryOffset: 0x0e,
  dataEnd: 0x0f,
} as const;

/** What a file begins and ends with. */
export const MAGIC: Uint8Array = Uint8Array.of(0x89, 0x4d, 0x43, 0x41, 0x50, 0x30, 0x0d, 0x0a);

/** Opcode and length. */
export const RECORD_HEADER_BYTES = 9;
/** From the opcode of a message to its payload. */
export const MESSAGE_HEADER_BYTES = 31;
/** From the opcode of an uncompressed chunk to its records. */
export const CHUNK_HEADER_BYTES = 49;
/** A DataEnd record. */
export const DATA_END_BYTES = RECORD_HEADER_BYTES + 4;
/** A footer record. */
export const FOOTER_BYTES = RECORD_HEADER_BYTES + 20;

/** The name of the metadata that say what a recording of ours is. */
export const METADATA_NAME = "tinman.recording";

/** A description of payloads; `id` is never 0. */
export interface McapSchema {
  readonly id: number;
  readonly name: string;
  readonly encoding: string;
  readonly data: Uint8Array;
}

/** A stream of messages; schema 0 is none. */
export interface McapChannel {
  readonly id: number;
  readonly schemaId: number;
  readonly topic: string;
  readonly encoding: string;
  readonly metadata: ReadonlyMap<string, string>;
}

/** Appends one record; `content` writes what is in it. */
export function putRecord(out: ByteWriter, op: number, content: (out: ByteWriter) => void): void {
  const at = out.length;
  out.u8(op).u64(0n);
  content(out);
  out.setU32(at + 1, out.length - at - RECORD_HEADER_BYTES);
}

/** Appends a text and its length. */
export function putText(out: ByteWriter, text: string): void {
  const at = out.length;
  out.u32(0);
  out.setU32(at, out.text(text));
}

/** Appends pairs of texts. */
export function putMap(out: ByteWriter, map: ReadonlyMap<string, string>): void {
  const at = out.length;
  out.u32(0);
  for (const [key, value] of map) {
    putText(out, key);
    putText(out, value);
  }
  out.setU32(at, out.length - at - 4);
}

/** The whole record of a schema. */
export function encodeSchema({ id, name, encoding, data }: McapSchema): Uint8Array {
  const out = new ByteWriter(64 + data.length);
  putRecord(out, Op.schema, () => {
    out.u16(id);
    putText(out, name);
    putText(out, encoding);
    out.u32(data.length).bytes(data);
  });
  return out.take();
}

/** The whole record of a channel. */
export function encodeChannel({ id, schemaId, topic, encoding, metadata }: McapChannel): Uint8Array {
  const out = new ByteWriter(256);
  putRecord(out, Op.channel, () => {
    out.u16(id).u16(schemaId);
    putText(out, topic);
    putText(out, encoding);
    putMap(out, metadata);
  });
  return out.take();
}

/** A text behind its length. */
export function readText(reader: ByteReader): string {
  return reader.text(reader.u32());
}

/** Pairs of texts. */
export function readMap(reader: ByteReader): Map<string, string> {
  const map = new Map<string, string>();
  const length = reader.u32();
  for (const end = reader.at + length; reader.at < end;) map.set(readText(reader), readText(reader));
  return map;
}

/** The content of a Schema record; `data` is a view. */
export function readSchema(reader: ByteReader): McapSchema {
  const id = reader.u16();
  const [name, encoding] = [readText(reader), readText(reader)];
  return { id, name, encoding, data: reader.bytes(reader.u32()) };
}

/** The content of a Channel record. */
export function readChannel(reader: ByteReader): McapChannel {
  const [id, schemaId] = [reader.u16(), reader.u16()];
  const [topic, encoding] = [readText(reader), readText(reader)];
  return { id, schemaId, topic, encoding, metadata: readMap(reader) };
}
