import { copyBytes } from "../bytes/mod.ts";
import { codecFailure, unfitError } from "../codec/mod.ts";
import { MAJOR, MAX_DEPTH, SIMPLE, TAG, tagOfTypedArray, TYPED_ARRAYS } from "./format.ts";
import { HeadWriter } from "./head_writer.ts";
import { inOrderOfBytes } from "./order.ts";
import { Unfit } from "./unfit.ts";

/** Options of {@linkcode encodeCbor}. */
export interface EncodeCborOptions {
  /**
   * Writes fields, entries and members in the order in which they are, so that what is read goes through them in the same
   * order. Equal values then may give different bytes. @default {false}
   */
  readonly keepOrder?: boolean;
}

/**
 * A value as CBOR (RFC 8949), deterministic: equal values, in the sense of `assert.deepStrictEqual`, give the same bytes,
 * in every process, on every machine and in every version. Taken are plain data and `undefined`, bigints, `Uint8Array`,
 * typed arrays, `Date`, `Map` and `Set`. Instances of classes, functions, symbols and cycles are errors; symbol keys are
 * not seen, a hole in an array is `undefined`. The result belongs to the caller.
 *
 * @throws {TinmanError} `CODEC` with the place of what does not fit, such as `.legs[2].angle`.
 */
export function encodeCbor(value: unknown, options: EncodeCborOptions = {}): Uint8Array<ArrayBuffer> {
  return withEncoded(value, options, copyBytes);
}

/** Calls `use` with the bytes of a value, which are gone when it returns. */
export function withEncoded<T>(value: unknown, options: EncodeCborOptions, use: (bytes: Uint8Array) => T): T {
  // A getter in the value may encode something itself: that one gets a writer of its own.
  const writer = idle ?? new Writer();
  idle = undefined;
  try {
    writer.at = 0;
    writer.keepOrder = options.keepOrder ?? false;
    writer.value(value, 0);
  } catch (cause) {
    if (cause instanceof Unfit) throw unfitError("cbor", cause.value, cause);
    throw codecFailure("cbor", { direction: "encode", cause });
  } finally {
    writer.above.length = 0;
    if (writer.bytes.length <= MAX_KEPT_BYTES) idle = writer;
  }
  return use(writer.bytes.subarray(0, writer.at));
}

/** A larger buffer is not kept for the next value. */
const MAX_KEPT_BYTES = 1024 * 1024;
let idle: Writer | undefined;

class Writer extends HeadWriter {
  keepOrder = false;
  /** What the value at hand is in, the outermost first. */
  readonly above: object[] = [];

  value(value: unknown, depth: number): void {
    switch (typeof value) {
      case "string":
        return this.text(value);
      case "number":
        return this.number(value);
      case "boolean":
        return this.byte(value ? SIMPLE.TRUE : SIMPLE.FALSE);
      case "undefined":
        return this.byte(SIMPLE.UNDEFINED);
      case "bigint":
        return this.bigint(value);
      case "object":
        return value === null ? this.byte(SIMPLE.NULL) : this.object(value, depth);
      default:
        throw new Unfit(value, "data");
    }
  }

  object(value: object, depth: number): void {
    const prototype = Object.getPrototypeOf(value);
    const isPlain = prototype === Object.prototype || prototype === null;
    if (!isPlain && prototype !== Array.prototype) {
      if (value instanceof Uint8Array) return this.binary(value);
      if (ArrayBuffer.isView(value)) return this.typedArray(value);
      if (value instanceof Date) return this.date(value);
    }
    if (depth >= MAX_DEPTH) throw this.tooDeep(value);
    this.above.push(value);
    if (isPlain) this.fields(value as Fields, depth);
    else if (Array.isArray(value)) this.array(value, depth);
    else if (value instanceof Map) this.map(value, depth);
    else if (value instanceof Set) this.set(value, depth);
    else throw new Unfit(value, "data", hintFor(value));
    this.above.pop();
  }

  array(value: readonly unknown[], depth: number): void {
    this.head(MAJOR.ARRAY, value.length);
    for (let i = 0; i < value.length; i++) {
      try {
        this.value(value[i], depth + 1);
      } catch (cause) {
        throw cause instanceof Unfit ? cause.step(depth, () => `[${i}]`) : cause;
      }
    }
  }

  fields(value: Fields, depth: number): void {
    const keys = Object.keys(value);
    if (!this.keepOrder) inOrderOfBytes(keys);
    this.head(MAJOR.MAP, keys.length);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      try {
        if (key === "__proto__") throw new Unfit(key, "another name for a field");
        this.text(key);
        this.value(value[key], depth + 1);
      } catch (cause) {
        throw cause instanceof Unfit ? cause.step(depth, () => `.${key}`) : cause;
      }
    }
  }

  map(value: ReadonlyMap<unknown, unknown>, depth: number): void {
    this.head(MAJOR.TAG, TAG.MAP);
    this.head(MAJOR.MAP, value.size);
    let i = 0;
    this.members(value, depth, ([key, each]) => {
      this.value(key, depth + 1);
      const keyEnd = this.at;
      try {
        this.value(each, depth + 1);
      } catch (cause) {
        throw cause instanceof Unfit ? cause.step(depth, () => `.value`) : cause;
      }
      i++;
      return keyEnd;
    });
  }

  set(value: ReadonlySet<unknown>, depth: number): void {
    this.head(MAJOR.TAG, TAG.SET);
    this.head(MAJOR.ARRAY, value.size);
    this.members(value, depth, (member) => {
      this.value(member, depth + 1);
      return this.at;
    });
  }

  /** Writes what is in a Map or a Set, then puts it in the order of the bytes of its keys. */
  members<T>(all: Iterable<T>, depth: number, write: (each: T) => number): void {
    const first = this.at;
    const runs: Run[] = [];
    for (const each of all) {
      const start = this.at;
      try {
        const keyEnd = write(each);
        runs.push({ start, keyEnd, end: this.at });
      } catch (cause) {
        throw cause instanceof Unfit ? cause.step(depth, () => `[entry ${runs.length}]`) : cause;
      }
    }
    const sorted = runs.toSorted((a, b) => compareRuns(this.bytes, a, b));
    const twice = sorted.findIndex((run, i) => i > 0 && compareRuns(this.bytes, sorted[i - 1]!, run) === 0);
    if (twice > 0) {
      const at = runs.indexOf(sorted[twice]!);
      throw new Unfit(all, "keys and members that differ in what they hold").step(depth, () => `[entry ${at}]`);
    }
    if (this.keepOrder) return;
    const copy = this.bytes.slice(first, this.at);
    let to = first;
    for (const { start, end } of sorted) {
      this.bytes.set(copy.subarray(start - first, end - first), to);
      to += end - start;
    }
  }

  typedArray(value: ArrayBufferView): void {
    const tag = tagOfTypedArray(value);
    if (tag === undefined) throw new Unfit(value, "data", "wrap its bytes in a Uint8Array");
    this.head(MAJOR.TAG, tag);
    this.binary(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    if (tag >= 84 && (value as Float64Array).includes(NaN)) this.sameNaN(tag, value);
  }

  /** The bits of NaN differ from machine to machine, so all become the ones of this machine's own, set by hand. */
  sameNaN(tag: number, value: ArrayBufferView): void {
    const { BYTES_PER_ELEMENT: width } = TYPED_ARRAYS.get(tag)!;
    const items = value as Float64Array;
    const start = this.at - value.byteLength;
    for (let at = items.findIndex(Number.isNaN); at < items.length; at++) {
      if (items[at] === items[at]) continue;
      const place = start + at * width;
      this.bytes.fill(0, place, place + width);
      if (width === 2) this.view.setUint16(place, 0x7e00, true);
      else if (width === 4) this.view.setUint32(place, 0x7fc00000, true);
      else this.view.setUint32(place + 4, 0x7ff80000, true);
    }
  }

  date(value: Date): void {
    this.head(MAJOR.TAG, TAG.DATE);
    this.number(value.getTime() / 1000 + 0);
  }

  tooDeep(value: object): Unfit {
    const path = [...this.above, value];
    const again = path.findIndex((each, i) => path.indexOf(each) < i);
    if (again < 0) return new Unfit(value, `at most ${MAX_DEPTH} levels`);
    const unfit = new Unfit(path[again], "no cycle: this is in itself");
    unfit.depth = again;
    return unfit;
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** Where an entry of a Map or a member of a Set was written. */
interface Run {
  readonly start: number;
  readonly keyEnd: number;
  readonly end: number;
}

function compareRuns(bytes: Uint8Array, a: Run, b: Run): number {
  const shorter = Math.min(a.keyEnd - a.start, b.keyEnd - b.start);
  for (let i = 0; i < shorter; i++) {
    const difference = bytes[a.start + i]! - bytes[b.start + i]!;
    if (difference !== 0) return difference;
  }
  return (a.keyEnd - a.start) - (b.keyEnd - b.start);
}

function hintFor(value: object): string {
  if (value instanceof ArrayBuffer) return "wrap it in a Uint8Array";
  return "give a plain object with what is in it that counts: an instance would come back without its class";
}
