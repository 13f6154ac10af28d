import { ByteReader, crc32 } from "../bytes/mod.ts";
import { viewOf } from "./frame.ts";
import type { LogBytes } from "./log_bytes.ts";
import { type McapChunk, type McapContents, packingOf } from "./mcap_contents.ts";
import {
  DATA_END_BYTES,
  FOOTER_BYTES,
  MAGIC,
  type McapChannel,
  type McapSchema,
  METADATA_NAME,
  Op,
  readChannel,
  readMap,
  readSchema,
  readText,
  RECORD_HEADER_BYTES,
} from "./mcap_format.ts";

/**
 * What the end of a file says. `problem`: there is an end, and it cannot be used. Nothing: there is no end, or none that
 * says enough, so the data have to be gone through.
 */
export type SummaryResult = { readonly contents: McapContents } | { readonly problem: string } | undefined;

/** Reads the summary of a file. */
export function readSummary(bytes: LogBytes): SummaryResult {
  const end = readFooter(bytes);
  if (end === undefined || "problem" in end) return end;
  if (end.summaryStart === 0) return undefined;
  const start = end.summaryStart - DATA_END_BYTES;
  if (start < MAGIC.length || end.summaryStart > end.at) return { problem: "it begins outside the file" };
  const section = bytes.read(start, end.at - start);
  const summary = section.subarray(DATA_END_BYTES);
  const crc = crc32(end.covered, crc32(summary));
  if (end.crc !== 0 && crc !== end.crc) return { problem: "its checksum is wrong" };
  try {
    return readRecords(bytes, section, start);
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return { problem: error.message };
    throw error;
  }
}

interface Footer {
  readonly at: number;
  readonly summaryStart: number;
  readonly crc: number;
  /** What the checksum covers of the footer itself. */
  readonly covered: Uint8Array;
}

function readFooter(bytes: LogBytes): Footer | { readonly problem: string } | undefined {
  const at = bytes.size - FOOTER_BYTES - MAGIC.length;
  if (at < MAGIC.length) return undefined;
  const tail = bytes.read(at, FOOTER_BYTES + MAGIC.length);
  if (!MAGIC.every((byte, i) => byte === tail[FOOTER_BYTES + i])) return undefined;
  const view = viewOf(tail);
  if (tail[0] !== Op.footer || view.getBigUint64(1, true) !== 20n) return { problem: "its footer is damaged" };
  return {
    at,
    summaryStart: Number(view.getBigUint64(9, true)),
    crc: view.getUint32(25, true),
    covered: tail.subarray(0, 25),
  };
}

function readRecords(bytes: LogBytes, section: Uint8Array, start: number): SummaryResult {
  const schemas = new Map<number, McapSchema>();
  const channels = new Map<number, McapChannel>();
  const chunks: McapChunk[] = [];
  let [messages, metadataAt]: [number | undefined, { at: number; length: number } | undefined] = [undefined, undefined];
  let dataEnd: McapContents["dataEnd"];
  const all = new ByteReader(section);
  while (all.left > 0) {
    const at = all.at;
    const [op, length] = [all.u8(), Number(all.u64())];
    const content = new ByteReader(all.bytes(length));
    if (op === Op.dataEnd && at === 0) dataEnd = { at: start, crc: content.u32() };
    else if (op === Op.schema) set(schemas, readSchema(content));
    else if (op === Op.channel) set(channels, readChannel(content));
    else if (op === Op.chunkIndex) chunks.push(readChunkIndex(content));
    else if (op === Op.statistics) messages = Number(content.u64());
    else if (op === Op.metadataIndex) {
      const [at, length] = [Number(content.u64()), Number(content.u64())];
      if (readText(content) === METADATA_NAME) metadataAt = { at, length };
    }
  }
  if (dataEnd === undefined) return { problem: "the data in front of it have no end" };
  chunks.sort((a, b) => a.at - b.at);
  if (chunks.some(({ at, length }) => at < MAGIC.length || at + length > start)) {
    return { problem: "a chunk lies outside the data" };
  }
  if (chunks.some(({ firstNs, lastNs }) => lastNs < firstNs)) return { problem: "a chunk ends before it begins" };
  // Messages outside chunks, or channels and counts that are not repeated here: only the data tell.
  const counted = chunks.reduce((sum, { counts }) => sum + sumOf(counts), 0);
  const unknown = chunks.some(({ counts }) => counts!.some((id, i) => i % 2 === 0 && !channels.has(id)));
  if (messages === undefined || counted !== messages || unknown) return undefined;
  const metadata = metadataAt && readMetadata(bytes, metadataAt);
  return { contents: { library: readLibrary(bytes), schemas, channels, chunks, metadata, dataEnd } };
}

function readChunkIndex(content: ByteReader): McapChunk {
  const [firstNs, lastNs] = [content.u64(), content.u64()];
  const [at, length] = [Number(content.u64()), Number(content.u64())];
  const offsets: { id: number; at: number }[] = [];
  for (let left = content.u32(); left >= 10; left -= 10) offsets.push({ id: content.u16(), at: Number(content.u64()) });
  const end = at + length + Number(content.u64());
  const [compression, storedSize, size] = [readText(content), Number(content.u64()), Number(content.u64())];
  offsets.sort((a, b) => a.at - b.at);
  // The indexes of messages stand behind their chunk, one behind the other: their lengths say how many there are.
  const counts: number[] = [];
  offsets.forEach((offset, i) => {
    const bytes = (offsets[i + 1]?.at ?? end) - offset.at - RECORD_HEADER_BYTES - 6;
    counts.push(offset.id, bytes >= 0 && bytes % 16 === 0 ? bytes / 16 : NaN);
  });
  return { at, length, bare: false, firstNs, lastNs, packed: packingOf({ compression, size, storedSize }), counts };
}

function sumOf(counts: readonly number[] = []): number {
  return counts.reduce((sum, count, i) => i % 2 === 0 ? sum : sum + count, 0);
}

function readMetadata(bytes: LogBytes, { at, length }: { at: number; length: number }) {
  const record = new ByteReader(bytes.read(at, Math.min(length, bytes.size)));
  if (record.u8() !== Op.metadata) return undefined;
  record.u64();
  return readText(record) === METADATA_NAME ? readMap(record) : undefined;
}

/** The library that the header of a file names. */
export function readLibrary(bytes: LogBytes): string | undefined {
  try {
    const header = new ByteReader(bytes.read(MAGIC.length, 4096));
    if (header.u8() !== Op.header) return undefined;
    header.u64();
    readText(header);
    return readText(header);
  } catch {
    return undefined;
  }
}

function set<T extends { readonly id: number }>(map: Map<number, T>, value: T): void {
  map.set(value.id, value);
}
