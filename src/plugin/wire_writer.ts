import type { WireError } from "./wire.ts";

/** Makes bytes of messages, see {@linkcode createWireWriter}. */
export interface WireWriter {
  /** Adds a message to the bytes to send. One that cannot be sent throws a {@linkcode WireError} and adds nothing. */
  put(message: unknown): void;
  /** How many bytes wait to be sent. */
  readonly size: number;
  /** All bytes that wait to be sent; they belong to the caller. */
  take(): Uint8Array<ArrayBuffer>;
}

/**
 * The sending half of the wire, see `wire.ts`. `maxBytes` is the longest message.
 *
 * This text runs on both sides, here and beside the plugin, so nothing in it may refer to anything outside but types.
 */
export function createWireWriter(maxBytes: number): WireWriter {
  const MAX_DEPTH = 128;
  const MAX_KEPT_BYTES = 1 << 20;
  const encoder = new TextEncoder();

  class Failure extends Error implements WireError {
    override readonly name = "WireError";
    at = "";
    constructor(readonly code: WireError["code"], message: string) {
      super(message);
    }
  }
  const unfit = (what: string) => new Failure("CODEC", what);
  const tooLarge = (bytes: number) =>
    new Failure("TOO_LARGE", `${bytes} bytes, more than the ${maxBytes} that are allowed`);

  let bytes = new Uint8Array(1024);
  let view = new DataView(bytes.buffer);
  let at = 0;
  let messageStart = 0;

  function put(value: unknown): void {
    const start = messageStart = at;
    try {
      makeRoom(4);
      at += 4;
      writeValue(value, 0);
      view.setUint32(start, written(), true);
    } catch (error) {
      at = start;
      if (error instanceof Failure) {
        const name = Array.isArray(value) && typeof value[0] === "string" ? value[0] : "a message";
        error.message = `Cannot pass ${name}${error.at.slice(0, 100)}: ${error.message}`;
      }
      throw error;
    }
  }

  function take(): Uint8Array<ArrayBuffer> {
    const taken = bytes.slice(0, at);
    at = 0;
    if (bytes.length > MAX_KEPT_BYTES) resize(1024);
    return taken;
  }

  function written(): number {
    const length = at - messageStart - 4;
    if (length > maxBytes) throw tooLarge(length);
    return length;
  }

  function writeValue(value: unknown, depth: number): void {
    switch (typeof value) {
      case "string":
        return writeText(value);
      case "number":
        return writeNumber(value);
      case "boolean":
        return writeByte(value ? 0xc3 : 0xc2);
      case "bigint":
        return writeBigint(value);
      case "object":
        if (value === null) return writeByte(0xc0);
        if (value instanceof Uint8Array) return writeBinary(value);
        if (depth === MAX_DEPTH) throw unfit(`more than ${MAX_DEPTH} levels, or a circle`);
        return Array.isArray(value) ? writeList(value, depth) : writeObject(value, depth);
      default:
        throw unfit(value === undefined ? "undefined" : `a ${typeof value}`);
    }
  }

  function writeNumber(value: number): void {
    if ((value | 0) === value && value >= -32 && value < 128 && !Object.is(value, -0)) {
      return writeByte(value & 0xff);
    }
    makeRoom(9);
    if (value >>> 0 === value && value !== 0) writeSize(value, 0xcc);
    else if ((value | 0) === value && value !== 0) {
      const width = value >= -0x80 ? 1 : value >= -0x8000 ? 2 : 4;
      bytes[at] = width === 4 ? 0xd2 : 0xcf + width;
      if (width === 1) view.setInt8(at + 1, value);
      else if (width === 2) view.setInt16(at + 1, value);
      else view.setInt32(at + 1, value);
      at += 1 + width;
    } else {
      bytes[at] = 0xcb;
      view.setFloat64(at + 1, value);
      at += 9;
    }
  }

  function writeBigint(value: bigint): void {
    const isNegative = value < 0n;
    if ((isNegative ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value)) !== value) {
      throw unfit("a bigint of more than 64 bits");
    }
    makeRoom(9);
    bytes[at] = isNegative ? 0xd3 : 0xcf;
    view.setBigUint64(at + 1, BigInt.asUintN(64, value));
    at += 9;
  }

  function writeText(value: string): void {
    const { length } = value;
    makeRoom(5 + length * 3, length);
    const start = at + headBytes(length);
    let i = 0;
    if (length <= 48) {
      for (; i < length; i++) {
        const unit = value.charCodeAt(i);
        if (unit >= 0x80) break;
        bytes[start + i] = unit;
      }
    }
    const count = i === length ? length : writeUtf8(value, start);
    const moved = at + headBytes(count);
    if (moved !== start) bytes.copyWithin(moved, start, start + count);
    if (count < 32) bytes[at] = 0xa0 | count;
    else writeSize(count, 0xd9);
    at = moved + count;
  }

  function writeUtf8(value: string, start: number): number {
    if (!value.isWellFormed()) throw unfit("a text with half a surrogate pair");
    return encoder.encodeInto(value, bytes.subarray(start)).written;
  }

  function writeList(value: readonly unknown[], depth: number): void {
    writeHead(value.length, 0x90, 0xdc);
    let i = 0;
    try {
      for (; i < value.length; i++) writeValue(value[i], depth + 1);
    } catch (error) {
      throw located(error, `[${i}]`);
    }
  }

  function writeObject(value: object, depth: number): void {
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== null && prototype !== Object.prototype) throw unfit(`a ${prototype.constructor?.name}`);
    const fields = value as Record<string, unknown>;
    const keys = Object.keys(fields);
    let count = keys.length;
    for (let i = 0; i < keys.length; i++) if (fields[keys[i]!] === undefined) count--;
    writeHead(count, 0x80, 0xde);
    let i = 0;
    try {
      for (; i < keys.length; i++) {
        const key = keys[i]!;
        const field = fields[key];
        if (field === undefined) continue;
        if (key === "__proto__") throw unfit("a field of this name");
        writeText(key);
        writeValue(field, depth + 1);
      }
    } catch (error) {
      throw located(error, `.${keys[i]}`);
    }
  }

  function writeBinary(value: Uint8Array): void {
    makeRoom(5 + value.length, value.length);
    writeSize(value.length, 0xc4);
    bytes.set(value, at);
    at += value.length;
  }

  function writeByte(value: number): void {
    makeRoom(1);
    bytes[at++] = value;
  }

  function writeHead(count: number, short: number, wide: number): void {
    makeRoom(5);
    if (count < 16) bytes[at++] = short | count;
    else writeWideSize(count, wide);
  }

  // `code` is the form with an 8-bit size; those with 16 and 32 bits follow it.
  function writeSize(value: number, code: number): void {
    if (value >= 0x100) return writeWideSize(value, code + 1);
    bytes[at++] = code;
    bytes[at++] = value;
  }

  function writeWideSize(value: number, code: number): void {
    const isWide = value >= 0x10000;
    bytes[at] = isWide ? code + 1 : code;
    if (isWide) view.setUint32(at + 1, value);
    else view.setUint16(at + 1, value);
    at += isWide ? 5 : 3;
  }

  // Makes room for `most` bytes, of which at least `least` will be written.
  function makeRoom(most: number, least = most): void {
    const end = at + most;
    if (end <= bytes.length && end - messageStart <= maxBytes) return;
    if (written() + least > maxBytes) throw tooLarge(written() + least);
    if (end > bytes.length) resize(Math.max(end, bytes.length * 2));
  }

  function resize(length: number): void {
    const larger = new Uint8Array(length);
    larger.set(bytes.subarray(0, at));
    [bytes, view] = [larger, new DataView(larger.buffer)];
  }

  function headBytes(length: number): number {
    return length < 32 ? 1 : length < 0x100 ? 2 : length < 0x10000 ? 3 : 5;
  }

  function located(error: unknown, step: string): unknown {
    if (error instanceof Failure) error.at = step + error.at;
    return error;
  }

  return {
    put,
    get size() {
      return at;
    },
    take,
  };
}
