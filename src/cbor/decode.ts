import { decodeUtf8 } from "../bytes/mod.ts";
import { codecFailure } from "../codec/mod.ts";
import { MAJOR, TAG, TYPED_ARRAYS } from "./format.ts";
import { HeadReader, type Run } from "./head_reader.ts";

/** Options of {@linkcode decodeCbor}. */
export interface DecodeCborOptions {
  /** Takes fields, entries and members in any order, as `keepOrder` writes them; none may be there twice. @default {false} */
  readonly anyOrder?: boolean;
}

/**
 * The value of bytes that `encodeCbor()` wrote, here or elsewhere. Whatever it would have written otherwise is refused, so
 * that a value has one form: a signature holds, and a hash of the bytes is one of the value. Byte strings are views into
 * `bytes`; typed arrays are copies. Memory stays below 100 times the bytes.
 *
 * @throws {TinmanError} `CODEC` when this is not exactly one value in its deterministic form.
 */
export function decodeCbor(bytes: Uint8Array, { anyOrder = false }: DecodeCborOptions = {}): unknown {
  try {
    const reader = new Reader(bytes, anyOrder);
    const value = reader.value(0);
    if (reader.at !== bytes.length) throw new RangeError(`${bytes.length - reader.at} bytes are left over`);
    return value;
  } catch (cause) {
    throw codecFailure("cbor", { direction: "decode", cause });
  }
}

/** Longest array to make room for before its items are seen. */
const MAX_TRUSTED = 256;

class Reader extends HeadReader {
  readonly #anyOrder: boolean;

  constructor(bytes: Uint8Array, anyOrder: boolean) {
    super(bytes);
    this.#anyOrder = anyOrder;
  }

  value(depth: number): unknown {
    const start = this.need(1);
    const head = this.bytes[start]!;
    const detail = head & 0x1f;
    switch (head & 0xe0) {
      case MAJOR.UNSIGNED:
        return detail < 24 ? detail : this.integer(detail, false);
      case MAJOR.NEGATIVE:
        return detail < 24 ? -1 - detail : this.integer(detail, true);
      case MAJOR.BYTES:
        return this.run(this.size(detail));
      case MAJOR.TEXT:
        return decodeUtf8(this.run(this.size(detail)));
      case MAJOR.ARRAY:
        return this.#array(this.size(detail), depth);
      case MAJOR.MAP:
        return this.#fields(this.size(detail), depth);
      case MAJOR.TAG:
        return this.#tagged(this.size(detail), depth);
      default:
        return this.simple(head, start);
    }
  }

  #array(length: number, depth: number): unknown[] {
    this.enter(length, depth);
    // The length is only a claim: a long array grows with what is there, a short one takes no more than its length.
    const items: unknown[] = new Array(length <= MAX_TRUSTED ? length : 0);
    for (let i = 0; i < length; i++) items[i] = this.value(depth + 1);
    return items;
  }

  #fields(length: number, depth: number): Record<string, unknown> {
    this.enter(length * 2, depth);
    const fields: Record<string, unknown> = {};
    let before = NONE;
    for (let i = 0; i < length; i++) {
      const start = this.at;
      if ((this.bytes[start]! & 0xe0) !== MAJOR.TEXT) throw new RangeError(`the key at ${start} is no text`);
      const key = this.value(depth + 1) as string;
      if (key === "__proto__") throw new RangeError("a field is called __proto__");
      const run = { start, end: this.at };
      if (this.#anyOrder ? Object.hasOwn(fields, key) : i > 0 && this.compare(before, run) >= 0) {
        throw this.#outOfOrder(start);
      }
      fields[key] = this.value(depth + 1);
      before = run;
    }
    return fields;
  }

  #tagged(tag: number, depth: number): unknown {
    const start = this.at;
    const head = this.bytes[this.need(1)]!;
    const [major, detail] = [head & 0xe0, head & 0x1f];
    if (tag === TAG.MAP && major === MAJOR.MAP) return this.#map(this.size(detail), depth);
    if (tag === TAG.SET && major === MAJOR.ARRAY) return this.#set(this.size(detail), depth);
    if (tag === TAG.DATE && (major === MAJOR.UNSIGNED || major === MAJOR.NEGATIVE || major === 0xe0)) {
      this.at = start;
      return this.#date(start);
    }
    if (major === MAJOR.BYTES) {
      const body = this.run(this.size(detail));
      if (tag === TAG.BIGINT || tag === TAG.NEGATIVE_BIGINT) return this.bigint(body, tag === TAG.NEGATIVE_BIGINT);
      if (TYPED_ARRAYS.has(tag)) return this.#typedArray(body, tag);
    }
    throw new RangeError(`the tag ${tag} before ${start} is not known, or not for what follows it`);
  }

  #map(length: number, depth: number): Map<unknown, unknown> {
    this.enter(length * 2, depth);
    const map = new Map<unknown, unknown>();
    this.#members(length, () => {
      const key = this.value(depth + 1);
      const end = this.at;
      map.set(key, this.value(depth + 1));
      return end;
    });
    return map;
  }

  #set(length: number, depth: number): Set<unknown> {
    this.enter(length, depth);
    const set = new Set<unknown>();
    this.#members(length, () => {
      set.add(this.value(depth + 1));
      return this.at;
    });
    return set;
  }

  /** Reads entries, and holds the bytes of their keys to an order in which none is there twice. */
  #members(length: number, read: () => number): void {
    const seen = this.#anyOrder ? new Set<string>() : undefined;
    let before = NONE;
    for (let i = 0; i < length; i++) {
      const start = this.at;
      const run = { start, end: read() };
      const key = seen && this.bytes.subarray(run.start, run.end).toHex();
      if (key === undefined ? i > 0 && this.compare(before, run) >= 0 : seen!.has(key)) throw this.#outOfOrder(start);
      if (key !== undefined) seen!.add(key);
      before = run;
    }
  }

  #date(start: number): Date {
    const seconds = this.value(0) as number;
    if (typeof seconds === "bigint") throw new RangeError(`the date at ${start} is beyond any`);
    const whole = Math.trunc(seconds);
    // The part behind the point by itself: together they have more digits than fit for far dates.
    const date = new Date(whole * 1000 + Math.round((seconds - whole) * 1000));
    if (!Object.is(date.getTime() / 1000 + 0, seconds)) {
      throw new RangeError(`the date at ${start} is no whole millisecond`);
    }
    return date;
  }

  #typedArray(body: Uint8Array, tag: number): ArrayBufferView {
    const kind = TYPED_ARRAYS.get(tag)!;
    if (body.length % kind.BYTES_PER_ELEMENT !== 0) {
      throw new RangeError(
        `${body.length} bytes before ${this.at} are no array of ${kind.BYTES_PER_ELEMENT} bytes each`,
      );
    }
    const array = new kind(body.slice().buffer as ArrayBuffer);
    if (tag >= 84 && !hasOwnNaN(array as Float64Array, body)) {
      throw new RangeError(`a number before ${this.at} has another form of NaN`);
    }
    return array;
  }

  #outOfOrder(at: number): RangeError {
    return new RangeError(`the key at ${at} is ${this.#anyOrder ? "there twice" : "not behind the one before it"}`);
  }
}

const NONE: Run = { start: 0, end: 0 };

/** The one form of NaN in arrays of floats, by the bytes of a float. */
const NAN: Readonly<Record<number, string>> = { 2: "007e", 4: "0000c07f", 8: "000000000000f87f" };

function hasOwnNaN(array: Float64Array, bytes: Uint8Array): boolean {
  if (!array.includes(NaN)) return true;
  const width = array.BYTES_PER_ELEMENT;
  return array.every((item, i) => item === item || bytes.subarray(i * width, (i + 1) * width).toHex() === NAN[width]);
}
