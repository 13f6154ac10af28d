import { checkLimit, crc32, decompressLz4, decompressZstd } from "../bytes/mod.ts";
import { codecError } from "../codec/mod.ts";
import { isTinmanError, TinmanError } from "../errors/mod.ts";
import type { Files } from "../files/mod.ts";
import type { Finding } from "./finding.ts";
import { MAX_PAYLOAD_BYTES, viewOf } from "./frame.ts";
import { LogBytes } from "./log_bytes.ts";
import type { McapChunk, McapContents } from "./mcap_contents.ts";
import { MAGIC, Op, readChannel, readSchema, RECORD_HEADER_BYTES } from "./mcap_format.ts";
import { readChunk, walkRecords } from "./mcap_records.ts";
import { McapScan } from "./mcap_scan.ts";
import { readLibrary, readSummary } from "./mcap_summary_reader.ts";
import type { LogReaderOptions } from "./reader.ts";
import { ByteReader } from "../bytes/mod.ts";

// Most that is kept of chunks that were read: several loops over one recording go on at about the same place.
const MAX_KEPT_BYTES = 8 * 1024 * 1024;

/** One MCAP file, ours or another's, open for reading: what is in it, and its chunks one by one. */
export class McapFile {
  /** Where the file is. */
  readonly path: string;
  readonly contents: McapContents;
  /** What is not as it should be, the end of the file apart. */
  readonly problems: readonly Finding[];
  /** Bytes behind the last whole record, which are not read, and why. */
  readonly cut: { readonly at: number; readonly bytes: number; readonly problem: string | undefined };
  readonly #verify: boolean;
  readonly #maxBytes: number;
  #bytes: LogBytes;
  readonly #kept = new Map<McapChunk, Uint8Array>();
  #keptBytes = 0;
  // Chunks of a mapped file stay as they are: each is checked once.
  readonly #checked = new Set<McapChunk>();

  /**
   * Opens the file at `path`, which must be there.
   *
   * @throws {TinmanError} `FOREIGN_LOG` when it is no MCAP file.
   */
  constructor(files: Files, path: string, options: LogReaderOptions = {}) {
    const { verify = true, maxPayloadBytes = MAX_PAYLOAD_BYTES } = options;
    this.path = path;
    this.#verify = verify;
    this.#maxBytes = maxPayloadBytes;
    this.#bytes = new LogBytes(files, path);
    try {
      const found = this.#open();
      [this.contents, this.problems, this.cut] = [found.contents, found.problems, found.cut];
      // Only a file that nobody writes to any more may be mapped: a shorter one would end this process.
      if (found.isEnded) {
        const mapped = new LogBytes(files, path, { map: true });
        this.#bytes.close();
        this.#bytes = mapped;
      }
    } catch (error) {
      this.#bytes.close();
      throw error;
    }
  }

  /** Size in bytes when it was opened. */
  get size(): number {
    return this.#bytes.size;
  }

  /** Bytes of the file. */
  read(at: number, length: number): Uint8Array {
    return this.#bytes.read(at, length);
  }

  /** The records of a chunk. `CORRUPT_LOG` when they are not what was written, unless `check` is false. */
  load(chunk: McapChunk, check: boolean = this.#verify): Uint8Array {
    const kept = this.#kept.get(chunk);
    if (kept !== undefined) return kept;
    const raw = this.#bytes.read(chunk.at, chunk.length);
    if (raw.length < chunk.length) {
      throw this.corrupt(chunk.at, `the file ends ${chunk.length - raw.length} bytes early`);
    }
    const records = chunk.bare ? raw : this.#unpack(chunk, raw, check);
    if (check || chunk.bare) this.#keep(chunk, records);
    return records;
  }

  /** A `CORRUPT_LOG` error at this byte. */
  corrupt(at: number, problem: string): TinmanError<"CORRUPT_LOG"> {
    return new TinmanError("CORRUPT_LOG", `Cannot read ${this.path} at byte ${at}: ${problem}`, {
      path: this.path,
      at,
      hint: "tinman log verify lists what is damaged, tinman log recover saves what is whole to a new recording",
    });
  }

  /** Releases the file; what was read stays valid. Twice is fine. */
  close(): void {
    this.#bytes.close();
  }

  #unpack(chunk: McapChunk, raw: Uint8Array, check: boolean): Uint8Array {
    const header = readChunk(raw);
    if (header === undefined) throw this.corrupt(chunk.at, "no whole chunk stands here");
    if (header.firstNs !== chunk.firstNs || header.lastNs !== chunk.lastNs) {
      throw this.corrupt(chunk.at, "the times of the chunk are not those in its index");
    }
    const records = this.#decompress(chunk, header);
    if (records.length !== header.size) {
      throw this.corrupt(chunk.at, `the chunk has ${records.length} bytes of records, it says ${header.size}`);
    }
    if (!check || header.crc === 0 || this.#checked.has(chunk)) return records;
    const crc = crc32(records);
    if (crc !== header.crc) {
      throw this.corrupt(chunk.at, `the checksum of ${records.length} bytes is ${hex(crc)}, not ${hex(header.crc)}`);
    }
    if (this.#bytes.mapped) this.#checked.add(chunk);
    return records;
  }

  #decompress(chunk: McapChunk, header: NonNullable<ReturnType<typeof readChunk>>): Uint8Array {
    const { compression, records, size } = header;
    if (compression === "") return records;
    checkLimit("a chunk", size, this.#maxBytes, "maxPayloadBytes");
    try {
      if (compression === "zstd") return decompressZstd(records, size);
      if (compression === "lz4") return decompressLz4(records, size);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw this.corrupt(chunk.at, `the chunk cannot be decompressed: ${error.message}`);
    }
    throw codecError(
      compression,
      `Cannot read a chunk of ${this.path} at byte ${chunk.at}: its compression is not known`,
      {
        direction: "decode",
        hint: "write it without compression, or with zstd or lz4",
      },
    );
  }

  #keep(chunk: McapChunk, records: Uint8Array): void {
    if (this.#bytes.mapped && !chunk.bare && records.buffer.byteLength > MAX_KEPT_BYTES) return;
    if (records.length > MAX_KEPT_BYTES) return;
    this.#kept.set(chunk, records);
    this.#keptBytes += records.length;
    for (const [oldest, { length }] of this.#kept) {
      if (this.#keptBytes <= MAX_KEPT_BYTES) break;
      this.#kept.delete(oldest);
      this.#keptBytes -= length;
    }
  }

  #open() {
    const bytes = this.#bytes;
    const problems: Finding[] = [];
    const isHeadWhole = hasMagic(bytes);
    const summary = readSummary(bytes);
    if (!isHeadWhole) {
      if (summary === undefined) throw this.#foreign();
      problems.push({ severity: "error", at: 0, message: "its first bytes are not those of MCAP", fix: COPY });
    }
    const cut = { at: bytes.size, bytes: 0, problem: undefined as string | undefined };
    if (summary !== undefined && "contents" in summary) {
      return { contents: summary.contents, problems, cut, isEnded: true };
    }
    const scan = new McapScan(bytes);
    scan.advance();
    const contents: McapContents = { ...scanned(scan), library: readLibrary(bytes) };
    const end = this.#complete(scan);
    if (summary !== undefined) {
      const message = `its summary cannot be used, ${summary.problem}: the data in front of it were read instead`;
      problems.push({ severity: "error", message, fix: RECOVER });
    } else if (scan.dataEnd !== undefined && !hasMagic(bytes, bytes.size - MAGIC.length)) {
      problems.push({ severity: "warning", message: "its end is missing: what stands behind the data", fix: RECOVER });
    }
    if (scan.dataEnd === undefined) Object.assign(cut, { ...end, bytes: bytes.size - end.at });
    return { contents: { ...contents, ...scanned(scan) }, problems, cut, isEnded: scan.dataEnd !== undefined };
  }

  /** Looks into the chunks of which too little is known; returns where the last whole record ends, and why. */
  #complete(scan: McapScan): { readonly at: number; readonly problem: string | undefined } {
    const last = scan.chunks.at(-1);
    for (const chunk of [...scan.chunks]) {
      const isKnown = chunk.counts?.every((id, i) => i % 2 === 1 || scan.channels.has(id)) && chunk.counts.length > 0;
      if (isKnown) continue;
      try {
        this.#lookInto(chunk, scan);
      } catch (error) {
        if (!isTinmanError(error, "CORRUPT_LOG")) throw error;
        if (chunk !== last || !scan.endsInChunk || scan.dataEnd !== undefined) continue;
        // A crash of the machine may leave a chunk of the right length without its last bytes.
        scan.chunks.pop();
        return { at: chunk.at, problem: "ends with a chunk that is not whole" };
      }
    }
    return { at: scan.at, problem: scan.problem };
  }

  #lookInto(chunk: McapChunk, scan: McapScan): void {
    const records = this.load(chunk, true);
    const view = viewOf(records);
    const counts = new Map<number, number>();
    const walk = walkRecords(records);
    let step = walk.next();
    for (; !step.done; step = walk.next()) {
      const { op, at, end } = step.value;
      if (op === Op.message) {
        const id = view.getUint16(at + RECORD_HEADER_BYTES, true);
        counts.set(id, (counts.get(id) ?? 0) + 1);
      } else if (op === Op.schema || op === Op.channel) {
        const content = new ByteReader(records.subarray(at + RECORD_HEADER_BYTES, end));
        const problem = takeDescription(op, content, scan);
        if (problem) throw this.corrupt(chunk.at, "a record in the chunk is damaged");
      }
    }
    if (step.value !== undefined) throw this.corrupt(chunk.at, step.value);
    chunk.counts = [...counts].flat();
  }

  #foreign(): TinmanError<"FOREIGN_LOG"> {
    const { path } = this;
    return new TinmanError("FOREIGN_LOG", `Cannot open a recording in ${path}: it is no MCAP file`, {
      path,
      hint: "an MCAP file begins with the bytes 89 4d 43 41 50 30 0d 0a",
    });
  }
}

function scanned({ schemas, channels, chunks, metadata, dataEnd }: McapScan) {
  return { schemas, channels, chunks, metadata, dataEnd };
}

function takeDescription(op: number, content: ByteReader, scan: McapScan): boolean {
  try {
    if (op === Op.schema) {
      const schema = readSchema(content);
      scan.schemas.set(schema.id, schema);
    } else {
      const channel = readChannel(content);
      scan.channels.set(channel.id, channel);
    }
    return false;
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return true;
    throw error;
  }
}

function hasMagic(bytes: LogBytes, at = 0): boolean {
  const found = bytes.read(at, MAGIC.length);
  return found.length === MAGIC.length && MAGIC.every((byte, i) => byte === found[i]);
}

const RECOVER = "tinman log recover writes what is whole to a new recording";
const COPY = "compare it with a copy";

function hex(crc: number): string {
  return crc.toString(16).padStart(8, "0");
}
