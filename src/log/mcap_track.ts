import type { ByteWriter } from "../bytes/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { joinTime, splitTime } from "./frame.ts";
import { Op, putRecord } from "./mcap_format.ts";
import type { ChannelLog } from "./recording_store.ts";

/** The file that all channels of a recording go into. */
export interface MessageWriter {
  /** Where it is. */
  readonly path: string;
  /** Appends one message to the open chunk, and counts it in `track`. */
  append(track: McapTrack, payload: Uint8Array, hi: number, lo: number): void;
  /** Writes everything out, and waits for the disk if it has to. */
  flush(): void;
  /** Writes everything out. */
  drain(): void;
  /** Gives up what is not in the file. */
  abandon(): void;
}

/** One channel of an MCAP file that is being written, and the index of its messages in the open chunk. */
export class McapTrack implements ChannelLog {
  /** The id of its record. */
  readonly id: number;
  frames = 0;
  /** How many messages of the open chunk are its own. */
  pending = 0;
  readonly #file: MessageWriter;
  // Entries as they stand in the file: time and offset, 64 bits each.
  #index = new Uint32Array(64);
  #lost = 0;
  #lastHi = 0;
  #lastLo = 0;
  #closed = false;

  /** Made by the writer. */
  constructor(file: MessageWriter, id: number) {
    [this.#file, this.id] = [file, id];
  }

  append(payload: Uint8Array, hi: number, lo: number): void {
    if (this.#closed) {
      throw new TinmanError("CLOSED", `Cannot write to ${this.#file.path}: it is closed`, { unsent: payload });
    }
    this.#file.append(this, payload, hi, lo);
  }

  writeBytes(payload: Uint8Array, timeNs: bigint): void {
    if (timeNs < 0n || timeNs >= 2n ** 64n) throw new RangeError(`Cannot write a frame with time ${timeNs}`);
    const { hi, lo } = splitTime(timeNs);
    if (hi < this.#lastHi || hi === this.#lastHi && lo < this.#lastLo) {
      const lastNs = joinTime(this.#lastHi, this.#lastLo);
      throw new RangeError(`Cannot write a frame with time ${timeNs}: the last one has ${lastNs}`);
    }
    this.append(payload, hi, lo);
  }

  flush(): void {
    this.#file.flush();
  }

  drain(): void {
    this.#file.drain();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    let failure: unknown;
    try {
      this.#file.flush();
    } catch (error) {
      failure = error;
      this.#file.abandon();
    }
    this.frames -= this.#lost;
    if (failure === undefined && this.#lost === 0) return;
    const path = this.#file.path;
    throw failure ?? new TinmanError("WRITE_FAILED", `Cannot write to ${path}: the disk takes no more`, { path });
  }

  /** One more message, at this place of the chunk. */
  count(hi: number, lo: number, offset: number): void {
    const at = this.pending * 4;
    if (at === this.#index.length) this.#grow();
    const index = this.#index;
    index[at] = lo;
    index[at + 1] = hi;
    index[at + 2] = offset;
    this.#lastHi = hi;
    this.#lastLo = lo;
    this.pending++;
    this.frames++;
  }

  /** The last message is not in the file after all. */
  uncount(): void {
    this.pending--;
    this.frames--;
  }

  /** Appends the record that says where the messages of the open chunk are. */
  putIndex(out: ByteWriter): void {
    const length = this.pending * 16;
    putRecord(out, Op.messageIndex, () => {
      out.u16(this.id).u32(length).bytes(new Uint8Array(this.#index.buffer, 0, length));
    });
  }

  /** The open chunk is in the file. */
  written(): void {
    this.pending = 0;
  }

  /** The open chunk will never be in the file. */
  abandon(): void {
    this.#lost += this.pending;
    this.pending = 0;
  }

  #grow(): void {
    const larger = new Uint32Array(this.#index.length * 2);
    larger.set(this.#index);
    this.#index = larger;
  }
}
