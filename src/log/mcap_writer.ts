import { ByteWriter, checkLimit, crc32 } from "../bytes/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { AppendedFile, type Files } from "../files/mod.ts";
import { MAX_PAYLOAD_BYTES, viewOf } from "./frame.ts";
import { CHUNK_HEADER_BYTES, MESSAGE_HEADER_BYTES, Op } from "./mcap_format.ts";
import { packChunk, type PackedChunk } from "./mcap_pack.ts";
import { McapSummary } from "./mcap_summary.ts";
import { McapTrack } from "./mcap_track.ts";
import { OpenBlock } from "./open_block.ts";
import type { LogWriterOptions } from "./writer.ts";

// From here on a copy costs more than a chunk of its own.
const LARGE_PAYLOAD_BYTES = 256 * 1024;
const FIRST_BUFFER_BYTES = 64 * 1024;

/** Options of {@linkcode McapWriter}. */
export interface McapWriterOptions extends LogWriterOptions {
  /** Whether chunks are compressed where that makes them smaller. @default {"none"} */
  readonly compress?: "zstd" | "none";
}

/**
 * Appends chunks of messages to an MCAP file. A chunk is written when it is full, and by `drain()`; either the whole
 * chunk with its index is in the file, or nothing of it. Errors are those of `LogWriter`.
 */
export class McapWriter {
  /** Where the file is. */
  readonly path: string;
  /** What will stand at the end of the file. */
  readonly summary = new McapSummary();
  readonly #file: AppendedFile;
  readonly #sync: NonNullable<LogWriterOptions["sync"]>;
  readonly #chunkBytes: number;
  readonly #maxPayloadBytes: number;
  readonly #compress: boolean;
  // Payloads from this length on are not copied into the open chunk.
  readonly #directBytes: number;
  readonly #tracks: McapTrack[] = [];
  // Records that have to stand in front of the chunk.
  readonly #ahead = new ByteWriter();
  // The open chunk: room for its header, and its messages.
  #buffer: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #used = CHUNK_HEADER_BYTES;
  #chunk = new OpenBlock(0, 0);
  // The open chunk as the disk did not take it: it is not compressed again and again while the disk is full.
  #refused: PackedChunk | undefined;
  #crc = 0;
  #closed = false;

  /** Makes the file, which must not be there. */
  constructor(files: Files, path: string, options: McapWriterOptions) {
    const { sync = "never", blockBytes = 1024 * 1024, maxPayloadBytes = MAX_PAYLOAD_BYTES } = options;
    if (!(blockBytes >= 64 && blockBytes <= 2 ** 30)) {
      throw new RangeError(`Cannot use chunks of ${blockBytes} bytes: blockBytes must be from 64 to 2^30`);
    }
    this.path = path;
    this.#sync = sync;
    this.#compress = options.compress === "zstd";
    this.#chunkBytes = blockBytes;
    this.#maxPayloadBytes = Math.min(maxPayloadBytes, 2 ** 32 - 1024);
    const copied = Math.min(LARGE_PAYLOAD_BYTES, blockBytes - MESSAGE_HEADER_BYTES + 1, maxPayloadBytes + 1);
    this.#directBytes = sync === "always" ? 0 : copied;
    this.#buffer = new Uint8Array(CHUNK_HEADER_BYTES + Math.min(FIRST_BUFFER_BYTES, blockBytes));
    this.#view = viewOf(this.#buffer);
    this.#file = new AppendedFile(files, path);
  }

  /** A channel whose record has this id. */
  track(id: number): McapTrack {
    const track = new McapTrack(this, id);
    this.#tracks.push(track);
    return track;
  }

  /** Lets these whole records stand in front of the next chunk. */
  putAhead(records: Uint8Array): void {
    this.#ahead.bytes(records);
  }

  /** Appends one message to the open chunk. */
  append(track: McapTrack, payload: Uint8Array, hi: number, lo: number): void {
    const length = payload.length;
    if (length >= this.#directBytes) return this.#writeThrough(track, payload, { hi, lo });
    const end = this.#used + MESSAGE_HEADER_BYTES + length;
    if (end > this.#buffer.length || this.#closed) this.#makeRoom(payload);
    const at = this.#used;
    putMessageHeader(this.#view, { at, id: track.id, sequence: track.frames, hi, lo, length });
    this.#buffer.set(payload, at + MESSAGE_HEADER_BYTES);
    this.#used = at + MESSAGE_HEADER_BYTES + length;
    track.count(hi, lo, at - CHUNK_HEADER_BYTES);
    this.#chunk.count(hi, lo);
  }

  /** Hands everything to the operating system and, unless `sync` is `never`, waits until it is on the disk. */
  flush(): void {
    this.drain();
    if (this.#sync !== "never" && !this.#closed && !this.#file.trySync()) throw this.#file.failure();
  }

  /** Ends the open chunk and hands everything to the operating system. What the disk does not take stays here. */
  drain(): void {
    if (this.#closed) return;
    if (!this.#file.tryRepair()) throw this.#file.failure();
    if (this.#used === CHUNK_HEADER_BYTES) return this.#put();
    const chunk = this.#refused = this.#pack();
    this.#put(chunk);
    this.#beginChunk();
  }

  /** Gives up the messages of the open chunk: each channel is told how many it lost. */
  abandon(): void {
    for (const track of this.#tracks) track.abandon();
    this.#beginChunk();
  }

  /** Writes what belongs at the end, `records` first, and releases the file. */
  end(records: (at: number) => Uint8Array): void {
    if (this.#closed) return;
    try {
      this.drain();
      const last = records(this.#file.size);
      const all = this.summary.end({ at: this.#file.size, last, crc: this.#crc, tracks: this.#tracks });
      const isWhole = this.#file.put(all) === all.length && (this.#sync === "never" || this.#file.trySync());
      this.#file.keep(isWhole ? all.length : 0);
      if (!isWhole) throw this.#file.failure();
    } finally {
      this.close();
    }
  }

  /** Releases the file as it is. */
  close(): void {
    this.#closed = true;
    this.#file.close();
  }

  #beginChunk(): void {
    this.#used = CHUNK_HEADER_BYTES;
    this.#chunk = new OpenBlock(0, 0);
    this.#refused = undefined;
  }

  #pack(): PackedChunk {
    const size = this.#used - CHUNK_HEADER_BYTES;
    if (this.#compress && this.#refused?.size === size) return this.#refused;
    return packChunk([this.#buffer.subarray(0, this.#used)], this.#chunk.end(), this.#compress);
  }

  /** Room in the buffer for one more message. */
  #makeRoom(payload: Uint8Array): void {
    this.#checkOpen(payload);
    const needed = this.#used + MESSAGE_HEADER_BYTES + payload.length;
    if (needed > CHUNK_HEADER_BYTES + this.#chunkBytes) {
      this.drain();
      return this.#makeRoomFor(CHUNK_HEADER_BYTES + MESSAGE_HEADER_BYTES + payload.length);
    }
    this.#makeRoomFor(needed);
  }

  #makeRoomFor(needed: number): void {
    if (needed <= this.#buffer.length) return;
    const wanted = Math.max(this.#buffer.length * 2, needed);
    const larger = new Uint8Array(Math.min(CHUNK_HEADER_BYTES + this.#chunkBytes, wanted));
    larger.set(this.#buffer.subarray(0, this.#used));
    this.#buffer = larger;
    this.#view = viewOf(larger);
  }

  /** Writes a chunk of one message at once, without a copy of its payload. */
  #writeThrough(track: McapTrack, payload: Uint8Array, { hi, lo }: { hi: number; lo: number }): void {
    this.#checkOpen(payload);
    checkLimit("a payload", payload.length, this.#maxPayloadBytes, "maxPayloadBytes");
    this.drain();
    const { length } = payload;
    const head = new Uint8Array(CHUNK_HEADER_BYTES + MESSAGE_HEADER_BYTES);
    const [view, at] = [viewOf(head), CHUNK_HEADER_BYTES];
    putMessageHeader(view, { at, id: track.id, sequence: track.frames, hi, lo, length });
    const chunk = new OpenBlock(0, 0);
    chunk.count(hi, lo);
    const packed = packChunk([head, payload], chunk.end(), this.#compress);
    track.count(hi, lo, 0);
    try {
      this.#put(packed);
    } catch (error) {
      track.uncount();
      throw error;
    }
  }

  #checkOpen(payload: Uint8Array): void {
    if (!this.#closed) return;
    throw new TinmanError("CLOSED", `Cannot write to ${this.path}: it is closed`, { unsent: payload });
  }

  /** Puts what has to stand ahead, a chunk and the index of its messages into the file: all of it or nothing. */
  #put(chunk?: PackedChunk): void {
    const { parts = [] } = chunk ?? {};
    const ahead = this.#ahead.view();
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const at = this.#file.size + ahead.length;
    const index = new ByteWriter(1024);
    const used = chunk === undefined ? [] : this.#tracks.filter((track) => track.pending > 0);
    const offsets = used.map((track) => {
      const offset = at + length + index.length;
      track.putIndex(index);
      return { id: track.id, offset };
    });
    const all = [ahead, ...parts, index.view()].filter((part) => part.length > 0);
    if (all.length === 0) return;
    const isWhole = all.every((part) => this.#file.put(part) === part.length) &&
      (this.#sync !== "always" || this.#file.trySync());
    this.#file.keep(isWhole ? ahead.length + length + index.length : 0);
    if (!isWhole) throw this.#file.failure();
    for (const part of all) this.#crc = crc32(part, this.#crc);
    this.#ahead.clear();
    for (const track of used) track.written();
    if (chunk !== undefined) this.summary.addChunk(chunk, { at, length, indexLength: index.length, offsets });
  }
}

function putMessageHeader(
  view: DataView,
  message: { at: number; id: number; sequence: number; hi: number; lo: number; length: number },
): void {
  const { at, id, sequence, hi, lo, length } = message;
  view.setUint8(at, Op.message);
  view.setUint32(at + 1, MESSAGE_HEADER_BYTES - 9 + length, true);
  view.setUint32(at + 5, 0, true);
  view.setUint16(at + 9, id, true);
  view.setUint32(at + 11, sequence, true);
  view.setUint32(at + 15, lo, true);
  view.setUint32(at + 19, hi, true);
  view.setUint32(at + 23, lo, true);
  view.setUint32(at + 27, hi, true);
}
