import { protocolError } from "./protocol_error.ts";
import type { WireReader } from "./wire_reader.ts";
import type { WireWriter } from "./wire_writer.ts";

/** How one field lies on the wire, in each version of its message. */
export interface Field<T> {
  /** Reads it. */
  read(from: WireReader, version: number): T;
  /** Writes it. */
  write(to: WireWriter, value: T, version: number): void;
  /** What it is in versions that do not have it. */
  readonly absent: T;
  /** Versions that have it. @default {all} */
  readonly since?: number;
  /** @default {all} */
  readonly until?: number;
  /** Its number, when it is a tagged field (KIP-482). */
  readonly tag?: number;
}

/** The value of a field. */
export type ValueOf<F> = F extends Field<infer T> ? T : never;

/** A flag. */
export const boolean: Field<boolean> = {
  read: (from) => from.int8() !== 0,
  write: (to, value) => to.int8(value ? 1 : 0),
  absent: false,
};
/** 8 bits. */
export const int8: Field<number> = number("int8");
/** 16 bits. */
export const int16: Field<number> = number("int16");
/** 16 bits without a sign. */
export const uint16: Field<number> = number("uint16");
/** 32 bits. */
export const int32: Field<number> = number("int32");
/** 64 bits, exact up to 2^53. */
export const int64: Field<number> = number("int64");
/** IEEE 754. */
export const float64: Field<number> = number("float64");

/** Text. */
export const string: Field<string> = {
  read: (from) => from.string() ?? missing("a text"),
  write: (to, value) => to.string(value),
  absent: "",
};

/** Text or `null`. */
export const nullableString: Field<string | null> = {
  read: (from) => from.string(),
  write: (to, value) => to.string(value),
  absent: null,
};

/** Bytes, as a view of what was read. */
export const bytes: Field<Uint8Array> = {
  read: (from) => from.bytes() ?? missing("bytes"),
  write: (to, value) => to.bytes(value),
  absent: new Uint8Array(),
};

/** Bytes or `null`. Batches of records lie like this. */
export const nullableBytes: Field<Uint8Array | null> = {
  read: (from) => from.bytes(),
  write: (to, value) => to.bytes(value),
  absent: null,
};

/** 128 bits that name something, in hexadecimal without dashes. */
export const uuid: Field<string> = {
  read: (from) => from.take(16).toHex(),
  write: (to, value) => to.raw(Uint8Array.fromHex(value)),
  absent: "0".repeat(32),
};

/** A list. */
export function array<T>(item: Field<T>): Field<readonly T[]> {
  const nullable = nullableArray(item);
  return { ...nullable, read: (from, version) => nullable.read(from, version) ?? missing("a list"), absent: [] };
}

/** A list or `null`. */
export function nullableArray<T>(item: Field<T>): Field<readonly T[] | null> {
  return {
    read(from, version) {
      const count = from.count();
      if (count === null) return null;
      const items: T[] = [];
      for (let i = 0; i < count; i++) items.push(item.read(from, version));
      return items;
    },
    write(to, value, version) {
      to.count(value?.length ?? null);
      for (const each of value ?? []) item.write(to, each, version);
    },
    absent: null,
  };
}

/** The field in these versions and later alone; before, it is `absent`. */
export function since<T>(version: number, field: Field<T>, absent: T = field.absent): Field<T> {
  return { ...field, since: version, absent };
}

/** The field in these versions and earlier alone; after, it is `absent`. */
export function until<T>(version: number, field: Field<T>, absent: T = field.absent): Field<T> {
  return { ...field, until: version, absent };
}

/** The field as a tagged one: it is there when it is not `absent`. */
export function tagged<T>(tag: number, version: number, field: Field<T>, absent: T = field.absent): Field<T> {
  return { ...field, tag, since: version, absent };
}

function number(type: "int8" | "int16" | "uint16" | "int32" | "int64" | "float64"): Field<number> {
  return { read: (from) => from[type](), write: (to, value) => to[type](value), absent: 0 };
}

function missing(what: string): never {
  throw protocolError(`null where ${what} is needed`);
}
