import { copyBytes } from "../bytes/mod.ts";
import { codecFailure, unfitError } from "./failure.ts";
import { encodeTimestamp, MAX_DEPTH, TIMESTAMP } from "./msgpack_format.ts";

/** A larger buffer is not kept for the next value. */
const MAX_KEPT_BYTES = 1024 * 1024;

/**
 * Plain data as MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md), the same bytes for the same value.
 * Taken are null, booleans, numbers, bigints of 64 bits, text, `Uint8Array`, `Date`, arrays and objects; a class counts
 * as its fields, a field that is `undefined` is left out. Whatever would not come back, such as a `Map` or `undefined`
 * in an array, is an error. The result belongs to the caller.
 *
 * @throws {TinmanError} `CODEC` with the place of what does not fit, such as `.legs[2].angle`.
 */
export function encodeMsgpack(value: unknown): Uint8Array<ArrayBuffer> {
  // A getter in the value may encode something itself: that one gets a writer of its own.
  const writer = idle ?? new Writer();
  idle = undefined;
  try {
    writer.at = 0;
    writer.value(value, 0);
    return copyBytes(writer.bytes.subarray(0, writer.at));
  } catch (cause) {
    if (cause instanceof Unfit) throw unfitError("msgpack", cause.value, cause);
    throw codecFailure("msgpack", { direction: "encode", cause });
  } finally {
    if (writer.bytes.length <= MAX_KEPT_BYTES) idle = writer;
  }
}

let idle: Writer | undefined;
const utf8 = new TextEncoder();

/** Thrown inside and completed on the way out, so that the path costs nothing when all is well. */
class Unfit {
  at = "";
  constructor(readonly value: unknown, readonly expected: string, readonly hint?: string | undefined) {}
}

class Writer {
  bytes = new Uint8Array(1024);
  view = new DataView(this.bytes.buffer);
  at = 0;

  value(value: unknown, depth: number): void {
    switch (typeof value) {
      case "string":
        return this.text(value);
      case "number":
        return this.number(value);
      case "boolean":
        return this.byte(value ? 0xc3 : 0xc2);
      case "bigint":
        return this.bigint(value);
      case "object":
        if (value === null) return this.byte(0xc0);
        if (depth >= MAX_DEPTH) throw new Unfit(value, `at most ${MAX_DEPTH} levels, and no cycle`);
        return Array.isArray(value) ? this.array(value, depth) : this.object(value, depth);
      default:
        throw new Unfit(value, "plain data");
    }
  }

  number(value: number): void {
    if ((value | 0) === value && value >= -32 && value < 128 && !Object.is(value, -0)) {
      return this.byte(value & 0xff);
    }
    this.room(9);
    if (value >>> 0 === value && value !== 0) this.size(value, 0xcc);
    else if ((value | 0) === value && value !== 0) this.negative(value);
    else {
      // 64-bit integers are for bigints: a larger whole number is exact as a float and takes the same nine bytes.
      this.bytes[this.at] = 0xcb;
      this.view.setFloat64(this.at + 1, value);
      this.at += 9;
    }
  }

  negative(value: number): void {
    const width = value >= -0x80 ? 1 : value >= -0x8000 ? 2 : 4;
    this.bytes[this.at] = width === 1 ? 0xd0 : width === 2 ? 0xd1 : 0xd2;
    if (width === 1) this.view.setInt8(this.at + 1, value);
    else if (width === 2) this.view.setInt16(this.at + 1, value);
    else this.view.setInt32(this.at + 1, value);
    this.at += 1 + width;
  }

  bigint(value: bigint): void {
    this.room(9);
    const negative = value < 0n;
    if ((negative ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value)) !== value) {
      throw new Unfit(value, "a bigint of 64 bits");
    }
    this.bytes[this.at] = negative ? 0xd3 : 0xcf;
    this.view.setBigUint64(this.at + 1, BigInt.asUintN(64, value));
    this.at += 9;
  }

  text(value: string): void {
    const { length } = value;
    this.room(5 + length * 3);
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
    if (written < 32) bytes[at] = 0xa0 | written;
    else this.size(written, 0xd9);
    this.at = moved + written;
  }

  utf8(value: string, start: number): number {
    if (!value.isWellFormed()) throw new Unfit(value, "whole characters, this has half a surrogate pair");
    return utf8.encodeInto(value, this.bytes.subarray(start)).written;
  }

  array(value: readonly unknown[], depth: number): void {
    this.room(5);
    if (value.length < 16) this.bytes[this.at++] = 0x90 | value.length;
    else this.wideSize(value.length, 0xdc);
    for (let i = 0; i < value.length; i++) {
      try {
        this.value(value[i], depth + 1);
      } catch (cause) {
        if (cause instanceof Unfit) cause.at = `[${i}]${cause.at}`;
        throw cause;
      }
    }
  }

  object(value: object, depth: number): void {
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      if (value instanceof Uint8Array) return this.binary(value);
      if (value instanceof Date) return this.date(value);
      refuse(value);
    }
    const fields = value as Record<string, unknown>;
    const keys = Object.keys(fields);
    let count = keys.length;
    for (let i = 0; i < keys.length; i++) if (fields[keys[i]!] === undefined) count--;
    this.room(5);
    if (count < 16) this.bytes[this.at++] = 0x80 | count;
    else this.wideSize(count, 0xde);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      const field = fields[key];
      if (field === undefined) continue;
      try {
        if (key === "__proto__") throw new Unfit(key, "another name for a field");
        this.text(key);
        this.value(field, depth + 1);
      } catch (cause) {
        if (cause instanceof Unfit) cause.at = `.${key}${cause.at}`;
        throw cause;
      }
    }
  }

  binary(value: Uint8Array): void {
    this.room(5 + value.length);
    this.size(value.length, 0xc4);
    this.bytes.set(value, this.at);
    this.at += value.length;
  }

  date(value: Date): void {
    if (Number.isNaN(value.getTime())) throw new Unfit(value, "a date that exists");
    const body = encodeTimestamp(value);
    this.room(3 + body.length);
    if (body.length === 12) this.bytes[this.at++] = 0xc7;
    this.bytes[this.at++] = body.length === 4 ? 0xd6 : body.length === 8 ? 0xd7 : 12;
    this.bytes[this.at++] = TIMESTAMP & 0xff;
    this.bytes.set(body, this.at);
    this.at += body.length;
  }

  byte(value: number): void {
    this.room(1);
    this.bytes[this.at++] = value;
  }

  // `code` is the form with an 8-bit size; the forms with 16 and 32 bits follow it.
  size(value: number, code: number): void {
    if (value >= 0x100) return this.wideSize(value, code + 1);
    this.bytes[this.at++] = code;
    this.bytes[this.at++] = value;
  }

  wideSize(value: number, code: number): void {
    if (value < 0x10000) {
      this.bytes[this.at] = code;
      this.view.setUint16(this.at + 1, value);
      this.at += 3;
    } else {
      this.bytes[this.at] = code + 1;
      this.view.setUint32(this.at + 1, value);
      this.at += 5;
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

// A text of this many bytes has a head of one, two, three or five bytes.
function headBytes(length: number): number {
  return length < 32 ? 1 : length < 0x100 ? 2 : length < 0x10000 ? 3 : 5;
}

function refuse(value: object): void {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    throw new Unfit(value, "plain data", "the codecs ndarray() and table() take typed arrays, and give views back");
  }
  if (Object.prototype.toString.call(value) === "[object Object]") return;
  const hint = value instanceof Map
    ? "Object.fromEntries(map) is plain"
    : value instanceof Set
    ? "[...set] is plain"
    : "publish a plain object with what is in it that you need";
  throw new Unfit(value, "plain data", hint);
}
