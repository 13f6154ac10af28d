import { ByteReader } from "../bytes/mod.ts";
import { viewOf } from "./frame.ts";
import { MESSAGE_HEADER_BYTES, Op, readText, RECORD_HEADER_BYTES } from "./mcap_format.ts";

/** What stands in front of the records of a chunk. */
export interface ChunkHeader {
  readonly firstNs: bigint;
  readonly lastNs: bigint;
  /** Bytes of the records when they are not compressed. */
  readonly size: number;
  /** CRC-32 of these, 0 for none. */
  readonly crc: number;
  readonly compression: string;
  /** The records as they stand there, a view. */
  readonly records: Uint8Array;
}

/** Takes a whole Chunk record apart; undefined when it is none. */
export function readChunk(record: Uint8Array): ChunkHeader | undefined {
  try {
    const reader = new ByteReader(record);
    if (reader.u8() !== Op.chunk || Number(reader.u64()) !== reader.left) return undefined;
    const [firstNs, lastNs, size, crc] = [reader.u64(), reader.u64(), Number(reader.u64()), reader.u32()];
    const compression = readText(reader);
    const length = Number(reader.u64());
    // What may stand behind it belongs to a later version.
    return { firstNs, lastNs, size, crc, compression, records: reader.bytes(length) };
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** A record among the records of a chunk. */
export interface FoundRecord {
  readonly op: number;
  /** Where it begins and ends. */
  readonly at: number;
  readonly end: number;
}

/** The records of a chunk one behind the other; ends with a `problem` where no whole one stands. */
export function* walkRecords(records: Uint8Array): Generator<FoundRecord, string | undefined, void> {
  const view = viewOf(records);
  for (let at = 0; at < records.length;) {
    if (at + RECORD_HEADER_BYTES > records.length) return "the chunk ends inside the header of a record";
    const op = view.getUint8(at);
    const length = view.getUint32(at + 1, true) + view.getUint32(at + 5, true) * 2 ** 32;
    const end = at + RECORD_HEADER_BYTES + length;
    if (end > records.length) return `a record of ${length} bytes is longer than its chunk`;
    if (op === Op.message && end - at < MESSAGE_HEADER_BYTES) return "a message has no time";
    yield { op, at, end };
    at = end;
  }
  return undefined;
}
