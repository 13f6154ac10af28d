import { TinmanError } from "../errors/mod.ts";
import { decodeUtf8 } from "./utf8.ts";

/**
 * Reads little-endian numbers, varints and byte runs from a buffer, front to back. Every read is checked: reading past
 * the end throws a `RangeError` which says how many bytes were wanted and how many were left.
 */
export class ByteReader {
  /** Where the next read starts. */
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  /** Reads `bytes` from their first byte on. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** How many bytes are left. */
  get left(): number {
    return this.#bytes.length - this.at;
  }

  /** Unsigned 8-bit number. */
  u8(): number {
    return this.#view.getUint8(this.#need(1));
  }

  /** Unsigned 16-bit number. */
  u16(): number {
    return this.#view.getUint16(this.#need(2), true);
  }

  /** Unsigned 32-bit number. */
  u32(): number {
    return this.#view.getUint32(this.#need(4), true);
  }

  /** Unsigned 64-bit number. */
  u64(): bigint {
    return this.#view.getBigUint64(this.#need(8), true);
  }

  /** Signed 64-bit number. */
  i64(): bigint {
    return this.#view.getBigInt64(this.#need(8), true);
  }

  /** 64-bit float (IEEE 754). */
  f64(): number {
    return this.#view.getFloat64(this.#need(8), true);
  }

  /** Unsigned LEB128 varint up to 2^53 - 1. */
  varint(): number {
    let value = 0;
    let scale = 1;
    // Seven groups of seven bits and the low four of an eighth: 53 bits.
    for (let i = 0; i < 8; i++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) throw new RangeError("Cannot read a varint: it is larger than 2^53 - 1");
        return value;
      }
      scale *= 128;
    }
    throw new RangeError("Cannot read a varint: it is longer than 8 bytes");
  }

  /** A view of the next `length` bytes. */
  bytes(length: number): Uint8Array {
    const start = this.#need(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** `length` bytes of UTF-8; malformed text is a `TypeError`. */
  text(length: number): string {
    return decodeUtf8(this.bytes(length));
  }

  /** Skips zero or more bytes so that the next read starts at a multiple of `alignment` from the start. */
  align(alignment: number): void {
    this.bytes((alignment - this.at % alignment) % alignment);
  }

  /** Throws a `RangeError` unless all bytes have been read. */
  end(): void {
    if (this.left !== 0) throw new RangeError(`Cannot read to the end: ${this.left} bytes are left over`);
  }

  #need(length: number): number {
    if (length > this.left || length < 0) {
      throw new RangeError(`Cannot read ${length} bytes at ${this.at}: ${this.left} are left`);
    }
    const start = this.at;
    this.at += length;
    return start;
  }
}

/** A `TOO_LARGE` error when `actual` is above `limit`. */
export function checkLimit(what: string, actual: number, limit: number, option: string): void {
  if (actual <= limit) return;
  throw new TinmanError("TOO_LARGE", `Cannot take ${what} of ${actual}: the limit is ${limit}`, {
    limit,
    actual,
    hint: `raise ${option} if this is meant to be`,
  });
}
