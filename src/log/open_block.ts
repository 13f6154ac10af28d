import { crc32 } from "../bytes/mod.ts";
import { joinTime } from "./frame.ts";
import type { Block } from "./index.ts";

/** The last block of a log while frames are added to it: what its index entry will say. */
export class OpenBlock {
  /** Where it starts. */
  readonly at: number;
  /** How many frames of the log are in front of it. */
  readonly firstFrame: number;
  /** How many frames were counted. */
  frames = 0;
  /** Bytes that are known to be in the file. */
  length = 0;
  #crc: number | undefined;
  #firstHi = 0;
  #firstLo = 0;
  #lastHi = 0;
  #lastLo = 0;

  /** Starts empty behind `at` bytes and `firstFrame` frames. */
  constructor(at: number, firstFrame: number) {
    this.at = at;
    this.firstFrame = firstFrame;
  }

  /** One more frame with this time. */
  count(hi: number, lo: number): void {
    if (this.frames++ === 0) {
      this.#firstHi = this.#lastHi = hi;
      this.#firstLo = this.#lastLo = lo;
    } else if (hi > this.#lastHi || hi === this.#lastHi && lo >= this.#lastLo) {
      this.#lastHi = hi;
      this.#lastLo = lo;
    } else if (hi < this.#firstHi || hi === this.#firstHi && lo < this.#firstLo) {
      this.#firstHi = hi;
      this.#firstLo = lo;
    }
  }

  /** These bytes are now in the file. */
  extend(bytes: Uint8Array): void {
    this.#crc = crc32(bytes, this.#crc);
    this.length += bytes.length;
  }

  /** The block as it is now; it has a checksum when all its bytes were seen. */
  end(): Block {
    const { at, firstFrame, frames, length } = this;
    const [firstNs, lastNs] = [joinTime(this.#firstHi, this.#firstLo), joinTime(this.#lastHi, this.#lastLo)];
    return { at, length, frames, firstFrame, firstNs, lastNs, crc: this.#crc };
  }
}
