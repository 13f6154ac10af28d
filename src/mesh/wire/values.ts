import { type Coder, mix } from "./coder.ts";
import { bitLength, codeBytes, codeSigned, codeWhole } from "./numbers.ts";
import { TextModel } from "./text.ts";

/** What was in one place of the payloads so far, such as in one field of the records. */
export interface Column {
  readonly context: number;
  tag: number;
  /** Digits behind the point, and the number before. */
  exponent: number;
  last: number;
  /** The number of the event that was meant last. */
  lastSeq: number;
  /** What numbers cost lately as they are, and as a difference to the one before. */
  plain: number;
  difference: number;
  /** Short texts that were there, by their place and the other way round. */
  texts: string[] | undefined;
  places: Map<string, number> | undefined;
  nextText: number;
}

/** Options of {@linkcode ValueModel}. */
export interface ValueModelOptions {
  /** Devices that both sides know, in the same order. */
  readonly devices: readonly string[];
  /** How much may be read, roughly bytes. */
  readonly maxUnits: number;
}

/** Codes plain data, each value in a column. */
export class ValueModel {
  readonly text: TextModel;
  readonly #coder: Coder;
  readonly #columns = new Map<number, Column>();
  readonly #devices: string[];
  readonly #devicePlaces = new Map<string, number>();
  #left: number;

  constructor(coder: Coder, { devices, maxUnits }: ValueModelOptions) {
    [this.#coder, this.#devices, this.#left] = [coder, [...devices], maxUnits];
    this.#devices.forEach((device, i) => this.#devicePlaces.set(device, i));
    this.text = new TextModel(coder, (units) => this.spend(units));
    const names = this.column(NAMES);
    for (const name of KNOWN_NAMES) keepText(names, name);
  }

  /** Counts what was read. @throws {RangeError} when it is too much. */
  spend(units: number): void {
    if (!this.#coder.isReading) return;
    this.#left -= units;
    if (this.#left < 0) throw new RangeError("it is more than the limit");
  }

  /** The column of a context. There are at most so many; those beyond share one. */
  column(context: number): Column {
    let column = this.#columns.get(context);
    if (column !== undefined) return column;
    if (this.#columns.size >= MAX_COLUMNS) context = SHARED;
    column = this.#columns.get(context) ?? {
      ...{ context, tag: TAG.TEXT, exponent: 0, last: 0, lastSeq: 0, plain: 0, difference: 0 },
      ...{ texts: undefined, places: undefined, nextText: 0 },
    };
    this.#columns.set(context, column);
    return column;
  }

  /** A name of a kind, a field or a key. */
  name(name: string): string {
    return this.shortText(this.column(NAMES), name);
  }

  /** A device's public key. */
  device(context: number, device: string): string {
    const coder = this.#coder;
    const place = this.#devicePlaces.get(device) ?? -1;
    // The first places are the nearest, and zero is for one that is new.
    const known = codeWhole(coder, context, place + 1);
    if (known > 0) {
      const named = this.#devices[known - 1];
      if (named === undefined) throw new RangeError("a device that was not said is meant");
      return named;
    }
    this.spend(64);
    const named = codeBytes(coder, coder.isReading ? undefined : Uint8Array.fromHex(device), 32).toHex();
    if (this.#devices.length < MAX_DEVICES && !this.#devicePlaces.has(named)) {
      this.#devicePlaces.set(named, this.#devices.length);
      this.#devices.push(named);
    }
    return named;
  }

  /** Any value. */
  value(column: Column, value: unknown, depth: number): unknown {
    const coder = this.#coder;
    if (depth > MAX_DEPTH) throw new RangeError(`values are more than ${MAX_DEPTH} deep`);
    const tag = coder.symbol(mix(column.context, column.tag), 4, coder.isReading ? 0 : tagOf(value, column));
    column.tag = tag;
    this.spend(8);
    switch (tag) {
      case TAG.NULL:
        return null;
      case TAG.FALSE:
      case TAG.TRUE:
        return tag === TAG.TRUE;
      case TAG.DECIMAL:
        return this.#decimal(column, value as number);
      case TAG.FLOAT:
        return this.#float(value as number);
      case TAG.TEXT:
        return this.shortText(column, value as string);
      case TAG.HEX:
        return this.#hex(column, value as string);
      case TAG.ARRAY:
        return this.#array(column, value as readonly unknown[], depth);
      case TAG.OBJECT:
        return this.#object(column, value as Readonly<Record<string, unknown>>, depth);
      case TAG.REF:
        return this.#ref(column, value as Readonly<Record<string, unknown>>);
      default:
        throw new RangeError("a value has no type");
    }
  }

  /** A text that may have been there before. */
  shortText(column: Column, text: string): string {
    const coder = this.#coder;
    const context = mix(column.context, 1);
    const place = coder.isReading ? undefined : column.places?.get(text);
    if (coder.bit(context, place === undefined ? 0 : 1) === 1) {
      const known = column.texts?.[coder.symbol(context + 1, TEXT_BITS, place ?? 0)];
      if (known === undefined) throw new RangeError("a text that was not said is meant");
      this.spend(known.length);
      return known;
    }
    text = this.text.code(mix(column.context, 2), text ?? "");
    if (text.length <= MAX_SHORT && !column.places?.has(text)) keepText(column, text);
    return text;
  }

  #decimal(column: Column, value: number): number {
    const coder = this.#coder;
    const { context } = column;
    const exponent = coder.symbol(mix(context, 3), 4, coder.isReading ? 0 : exponentOf(value, column.exponent)!);
    const power = POWERS[exponent]!;
    let last = Math.round(column.last * power);
    if (Math.abs(last) > MAX_MANTISSA) last = 0;
    const mantissa = Math.round(value * power);
    const isDifference = column.difference < column.plain;
    const coded = codeSigned(coder, mix(context, isDifference ? 5 : 6), isDifference ? mantissa - last : mantissa);
    const result = isDifference ? coded + last : coded;
    if (Math.abs(result) > MAX_MANTISSA) throw new RangeError("a number is too large");
    column.plain += 16 * bitLength(Math.abs(result)) - column.plain >> 3;
    column.difference += 16 * bitLength(Math.abs(result - last)) - column.difference >> 3;
    [column.exponent, column.last] = [exponent, result / power];
    return result / power;
  }

  #float(value: number): number {
    NUMBER.setFloat64(0, value);
    const high = this.#coder.direct(32, NUMBER.getUint32(0));
    const low = this.#coder.direct(32, NUMBER.getUint32(4));
    NUMBER.setUint32(0, high);
    NUMBER.setUint32(4, low);
    return NUMBER.getFloat64(0);
  }

  #hex(column: Column, text: string): string {
    const length = codeWhole(this.#coder, mix(column.context, 7), (text?.length ?? 0) / 2);
    this.spend(2 * length);
    return codeBytes(this.#coder, this.#coder.isReading ? undefined : Uint8Array.fromHex(text), length).toHex();
  }

  #array(column: Column, items: readonly unknown[], depth: number): unknown[] {
    const length = codeWhole(this.#coder, mix(column.context, 8), this.#coder.isReading ? 0 : items.length);
    const inner = this.column(mix(column.context, 9));
    const read: unknown[] = [];
    for (let i = 0; i < length; i++) read.push(this.value(inner, items?.[i], depth + 1));
    return read;
  }

  #object(column: Column, fields: Readonly<Record<string, unknown>>, depth: number): Record<string, unknown> {
    const keys = this.#coder.isReading ? [] : Object.keys(fields);
    const length = codeWhole(this.#coder, mix(column.context, 10), keys.length);
    const read: Record<string, unknown> = {};
    for (let i = 0; i < length; i++) {
      const key = this.key(keys[i] ?? "");
      read[key] = this.value(this.column(mix(column.context, hashOf(key))), fields?.[key], depth + 1);
    }
    return read;
  }

  /** A name of a field of an object. */
  key(key: string): string {
    const read = this.name(key);
    if (read === "__proto__") throw new RangeError("a field is called __proto__");
    this.spend(8);
    return read;
  }

  #ref(column: Column, ref: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const { context } = column;
    const device = this.device(mix(context, 11), ref?.device as string ?? "");
    const last = column.lastSeq;
    const seq = last + codeSigned(this.#coder, mix(context, 12), ref?.seq as number - last);
    column.lastSeq = seq;
    return { device, seq, check: this.#coder.direct(32, ref?.check as number) };
  }
}

/** A number for a name, the same everywhere. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0x40000000;
}

/** What types of values are called. */
const TAG = { NULL: 0, FALSE: 1, TRUE: 2, DECIMAL: 3, FLOAT: 4, TEXT: 5, HEX: 6, ARRAY: 7, OBJECT: 8, REF: 9 } as const;

/** Names that need not be said. They belong to the first version of this form and never change. */
const KNOWN_NAMES = (
  "field.set record.create note.add record.delete record.restore note.edit note.delete attachment.add " +
  "attachment.delete event.erase record field value supersedes form reason text note blob size type name attachment event"
).split(" ");

const NAMES = 0x6e616d65;
const SHARED = 0x73686172;
const TEXT_BITS = 8;
const MAX_SHORT = 64;
const MAX_COLUMNS = 1024;
const MAX_DEVICES = 65_536;
const MAX_DEPTH = 16;
const MAX_MANTISSA = 2 ** 51;
const POWERS = Array.from({ length: 16 }, (_, i) => 10 ** i);
const NUMBER = new DataView(new ArrayBuffer(8));

function keepText(column: Column, text: string): void {
  column.texts ??= [];
  column.places ??= new Map();
  const forgotten = column.texts[column.nextText];
  if (forgotten !== undefined) column.places.delete(forgotten);
  column.texts[column.nextText] = text;
  column.places.set(text, column.nextText);
  column.nextText = (column.nextText + 1) % (1 << TEXT_BITS);
}

function tagOf(value: unknown, { exponent }: Column): number {
  switch (typeof value) {
    case "string":
      return value.length >= 16 && value.length % 2 === 0 && /^[0-9a-f]+$/.test(value) ? TAG.HEX : TAG.TEXT;
    case "number":
      return exponentOf(value, exponent) === undefined ? TAG.FLOAT : TAG.DECIMAL;
    case "boolean":
      return value ? TAG.TRUE : TAG.FALSE;
    default:
      if (value === null) return TAG.NULL;
      if (Array.isArray(value)) return TAG.ARRAY;
      if (typeof value !== "object") throw new TypeError(`a ${typeof value} is not plain data`);
      return isRef(value as Record<string, unknown>) ? TAG.REF : TAG.OBJECT;
  }
}

/** Digits behind the point with which a number comes back as it is; `usual` ones if that is no waste. */
function exponentOf(value: number, usual: number): number | undefined {
  if (Object.is(value, -0)) return undefined;
  const mantissa = Math.round(value * POWERS[usual]!);
  if (isExact(value, mantissa, usual) && (usual < 2 || mantissa % 100 !== 0)) return usual;
  for (let exponent = 0; exponent < POWERS.length; exponent++) {
    if (isExact(value, Math.round(value * POWERS[exponent]!), exponent)) return exponent;
  }
  return undefined;
}

function isExact(value: number, mantissa: number, exponent: number): boolean {
  return Math.abs(mantissa) <= MAX_MANTISSA && mantissa / POWERS[exponent]! === value;
}

function isRef(value: Readonly<Record<string, unknown>>): boolean {
  const { device, seq, check } = value;
  return typeof device === "string" && /^[0-9a-f]{64}$/.test(device) && isWhole32(seq) && isWhole32(check) &&
    Object.keys(value).length === 3;
}

function isWhole32(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32 && !Object.is(value, -0);
}
