import { MAX_DEPTH, SIMPLE } from "./format.ts";

/** Where something stands. */
export interface Run {
  readonly start: number;
  readonly end: number;
}

/** What a size of 1, 2, 4 or 8 bytes is at least. */
const SMALLEST = [24, 0x100, 0x10000, 0x100000000];
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** Reads what is one item of CBOR by itself, and holds it to its shortest form. */
export class HeadReader {
  /** Where the next item begins. */
  at = 0;
  readonly bytes: Uint8Array;
  readonly view: DataView;

  /** Reads from the first byte on. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  simple(head: number, start: number): unknown {
    switch (head) {
      case SIMPLE.FALSE:
        return false;
      case SIMPLE.TRUE:
        return true;
      case SIMPLE.NULL:
        return null;
      case SIMPLE.UNDEFINED:
        return undefined;
      case SIMPLE.FLOAT16:
        return this.float(this.view.getFloat16(this.need(2)), start);
      case SIMPLE.FLOAT32:
        return this.float(this.view.getFloat32(this.need(4)), start);
      case SIMPLE.FLOAT64:
        return this.float(this.view.getFloat64(this.need(8)), start);
      default:
        throw new RangeError(`no value begins with the byte 0x${head.toString(16)} at ${start}`);
    }
  }

  float(value: number, start: number): number {
    const width = this.at - start;
    const shortest = value !== value || Object.is(Math.f16round(value), value)
      ? 3
      : Math.fround(value) === value
      ? 5
      : 9;
    const isWhole = Number.isSafeInteger(value) && !Object.is(value, -0);
    const isOwnNaN = value === value || this.view.getUint16(start + 1) === 0x7e00;
    if (width !== shortest || isWhole || !isOwnNaN) throw new RangeError(`the number at ${start} has a shorter form`);
    return value;
  }

  integer(detail: number, negative: boolean): number | bigint {
    if (detail < 27) {
      const size = this.size(detail);
      return negative ? -1 - size : size;
    }
    const rest = this.wide(detail);
    const value = negative ? -1n - rest : rest;
    return value > MAX_SAFE || value < -MAX_SAFE ? value : Number(value);
  }

  bigint(body: Uint8Array, negative: boolean): bigint {
    const rest = body.length === 0 ? 0n : BigInt(`0x${body.toHex()}`);
    const value = negative ? -1n - rest : rest;
    if (body[0] === 0 || (rest < 2n ** 64n && (value > MAX_SAFE || value < -MAX_SAFE))) {
      throw new RangeError(`the number before ${this.at} has a shorter form`);
    }
    return value;
  }

  /** What stands behind a head: less than 24 in the head itself, else 1, 2, 4 or 8 bytes, never more than needed. */
  size(detail: number): number {
    if (detail < 24) return detail;
    const start = this.at;
    let size: number;
    if (detail === 24) size = this.bytes[this.need(1)]!;
    else if (detail === 25) size = this.view.getUint16(this.need(2));
    else if (detail === 26) size = this.view.getUint32(this.need(4));
    else size = Number(this.wide(detail));
    if (size < SMALLEST[detail - 24]!) throw new RangeError(`the number at ${start} has a shorter form`);
    return size;
  }

  wide(detail: number): bigint {
    const start = this.at - 1;
    if (detail !== 27) throw new RangeError(`the item at ${start} has no definite length`);
    const value = this.view.getBigUint64(this.need(8));
    if (value < 2n ** 32n) throw new RangeError(`the number at ${start} has a shorter form`);
    return value;
  }

  run(length: number): Uint8Array {
    const start = this.need(length);
    return this.bytes.subarray(start, start + length);
  }

  enter(values: number, depth: number): void {
    if (depth >= MAX_DEPTH) throw new RangeError(`nested deeper than ${MAX_DEPTH} levels`);
    if (values > this.bytes.length - this.at) this.need(values);
  }

  need(length: number): number {
    const start = this.at;
    if (length > this.bytes.length - start) {
      throw new RangeError(`${length} bytes are wanted at ${start}, ${this.bytes.length - start} are left`);
    }
    this.at = start + length;
    return start;
  }

  /** Which of two runs of bytes comes first. */
  compare(a: Run, b: Run): number {
    const shorter = Math.min(a.end - a.start, b.end - b.start);
    for (let i = 0; i < shorter; i++) {
      const difference = this.bytes[a.start + i]! - this.bytes[b.start + i]!;
      if (difference !== 0) return difference;
    }
    return (a.end - a.start) - (b.end - b.start);
  }
}
