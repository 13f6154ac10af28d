import { ByteReader, decodeUtf8 } from "../bytes/mod.ts";
import { joinTime, viewOf } from "./frame.ts";
import type { LogBytes } from "./log_bytes.ts";
import type { McapChunk, McapPacking } from "./mcap_contents.ts";
import {
  CHUNK_HEADER_BYTES,
  MAGIC,
  type McapChannel,
  type McapSchema,
  MESSAGE_HEADER_BYTES,
  METADATA_NAME,
  Op,
  readMap,
  readText,
  RECORD_HEADER_BYTES,
} from "./mcap_format.ts";
import { tryDescription } from "./mcap_look.ts";
import { OpenBlock } from "./open_block.ts";

// Longest description that is kept in memory.
const MAX_RECORD_BYTES = 64 * 1024 * 1024;
const MAX_RUN_BYTES = 1024 * 1024;
// Longest name of a compression that is looked at.
const MAX_COMPRESSION_BYTES = 64;
// Records that follow each other are read many at a time; of what is skipped over as little as can be is read.
const NEAR_BYTES = 256 * 1024;
const FAR_BYTES = 4 * 1024;

/**
 * Goes through the data of an MCAP file from record to record, without reading what is in the chunks: for a file that
 * has no usable end, or has none yet. It can go on when the file has grown.
 */
export class McapScan {
  readonly schemas = new Map<number, McapSchema>();
  readonly channels = new Map<number, McapChannel>();
  readonly chunks: McapChunk[] = [];
  metadata: ReadonlyMap<string, string> | undefined;
  dataEnd: { readonly at: number; readonly crc: number } | undefined;
  /** Where the last whole record ends. */
  at = MAGIC.length;
  /** Why the scan ended there, undefined at the end of the data or of the file. */
  problem: string | undefined;
  /** Whether a chunk is the last whole record: its last bytes may not have reached the disk. */
  endsInChunk = false;
  readonly #window: RecordWindow;
  readonly #size: () => number;
  #run: { readonly block: OpenBlock; readonly counts: Map<number, number> } | undefined;

  /** Stands behind the magic bytes. */
  constructor(bytes: LogBytes) {
    this.#window = new RecordWindow(bytes);
    this.#size = () => bytes.size;
  }

  /** Goes on to the last whole record that there is by now. */
  advance(): void {
    this.problem = undefined;
    // What stood behind the last whole record may have been cut off and written anew.
    this.#window.forget();
    const before = this.chunks.length;
    while (this.dataEnd === undefined && this.at < this.#size()) {
      const header = this.#window.read(this.at, RECORD_HEADER_BYTES);
      if (header === undefined) this.problem = "ends inside the header of a record";
      else {
        const op = header.getUint8(0);
        const length = header.getUint32(1, true) + header.getUint32(5, true) * 2 ** 32;
        if (op === 0) this.problem = "goes on with zeros";
        else if (this.at + RECORD_HEADER_BYTES + length > this.#size()) {
          this.problem = `ends inside a ${op === Op.chunk ? "chunk" : "record"}`;
        } else this.#take(op, length);
      }
      if (this.problem !== undefined) break;
    }
    this.#endRun();
    // The indexes behind the last chunk may not all be there.
    const last = this.chunks.at(-1);
    if (this.dataEnd === undefined && last !== undefined && this.chunks.length > before && !last.bare) {
      last.counts = undefined;
    }
  }

  #take(op: number, length: number): void {
    const { at } = this;
    if (op !== Op.message) this.#endRun();
    if (op === Op.message) this.#takeMessage(length);
    else if (op === Op.chunk) this.#takeChunk(length);
    else if (op === Op.messageIndex) this.#takeIndex(length);
    else if (op === Op.dataEnd) {
      this.dataEnd = { at, crc: length < 4 ? 0 : viewOf(this.#content(length)).getUint32(0, true) };
    } else if (op === Op.footer) this.dataEnd = { at, crc: 0 };
    else if ((op === Op.schema || op === Op.channel || op === Op.metadata) && length <= MAX_RECORD_BYTES) {
      this.#takeDescription(op, length);
    }
    if (this.problem !== undefined) return;
    this.endsInChunk = op === Op.chunk;
    this.at = at + RECORD_HEADER_BYTES + length;
  }

  #takeMessage(length: number): void {
    const view = this.#window.read(this.at, MESSAGE_HEADER_BYTES);
    if (view === undefined || length < MESSAGE_HEADER_BYTES - RECORD_HEADER_BYTES) {
      this.problem = "has a message without a time";
      return;
    }
    const bytes = RECORD_HEADER_BYTES + length;
    if (this.#run !== undefined && this.#run.block.length + bytes > MAX_RUN_BYTES) this.#endRun();
    this.#run ??= { block: new OpenBlock(this.at, 0), counts: new Map() };
    const { block, counts } = this.#run;
    block.count(view.getUint32(19, true), view.getUint32(15, true));
    block.length += bytes;
    const id = view.getUint16(9, true);
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }

  #endRun(): void {
    if (this.#run === undefined) return;
    const { block, counts } = this.#run;
    const { at, length, firstNs, lastNs } = block.end();
    this.chunks.push({ at, length, bare: true, firstNs, lastNs, counts: [...counts].flat() });
    this.#run = undefined;
  }

  #takeChunk(length: number): void {
    const view = this.#window.read(this.at, RECORD_HEADER_BYTES + 16);
    if (view === undefined || length < 40) {
      this.problem = "has a chunk without a time";
      return;
    }
    const time = (at: number) => joinTime(view.getUint32(at + 4, true), view.getUint32(at, true));
    const [firstNs, endNs] = [time(RECORD_HEADER_BYTES), time(RECORD_HEADER_BYTES + 8)];
    // A chunk that ends before it begins is damaged, which whoever reads it is told.
    const lastNs = endNs < firstNs ? firstNs : endNs;
    const bytes = RECORD_HEADER_BYTES + length;
    const packed = this.#packingOf(length);
    this.chunks.push({ at: this.at, length: bytes, bare: false, firstNs, lastNs, packed, counts: [] });
  }

  #packingOf(length: number): McapPacking | undefined {
    const nameLength = this.#window.read(this.at, CHUNK_HEADER_BYTES)?.getUint32(37, true) ?? 0;
    const headerBytes = CHUNK_HEADER_BYTES + nameLength;
    // A name that is longer than the chunk is damaged, which whoever reads it is told.
    if (nameLength === 0 || nameLength > MAX_COMPRESSION_BYTES || headerBytes > RECORD_HEADER_BYTES + length) return;
    const view = this.#window.read(this.at, headerBytes)!;
    const number = (at: number) => Number(view.getBigUint64(at, true));
    const name = new Uint8Array(view.buffer, view.byteOffset + 41, nameLength);
    try {
      return { compression: decodeUtf8(name), size: number(25), storedSize: number(headerBytes - 8) };
    } catch (error) {
      if (error instanceof TypeError) return undefined;
      throw error;
    }
  }

  #takeIndex(length: number): void {
    const view = this.#window.read(this.at, RECORD_HEADER_BYTES + 6);
    const count = view === undefined ? 0 : view.getUint32(RECORD_HEADER_BYTES + 2, true) / 16;
    const isWhole = length >= 6 + count * 16 && Number.isInteger(count);
    if (isWhole && count > 0) this.chunks.at(-1)?.counts?.push(view!.getUint16(RECORD_HEADER_BYTES, true), count);
  }

  #takeDescription(op: number, length: number): void {
    const content = this.#content(length);
    const isWhole = op === Op.metadata ? this.#tryMetadata(content) : tryDescription(op, content, this);
    if (!isWhole) this.problem = "has a record that is damaged";
  }

  #tryMetadata(content: Uint8Array): boolean {
    try {
      const reader = new ByteReader(content);
      if (readText(reader) === METADATA_NAME) this.metadata = readMap(reader);
      return true;
    } catch (error) {
      if (error instanceof RangeError || error instanceof TypeError) return false;
      throw error;
    }
  }

  #content(length: number): Uint8Array {
    return this.#window.bytes.read(this.at + RECORD_HEADER_BYTES, length);
  }
}

/** Small pieces of a file one behind the other, through a window that moves along. */
class RecordWindow {
  readonly bytes: LogBytes;
  #view = viewOf(new Uint8Array(0));
  #at = 0;

  constructor(bytes: LogBytes) {
    this.bytes = bytes;
  }

  /** Reads anew whatever comes next. */
  forget(): void {
    this.#view = viewOf(new Uint8Array(0));
  }

  /** A view of `length` bytes, undefined when the file ends before. */
  read(at: number, length: number): DataView | undefined {
    if (at < this.#at || at + length > this.#at + this.#view.byteLength) {
      const isNear = at <= this.#at + this.#view.byteLength;
      this.#view = viewOf(this.bytes.read(at, isNear ? NEAR_BYTES : FAR_BYTES));
      this.#at = at;
    }
    if (at + length > this.#at + this.#view.byteLength) return undefined;
    return new DataView(this.#view.buffer, this.#view.byteOffset + at - this.#at, length);
  }
}
