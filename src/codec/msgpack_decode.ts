import { decodeUtf8 } from "../bytes/mod.ts";
import { codecFailure } from "./failure.ts";
import { decodeTimestamp, MAX_DEPTH, TIMESTAMP } from "./msgpack_format.ts";

/**
 * The value of MessagePack bytes. 64-bit integers become bigints, binary data a view into `bytes`, timestamps a `Date`.
 * Keys that are whole numbers become text, other keys and `__proto__` are errors. Memory stays below 100 times the bytes.
 *
 * @throws {TinmanError} `CODEC` when this is not exactly one value.
 */
export function decodeMsgpack(bytes: Uint8Array): unknown {
  try {
    const reader = new Reader(bytes);
    const value = reader.value(0);
    if (reader.at !== bytes.length) throw new RangeError(`${bytes.length - reader.at} bytes are left over`);
    return value;
  } catch (cause) {
    throw codecFailure("msgpack", { direction: "decode", cause });
  }
}

/** The first value of `bytes`, whatever stands behind it. Otherwise like {@linkcode decodeMsgpack}. */
export function decodeMsgpackPrefix(bytes: Uint8Array): unknown {
  try {
    return new Reader(bytes).value(0);
  } catch (cause) {
    throw codecFailure("msgpack", { direction: "decode", cause });
  }
}

/** Longest array to make room for before its items are seen. */
const MAX_TRUSTED = 256;

class Reader {
  at = 0;
  readonly #bytes: Uint8Array;
  #view: DataView | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  value(depth: number): unknown {
    const code = this.#bytes[this.#need(1)]!;
    if (code < 0x80) return code;
    if (code >= 0xe0) return code - 0x100;
    if (code >= 0xa0 && code < 0xc0) return this.#text(code & 0x1f);
    if (code < 0x90) return this.#map(code & 0x0f, depth);
    if (code < 0xa0) return this.#array(code & 0x0f, depth);
    if (code === 0xcb) return this.#data.getFloat64(this.#need(8));
    switch (code) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#binary(this.#size(code - 0xc4));
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#extension(this.#size(code - 0xc7));
      case 0xca:
        return this.#data.getFloat32(this.#need(4));
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#size(code - 0xcc);
      case 0xcf:
        return this.#data.getBigUint64(this.#need(8));
      case 0xd0:
        return this.#data.getInt8(this.#need(1));
      case 0xd1:
        return this.#data.getInt16(this.#need(2));
      case 0xd2:
        return this.#data.getInt32(this.#need(4));
      case 0xd3:
        return this.#data.getBigInt64(this.#need(8));
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#extension(1 << (code - 0xd4));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#size(code - 0xd9));
      case 0xdc:
      case 0xdd:
        return this.#array(this.#size(code - 0xdc + 1), depth);
      case 0xde:
      case 0xdf:
        return this.#map(this.#size(code - 0xde + 1), depth);
      default:
        throw new RangeError(`no value begins with the byte 0x${code.toString(16)} at ${this.at - 1}`);
    }
  }

  get #data(): DataView {
    return this.#view ??= new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
  }

  #array(length: number, depth: number): unknown[] {
    this.#enter(length, depth);
    // The length is only a claim: a long array grows with what is there, a short one takes no more than its length.
    const items: unknown[] = new Array(length <= MAX_TRUSTED ? length : 0);
    for (let i = 0; i < length; i++) items[i] = this.value(depth + 1);
    return items;
  }

  #map(length: number, depth: number): Record<string, unknown> {
    this.#enter(length * 2, depth);
    const fields: Record<string, unknown> = {};
    for (let i = 0; i < length; i++) {
      const key = this.#key();
      if (key === "__proto__") throw new RangeError("a field is called __proto__");
      fields[key] = this.value(depth + 1);
    }
    return fields;
  }

  #key(): string {
    const start = this.at;
    const code = this.#bytes[start]!;
    if (code >= 0xa0 && code < 0xc0) {
      this.at++;
      const length = code & 0x1f;
      return internKey(this.#bytes, this.#need(length), length);
    }
    // A container is no key, and its depth is not counted here.
    const isContainer = (code >= 0x80 && code < 0xa0) || (code >= 0xdc && code <= 0xdf);
    const key = isContainer ? undefined : this.value(0);
    if (typeof key === "string") return key;
    if (typeof key === "bigint" || Number.isInteger(key)) return `${key}`;
    throw new RangeError(`a key at ${start} is neither text nor a whole number`);
  }

  #text(length: number): string {
    return this.#textAt(this.#need(length), length);
  }

  #textAt(start: number, length: number): string {
    const bytes = this.#bytes;
    if (length <= 16) {
      let text = "";
      let i = start;
      for (; i < start + length && bytes[i]! < 0x80; i++) text += String.fromCharCode(bytes[i]!);
      if (i === start + length) return text;
    }
    return decodeUtf8(bytes.subarray(start, start + length));
  }

  #binary(length: number): Uint8Array {
    const start = this.#need(length);
    return this.#bytes.subarray(start, start + length);
  }

  #extension(length: number): Date {
    const type = this.#data.getInt8(this.#need(1));
    const body = this.#binary(length);
    if (type !== TIMESTAMP) throw new RangeError(`an extension has the type ${type}, only timestamps are known`);
    return decodeTimestamp(body);
  }

  // A size of 1, 2 or 4 bytes.
  #size(log2: number): number {
    if (log2 === 0) return this.#bytes[this.#need(1)]!;
    return log2 === 1 ? this.#data.getUint16(this.#need(2)) : this.#data.getUint32(this.#need(4));
  }

  #enter(values: number, depth: number): void {
    if (depth >= MAX_DEPTH) throw new RangeError(`nested deeper than ${MAX_DEPTH} levels`);
    if (values > this.#bytes.length - this.at) this.#need(values);
  }

  #need(length: number): number {
    const start = this.at;
    if (length > this.#bytes.length - start) {
      throw new RangeError(`${length} bytes are wanted at ${start}, ${this.#bytes.length - start} are left`);
    }
    this.at = start + length;
    return start;
  }
}

// The same few keys come in every frame: each is decoded once and found again by its bytes.
interface KnownKey {
  readonly bytes: Uint8Array;
  readonly text: string;
}
const KEY_SLOTS = 2048;
const keys: (KnownKey | undefined)[] = new Array(KEY_SLOTS).fill(undefined);

function internKey(bytes: Uint8Array, start: number, length: number): string {
  // FNV-1a (Fowler, Noll, Vo), its upper bits mixed into the lower.
  let hash = 0x811c9dc5;
  for (let i = start; i < start + length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  const slot = (hash ^ (hash >>> 15)) & (KEY_SLOTS - 1);
  const known = keys[slot];
  if (known !== undefined && isAt(known.bytes, bytes, { start, length })) return known.text;
  // Two keys that fall together take turns at two places.
  const other = keys[slot ^ 1];
  if (other !== undefined && isAt(other.bytes, bytes, { start, length })) return other.text;
  const copy = bytes.slice(start, start + length);
  const text = decodeUtf8(copy);
  keys[slot ^ 1] = known;
  keys[slot] = { bytes: copy, text };
  return text;
}

function isAt(wanted: Uint8Array, bytes: Uint8Array, run: { start: number; length: number }): boolean {
  if (wanted.length !== run.length) return false;
  for (let i = 0; i < run.length; i++) if (wanted[i] !== bytes[run.start + i]) return false;
  return true;
}
