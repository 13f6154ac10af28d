/** Whether a {@linkcode Coder} writes, reads, or only takes in what both sides know. */
export type CoderMode = "write" | "read" | "learn";

/** Least and most bits of the number of contexts that a coder keeps apart. */
export const MIN_TABLE_BITS = 8;
/** See {@linkcode MIN_TABLE_BITS}. */
export const MAX_TABLE_BITS = 18;

/**
 * Codes decisions by how likely they are: an adaptive binary range coder (Martin 1979; the carry as in LZMA, the rates
 * of adaptation as in lpaq, Mahoney 2007). What is expected costs next to nothing. Whole numbers only, so that all
 * machines agree to the bit.
 *
 * Reader and writer are one class, so that what is read is what was written by construction: a model calls
 * `bit(context, value)`, and when it reads, `value` is not looked at and the result counts.
 */
export class Coder {
  mode: CoderMode;
  readonly #table: Uint32Array;
  readonly #mask: number;
  #bytes: Uint8Array;
  #at = 0;
  // Writing: low and what is held back for a carry. Reading: where in the range we are.
  #low = 0;
  #range = 0xffffffff;
  #held = -1;
  #holding = 0;
  #code = 0;

  constructor(mode: "write" | "read", { tableBits, bytes = new Uint8Array(256) }: CoderOptions) {
    this.mode = mode;
    this.#bytes = bytes;
    this.#table = new Uint32Array(1 << tableBits).fill(HALF);
    this.#mask = (1 << tableBits) - 1;
    if (mode === "read") { for (let i = 0; i < 4; i++) this.#code = (this.#code << 8 | this.#next()) >>> 0; }
  }

  /** Whether values come out instead of in. */
  get isReading(): boolean {
    return this.mode === "read";
  }

  /** One decision, 0 or 1, in a context. */
  bit(context: number, value: number): number {
    const slot = context & this.#mask;
    const entry = this.#table[slot]!;
    const chance = entry >>> 10;
    if (this.mode !== "learn") {
      const bound = (this.#range >>> 15) * (chance >>> 7 || 1);
      if (this.mode === "read") value = this.#code < bound ? 1 : 0;
      if (value === 1) this.#range = bound;
      else {
        if (this.mode === "read") this.#code -= bound;
        else this.#low += bound;
        this.#range -= bound;
      }
      if (this.#range < 0x1000000) this.#normalize();
    }
    const seen = entry & 1023;
    const aim = value === 1 ? CERTAIN : 0;
    const moved = chance + (((aim - chance) >> 3) * RATES[seen]! >> 9);
    this.#table[slot] = moved << 10 | (seen < MAX_SEEN ? seen + 1 : seen);
    return value;
  }

  /** One of 2^bits, as a tree of decisions. */
  symbol(context: number, bits: number, value: number): number {
    let node = 1;
    for (let i = bits - 1; i >= 0; i--) node = node << 1 | this.bit(context + node, value >>> i & 1);
    return node - (1 << bits);
  }

  /** Bits that nobody can guess, at most 53. */
  direct(bits: number, value: number): number {
    if (this.mode === "learn") return value;
    let result = 0;
    while (bits > 0) {
      const width = Math.min(bits, 16);
      bits -= width;
      const part = Math.floor(value / 2 ** bits) & 0xffff & ((1 << width) - 1);
      result = result * 2 ** width + this.#directPart(width, part);
    }
    return result;
  }

  /** What was written. */
  finish(): Uint8Array {
    // The number in the range that ends in most zeros; those are not sent.
    for (let step = 2 ** 32; step >= 1; step /= 256) {
      const value = Math.ceil(this.#low / step) * step;
      if (value >= this.#low + this.#range) continue;
      this.#low = value;
      break;
    }
    for (let i = 0; i < 5; i++) this.#shift();
    let end = this.#at;
    while (end > this.#at - 4 && end > 0 && this.#bytes[end - 1] === 0) end--;
    return this.#bytes.slice(0, end);
  }

  /** @throws {RangeError} when bytes are left over. */
  end(): void {
    if (this.#at < this.#bytes.length) throw new RangeError(`${this.#bytes.length - this.#at} bytes are left over`);
  }

  #directPart(width: number, value: number): number {
    this.#range = Math.floor(this.#range / 2 ** width);
    if (this.mode === "read") {
      value = Math.min(Math.floor(this.#code / this.#range), 2 ** width - 1);
      this.#code -= value * this.#range;
    } else this.#low += value * this.#range;
    if (this.#range < 0x1000000) this.#normalize();
    return value;
  }

  #normalize(): void {
    do {
      this.#range = this.#range * 256;
      if (this.mode === "read") this.#code = this.#code * 256 + this.#next();
      else this.#shift();
    } while (this.#range < 0x1000000);
  }

  #next(): number {
    if (this.#at < this.#bytes.length) return this.#bytes[this.#at++]!;
    // Zeros at the end are not sent, but there are never more than these.
    if (this.#at++ >= this.#bytes.length + 8) throw new RangeError("the bytes end too soon");
    return 0;
  }

  #shift(): void {
    if (this.#low < 0xff000000 || this.#low > 0xffffffff) {
      const carry = this.#low > 0xffffffff ? 1 : 0;
      // What would come before the first byte can only be zero, so it is never there.
      if (this.#held >= 0) this.#put(this.#held + carry);
      for (; this.#holding > 0; this.#holding--) this.#put(0xff + carry & 0xff);
      this.#held = this.#low >>> 24;
    } else this.#holding++;
    this.#low = this.#low % 0x1000000 * 256;
  }

  #put(byte: number): void {
    if (this.#at === this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#bytes.length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#at++] = byte;
  }
}

/** Options of {@linkcode Coder}. */
export interface CoderOptions {
  /** Bits of the number of contexts that are kept apart: its memory is four bytes for each. */
  readonly tableBits: number;
  /** What to read. */
  readonly bytes?: Uint8Array;
}

/** A context from another one and a number; any may meet by chance, which costs a little. */
export function mix(context: number, value: number): number {
  let hash = Math.imul(context ^ value + 0x9e3779b9, 0x85ebca6b);
  hash = Math.imul(hash ^ hash >>> 15, 0xc2b2ae35);
  return hash ^ hash >>> 13;
}

// A chance has 22 bits, what is below them counts how often it was moved.
const HALF = 1 << 31 >>> 0;
const CERTAIN = (1 << 22) - 1;
const MAX_SEEN = 255;
const RATES = Int32Array.from({ length: 1024 }, (_, seen) => Math.floor(4096 / (seen + 1.5)));
