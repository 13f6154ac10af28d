import { MAJOR, SIMPLE, TAG } from "./format.ts";
import { Unfit } from "./unfit.ts";

const utf8 = new TextEncoder();
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** Writes what is one item of CBOR by itself, into a buffer that grows. */
export class HeadWriter {
  /** What was written, up to `at`. */
  bytes = new Uint8Array(1024);
  /** The same bytes. */
  view = new DataView(this.bytes.buffer);
  /** Where the next item begins. */
  at = 0;

  number(value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      if (value >= 0) this.head(MAJOR.UNSIGNED, value);
      else this.head(MAJOR.NEGATIVE, -1 - value);
    } else this.float(value);
  }

  float(value: number): void {
    this.room(9);
    const { at, bytes, view } = this;
    // NaN has one form whatever its bits are; the view of another machine may write others.
    if (value !== value || Object.is(Math.f16round(value), value)) {
      bytes[at] = SIMPLE.FLOAT16;
      if (value === value) view.setFloat16(at + 1, value);
      else view.setUint16(at + 1, 0x7e00);
      this.at += 3;
    } else if (Math.fround(value) === value) {
      bytes[at] = SIMPLE.FLOAT32;
      view.setFloat32(at + 1, value);
      this.at += 5;
    } else {
      bytes[at] = SIMPLE.FLOAT64;
      view.setFloat64(at + 1, value);
      this.at += 9;
    }
  }

  bigint(value: bigint): void {
    const rest = value < 0n ? -1n - value : value;
    if (rest < 2n ** 64n && (value > MAX_SAFE || value < -MAX_SAFE)) {
      this.room(9);
      this.bytes[this.at] = (value < 0n ? MAJOR.NEGATIVE : MAJOR.UNSIGNED) | 27;
      this.view.setBigUint64(this.at + 1, rest);
      this.at += 9;
      return;
    }
    const hex = rest === 0n ? "" : rest.toString(16);
    this.head(MAJOR.TAG, value < 0n ? TAG.NEGATIVE_BIGINT : TAG.BIGINT);
    this.binary(Uint8Array.fromHex(hex.length % 2 === 0 ? hex : `0${hex}`));
  }

  text(value: string): void {
    const { length } = value;
    this.room(9 + length * 3);
    const { bytes, at } = this;
    const start = at + headBytes(length);
    let i = 0;
    // Most texts are short and ASCII: writing them costs less than calling the encoder.
    if (length <= 48) {
      for (; i < length; i++) {
        const unit = value.charCodeAt(i);
        if (unit >= 0x80) break;
        bytes[start + i] = unit;
      }
    }
    const written = i === length ? length : this.utf8(value, start);
    const moved = at + headBytes(written);
    if (moved !== start) bytes.copyWithin(moved, start, start + written);
    this.head(MAJOR.TEXT, written);
    this.at += written;
  }

  utf8(value: string, start: number): number {
    if (!value.isWellFormed()) throw new Unfit(value, "whole characters, this has half a surrogate pair");
    return utf8.encodeInto(value, this.bytes.subarray(start)).written;
  }

  binary(value: Uint8Array): void {
    this.head(MAJOR.BYTES, value.length);
    this.room(value.length);
    this.bytes.set(value, this.at);
    this.at += value.length;
  }

  byte(value: number): void {
    this.room(1);
    this.bytes[this.at++] = value;
  }

  /** The head of an item: what it is, and its size or value in as few bytes as it needs. */
  head(major: number, size: number): void {
    this.room(9);
    const { at, bytes, view } = this;
    if (size < 24) bytes[this.at++] = major | size;
    else if (size < 0x100) {
      bytes[at] = major | 24;
      bytes[at + 1] = size;
      this.at += 2;
    } else if (size < 0x10000) {
      bytes[at] = major | 25;
      view.setUint16(at + 1, size);
      this.at += 3;
    } else if (size < 0x100000000) {
      bytes[at] = major | 26;
      view.setUint32(at + 1, size);
      this.at += 5;
    } else {
      bytes[at] = major | 27;
      view.setUint32(at + 1, Math.floor(size / 0x100000000));
      view.setUint32(at + 5, size >>> 0);
      this.at += 9;
    }
  }

  room(needed: number): void {
    if (this.at + needed <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.at + needed, this.bytes.length * 2));
    larger.set(this.bytes.subarray(0, this.at));
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }
}

// A text of this many bytes has a head of so many.
function headBytes(length: number): number {
  return length < 24 ? 1 : length < 0x100 ? 2 : length < 0x10000 ? 3 : 5;
}
