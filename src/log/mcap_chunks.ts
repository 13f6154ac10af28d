import { checkLimit, crc32, decompressLz4, decompressZstd } from "../bytes/mod.ts";
import { codecError } from "../codec/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { MAX_PAYLOAD_BYTES } from "./frame.ts";
import type { LogBytes } from "./log_bytes.ts";
import type { McapChunk } from "./mcap_contents.ts";
import { type ChunkHeader, readChunk } from "./mcap_records.ts";
import type { LogReaderOptions } from "./reader.ts";

// A chunk of small messages may be longer than the longest of them: ours has a MiB, those of others up to some.
const MIN_LIMIT_BYTES = 8 * 1024 * 1024;
// Most that is kept of chunks that were read: several loops over one recording go on at about the same place.
const MAX_KEPT_BYTES = 8 * 1024 * 1024;

/** Reads the chunks of an MCAP file one by one, checked and without their compression. */
export class ChunkReader {
  readonly #bytes: LogBytes;
  readonly #verify: boolean;
  readonly #maxBytes: number;
  readonly #kept = new Map<McapChunk, Uint8Array>();
  #keptBytes = 0;
  // Chunks of a mapped file stay as they are: each is checked once.
  readonly #checked = new Set<McapChunk>();

  /** Reads from `bytes`, which stay the caller's. */
  constructor(bytes: LogBytes, { verify = true, maxPayloadBytes = MAX_PAYLOAD_BYTES }: LogReaderOptions = {}) {
    [this.#bytes, this.#verify, this.#maxBytes] = [bytes, verify, maxPayloadBytes];
  }

  /** The records of a chunk. `CORRUPT_LOG` when they are not what was written, unless `check` is false. */
  load(chunk: McapChunk, check: boolean = this.#verify): Uint8Array {
    const kept = this.#kept.get(chunk);
    if (kept !== undefined) return kept;
    const raw = this.#bytes.read(chunk.at, chunk.length);
    if (raw.length < chunk.length) {
      throw this.corrupt(chunk.at, `the file ends ${chunk.length - raw.length} bytes early`);
    }
    if (chunk.bare) return raw;
    const records = this.#unpack(chunk, raw, check);
    const isCopy = !this.#bytes.mapped || records.buffer !== raw.buffer;
    if (check && isCopy) this.#keep(chunk, records);
    return records;
  }

  /** A `CORRUPT_LOG` error at this byte. */
  corrupt(at: number, problem: string): TinmanError<"CORRUPT_LOG"> {
    const { path } = this.#bytes;
    return new TinmanError("CORRUPT_LOG", `Cannot read ${path} at byte ${at}: ${problem}`, {
      path,
      at,
      hint: "tinman log verify lists what is damaged, tinman log recover saves what is whole to a new recording",
    });
  }

  #unpack(chunk: McapChunk, raw: Uint8Array, check: boolean): Uint8Array {
    const header = readChunk(raw);
    if (header === undefined) throw this.corrupt(chunk.at, "no whole chunk stands here");
    if (header.firstNs !== chunk.firstNs || header.lastNs !== chunk.lastNs) {
      throw this.corrupt(chunk.at, "the times of the chunk are not those in its index");
    }
    const { packed } = chunk;
    if (packed !== undefined && (packed.size !== header.size || packed.compression !== header.compression)) {
      throw this.corrupt(chunk.at, "the compression of the chunk is not the one in its index");
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

  #decompress(chunk: McapChunk, { compression, records, size }: ChunkHeader): Uint8Array {
    if (compression === "") return records;
    checkLimit("a chunk", size, Math.max(MIN_LIMIT_BYTES, this.#maxBytes), "maxPayloadBytes");
    try {
      if (compression === "zstd") return decompressZstd(records, size);
      if (compression === "lz4") return decompressLz4(records, size);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw this.corrupt(chunk.at, `the chunk cannot be decompressed: ${error.message}`);
    }
    throw codecError(compression, `Cannot read the chunk at byte ${chunk.at}: its compression is not known here`, {
      direction: "decode",
      hint: "chunks may have no compression, zstd or lz4; the mcap tool of Foxglove writes a file anew",
    });
  }

  #keep(chunk: McapChunk, records: Uint8Array): void {
    if (records.length > MAX_KEPT_BYTES) return;
    this.#kept.set(chunk, records);
    this.#keptBytes += records.length;
    for (const [oldest, { length }] of this.#kept) {
      if (this.#keptBytes <= MAX_KEPT_BYTES) break;
      this.#kept.delete(oldest);
      this.#keptBytes -= length;
    }
  }
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, "0");
}
