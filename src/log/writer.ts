import { checkLimit } from "../bytes/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { AppendedFile, type Files } from "../files/mod.ts";
import { FRAME_HEADER_BYTES, joinTime, lengthAt, MAX_PAYLOAD_BYTES, splitTime, viewOf } from "./frame.ts";
import { IndexWriter } from "./index.ts";
import { indexPathOf } from "./names.ts";
import { OpenBlock } from "./open_block.ts";

/**
 * When what was written is waited for until it is on the disk: `never` leaves it to the operating system (a crash of the
 * program loses nothing that was flushed, a power cut may), `always` does it in each write.
 */
export type SyncPolicy = "never" | "always" | { readonly everyMs: number };

/** Options of {@linkcode LogWriter}. */
export interface LogWriterOptions {
  /** See {@linkcode SyncPolicy}; an interval is kept by whoever calls `flush()`. @default {"never"} */
  readonly sync?: SyncPolicy;
  /** Most bytes in a block of the index, which is also the most that is held back in memory. @default {262144} */
  readonly blockBytes?: number;
  /** Longest payload to take. @default {1073741824} */
  readonly maxPayloadBytes?: number;
}

// From here on a copy costs more than another call to the operating system.
const LARGE_PAYLOAD_BYTES = 64 * 1024;
// Most channels are slow: their buffer stays this small.
const FIRST_BUFFER_BYTES = 8 * 1024;

/**
 * Appends frames to one log file and writes its index beside it. Every call is synchronous. A disk that takes no more is
 * a `WRITE_FAILED` error of the very call that needs it, and of every later one until there is room: the frame of a call
 * that threw is not in the log, those of calls before it are held back and written when there is room.
 */
export class LogWriter {
  /** The log file. */
  readonly path: string;
  readonly #file: AppendedFile;
  readonly #index: IndexWriter;
  readonly #sync: SyncPolicy;
  readonly #blockBytes: number;
  readonly #maxPayloadBytes: number;
  // Payloads from this length on are not copied.
  readonly #directBytes: number;
  // Frames that are not in the file yet; all of them belong to the open block.
  #buffer: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #used = 0;
  // How far the buffer may be filled: to its end, or until the open block is full.
  #room = 0;
  #block = new OpenBlock(0, 0);
  #lastHi = 0;
  #lastLo = 0;
  #closed = false;

  /** Makes the log and its index (`.idx` in place of `.blog`), which must not be there. */
  constructor(files: Files, path: string, options: LogWriterOptions = {}) {
    const { sync = "never", blockBytes = 256 * 1024, maxPayloadBytes = MAX_PAYLOAD_BYTES } = options;
    if (!(blockBytes >= 64 && blockBytes <= 2 ** 30)) {
      throw new RangeError(`Cannot use blocks of ${blockBytes} bytes: blockBytes must be from 64 to 2^30`);
    }
    this.path = path;
    this.#sync = sync;
    this.#blockBytes = blockBytes;
    this.#maxPayloadBytes = Math.min(maxPayloadBytes, 2 ** 32 - 1 - FRAME_HEADER_BYTES);
    // With `always` nothing is held back, so there is nothing to gain from a copy.
    const copied = Math.min(LARGE_PAYLOAD_BYTES, blockBytes - FRAME_HEADER_BYTES + 1, maxPayloadBytes + 1);
    this.#directBytes = sync === "always" ? 0 : copied;
    this.#buffer = new Uint8Array(Math.min(FIRST_BUFFER_BYTES, blockBytes));
    this.#view = viewOf(this.#buffer);
    this.#file = new AppendedFile(files, path);
    try {
      this.#index = new IndexWriter(files, indexPathOf(path));
    } catch (cause) {
      this.#file.close();
      files.remove(path);
      throw cause;
    }
  }

  /** How many frames were taken. */
  get frames(): number {
    return this.#block.firstFrame + this.#block.frames;
  }

  /** How many bytes the log has, those that are not in the file yet included. */
  get bytes(): number {
    return this.#file.size + this.#used;
  }

  /** The time of the last frame, undefined when there is none. */
  get lastNs(): bigint | undefined {
    return this.frames === 0 ? undefined : joinTime(this.#lastHi, this.#lastLo);
  }

  /** Appends one frame. Its time must not be before that of the last one. `payload` is copied or written, not kept. */
  writeBytes(payload: Uint8Array, timeNs: bigint): void {
    if (timeNs < 0n || timeNs >= 2n ** 64n) throw new RangeError(`Cannot write a frame with time ${timeNs}`);
    const lastNs = this.lastNs;
    if (lastNs !== undefined && timeNs < lastNs) {
      throw new RangeError(`Cannot write a frame with time ${timeNs}: the last one has ${lastNs}`);
    }
    const { hi, lo } = splitTime(timeNs);
    this.append(payload, hi, lo);
  }

  /** The same for hot paths and for copies of foreign logs: takes the halves of the time and does not compare them. */
  append(payload: Uint8Array, hi: number, lo: number): void {
    const length = payload.length;
    if (length >= this.#directBytes) return this.#writeThrough(payload, hi, lo);
    const at = this.#used + FRAME_HEADER_BYTES + length > this.#room ? this.#makeRoom(payload) : this.#used;
    const view = this.#view;
    view.setUint32(at, lo, true);
    view.setUint32(at + 4, hi, true);
    view.setUint32(at + 8, length, true);
    view.setUint32(at + 12, 0, true);
    this.#buffer.set(payload, at + FRAME_HEADER_BYTES);
    this.#used = at + FRAME_HEADER_BYTES + length;
    this.#count(hi, lo);
  }

  /** Hands everything to the operating system and, unless `sync` is `never`, waits until it is on the disk. */
  flush(): void {
    this.drain();
    if (this.#sync !== "never" && !this.#closed && !this.#file.trySync()) throw this.#file.failure();
  }

  /** Hands everything to the operating system. Frames that the disk does not take stay here for the next time. */
  drain(): void {
    if (this.#closed) return;
    if (!this.#file.tryRepair()) throw this.#file.failure();
    if (this.#used === 0) return;
    const taken = this.#file.put(this.#buffer.subarray(0, this.#used));
    const whole = taken === this.#used ? taken : wholeFrames(this.#view, taken);
    this.#block.extend(this.#buffer.subarray(0, whole));
    this.#file.keep(whole);
    this.#buffer.copyWithin(0, whole, this.#used);
    this.#used -= whole;
    this.#measureRoom();
    if (this.#used > 0) throw this.#file.failure();
  }

  /**
   * Flushes, ends the index and releases the file; twice is fine. When the disk takes no more it throws `WRITE_FAILED`
   * and is closed all the same: the log ends after its last whole frame, and {@linkcode LogWriter.frames} says how many.
   */
  close(): void {
    if (this.#closed) return;
    try {
      this.flush();
      this.#endBlock();
    } finally {
      this.#closed = true;
      this.#block.frames -= countFrames(this.#view, this.#used);
      this.#used = 0;
      this.#room = -1;
      this.#index.close();
      this.#file.close();
    }
  }

  #count(hi: number, lo: number): void {
    this.#block.count(hi, lo);
    this.#lastHi = hi;
    this.#lastLo = lo;
  }

  /** Room in the buffer for one more frame; returns where it starts. */
  #makeRoom(payload: Uint8Array): number {
    const length = FRAME_HEADER_BYTES + payload.length;
    this.#startFrame(payload);
    if (this.#used + length > this.#buffer.length) {
      const wanted = Math.max(this.#buffer.length * 2, this.#used + length);
      const larger = new Uint8Array(Math.min(this.#blockBytes, wanted));
      larger.set(this.#buffer.subarray(0, this.#used));
      this.#buffer = larger;
      this.#view = viewOf(larger);
    }
    this.#measureRoom();
    return this.#used;
  }

  /** Writes one frame at once, without a copy of its payload. */
  #writeThrough(payload: Uint8Array, hi: number, lo: number): void {
    checkLimit("a payload", payload.length, this.#maxPayloadBytes, "maxPayloadBytes");
    this.#startFrame(payload);
    this.drain();
    const header = new Uint8Array(FRAME_HEADER_BYTES);
    new Uint32Array(header.buffer).set([lo, hi, payload.length, 0]);
    const whole = this.#file.put(header) === header.length && this.#file.put(payload) === payload.length &&
      (this.#sync !== "always" || this.#file.trySync());
    this.#file.keep(whole ? header.length + payload.length : 0);
    if (!whole) throw this.#file.failure();
    this.#block.extend(header);
    this.#block.extend(payload);
    this.#count(hi, lo);
    this.#measureRoom();
  }

  /** Ends the open block when the next frame has no room in it. */
  #startFrame(payload: Uint8Array): void {
    if (this.#closed) {
      throw new TinmanError("CLOSED", `Cannot write to ${this.path}: it is closed`, { unsent: payload });
    }
    const blockLength = this.bytes - this.#block.at;
    if (blockLength === 0 || blockLength + FRAME_HEADER_BYTES + payload.length <= this.#blockBytes) return;
    this.drain();
    this.#endBlock();
  }

  #measureRoom(): void {
    this.#room = Math.min(this.#buffer.length, this.#blockBytes - (this.#file.size - this.#block.at));
  }

  #endBlock(): void {
    if (this.#block.frames === 0) return;
    this.#index.add(this.#block.end());
    this.#block = new OpenBlock(this.#file.size, this.frames);
  }
}

/** How many bytes of the first `taken` are whole frames. */
function wholeFrames(view: DataView, taken: number): number {
  let at = 0;
  while (at + FRAME_HEADER_BYTES <= taken) {
    const next = at + FRAME_HEADER_BYTES + lengthAt(view, at);
    if (next > taken) break;
    at = next;
  }
  return at;
}

function countFrames(view: DataView, used: number): number {
  let frames = 0;
  for (let at = 0; at < used; at += FRAME_HEADER_BYTES + lengthAt(view, at)) frames++;
  return frames;
}
