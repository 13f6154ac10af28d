import { copyBytes } from "./slab.ts";

const utf8 = new TextEncoder();

/** Appends little-endian numbers, varints and byte runs to a buffer that grows. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = 0;

  /** Starts empty with room for `capacity` bytes. */
  constructor(capacity = 64) {
    this.#bytes = new Uint8Array(Math.max(8, capacity));
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** How many bytes were written. */
  get length(): number {
    return this.#length;
  }

  /** Unsigned 8-bit number. */
  u8(value: number): this {
    const at = this.#grow(1);
    this.#view.setUint8(at, value);
    return this;
  }

  /** Unsigned 16-bit number. */
  u16(value: number): this {
    const at = this.#grow(2);
    this.#view.setUint16(at, value, true);
    return this;
  }

  /** Unsigned 32-bit number. */
  u32(value: number): this {
    const at = this.#grow(4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  /** Unsigned 64-bit number. */
  u64(value: bigint): this {
    const at = this.#grow(8);
    this.#view.setBigUint64(at, value, true);
    return this;
  }

  /** Signed 64-bit number. */
  i64(value: bigint): this {
    const at = this.#grow(8);
    this.#view.setBigInt64(at, value, true);
    return this;
  }

  /** 64-bit float (IEEE 754). */
  f64(value: number): this {
    const at = this.#grow(8);
    this.#view.setFloat64(at, value, true);
    return this;
  }

  /** Unsigned LEB128 varint of a whole number from 0 to 2^53 - 1. */
  varint(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`Cannot write ${value} as a varint`);
    while (value >= 128) {
      this.u8(value % 128 + 128);
      value = Math.floor(value / 128);
    }
    return this.u8(value);
  }

  /** A run of bytes, copied. */
  bytes(value: Uint8Array): this {
    const at = this.#grow(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  /** UTF-8 text without a length; returns how many bytes it took. */
  text(value: string): number {
    // A UTF-16 unit takes at most three bytes of UTF-8.
    const start = this.#grow(value.length * 3);
    const { written } = utf8.encodeInto(value, this.#bytes.subarray(start));
    this.#length = start + written;
    return written;
  }

  /** Zero bytes up to the next multiple of `alignment`. */
  align(alignment: number): this {
    const padding = (alignment - this.#length % alignment) % alignment;
    const start = this.#grow(padding);
    this.#bytes.fill(0, start, start + padding);
    return this;
  }

  /** Puts a 32-bit number at `at`, where bytes were written before. */
  setU32(at: number, value: number): void {
    if (at + 4 > this.#length) throw new RangeError(`Cannot set 4 bytes at ${at}: ${this.#length} were written`);
    this.#view.setUint32(at, value, true);
  }

  /** A view of what was written, valid until the next write. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  /** A copy of what was written; a short one shares its `.buffer`, see {@linkcode copyBytes}. */
  take(): Uint8Array<ArrayBuffer> {
    return copyBytes(this.view());
  }

  /** Forgets what was written and keeps the room. */
  clear(): void {
    this.#length = 0;
  }

  // May replace the buffer and the view: call it before either is taken.
  #grow(extra: number): number {
    const start = this.#length;
    const needed = start + extra;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, start));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#length = needed;
    return start;
  }
}
