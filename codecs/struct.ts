import { allocateBytes, type Codec, codecFailure, type CodecKind, type CodecValue, headerOf } from "tinman/codec";
import { unfitError } from "tinman/codec";
import { findNumber, type NumberField, type NumberType, numberTypes, type NumberValue } from "./_numbers.ts";
import { decodeParts, encodeParts } from "./_parts.ts";

export type { NumberType, NumberValue } from "./_numbers.ts";

/** The fields of a struct: a compact number each, or a codec. */
export type StructFields = Readonly<Record<string, NumberType | Codec<unknown>>>;

/** The object that {@linkcode struct} takes and gives. */
export type StructValue<F extends StructFields> = {
  -readonly [K in keyof F]: F[K] extends NumberType ? NumberValue<F[K]> : CodecValue<F[K]>;
};

/**
 * An object with fixed fields: `struct({ timeUs: "u64", celsius: "f32", place: text() })`. Numbers are packed in the
 * order in which they are named; behind them, at a multiple of 8, stand the fields that have codecs. A field that is not
 * named is an error, so that nothing gets lost. An `f32` is rounded to what 32 bits can hold.
 */
export function struct<const F extends StructFields>(fields: F): Codec<StructValue<F>> {
  return create(Object.entries(fields)) as Codec<unknown> as Codec<StructValue<F>>;
}

interface Packed extends NumberField {
  readonly name: string;
  readonly at: number;
}

type Entries = readonly (readonly [name: string, type: NumberType | Codec<unknown>])[];

function create(entries: Entries): Codec<object> {
  const names = entries.map(([name]) => name);
  checkNames(names);
  const { packed, size } = pack(entries);
  const coded = entries.flatMap(([name, type]) => typeof type === "string" ? [] : [{ name, codec: type }]);
  // Where the coded fields begin; without any, numbers alone take no padding.
  const start = coded.length === 0 ? size : Math.ceil(size / 8) * 8;
  const template = Object.fromEntries(names.map((name) => [name, undefined]));

  function encodePacked(value: Record<string, unknown>, bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0; i < packed.length; i++) {
      const field = packed[i]!;
      const number = value[field.name];
      if (!field.fits(number)) throw unfitError("struct", number, { at: `.${field.name}`, expected: field.expected });
      field.write(view, field.at, number);
    }
  }

  return {
    id: "struct",
    version: 1,
    params: { fields: entries.map(([name, type]) => [name, typeof type === "string" ? type : headerOf(type)]) },
    encode(value) {
      try {
        const fields = checkFields(value, names);
        const parts = encodeCoded(fields, coded);
        const bytes = allocateBytes(start + (parts?.length ?? 0));
        encodePacked(fields, bytes);
        if (parts !== undefined) bytes.set(parts, start);
        return bytes;
      } catch (cause) {
        throw codecFailure("struct", { direction: "encode", cause });
      }
    },
    decode(bytes) {
      const value: Record<string, unknown> = { ...template };
      let at = "";
      try {
        if (bytes.length < start || (coded.length === 0 && bytes.length > start)) {
          throw new RangeError(`got ${bytes.length} bytes, expected ${start}${coded.length === 0 ? "" : " or more"}`);
        }
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        for (let i = 0; i < packed.length; i++) {
          const field = packed[i]!;
          at = field.name;
          value[at] = field.read(view, field.at);
        }
        if (coded.length === 0) return value;
        at = "";
        const parts = decodeParts(bytes.subarray(start));
        if (parts.length !== coded.length) throw new RangeError(`got ${parts.length} parts, expected ${coded.length}`);
        for (const [i, { name, codec }] of coded.entries()) {
          at = name;
          const part = parts[i];
          if (part === undefined) throw new RangeError("the field is missing");
          value[at] = codec.decode(part);
        }
        return value;
      } catch (cause) {
        throw codecFailure("struct", { direction: "decode", cause, at: at && `.${at}` });
      }
    },
  };
}

function pack(entries: Entries): { packed: Packed[]; size: number } {
  const packed: Packed[] = [];
  let size = 0;
  for (const [name, type] of entries) {
    if (typeof type === "object" && type !== null) continue;
    const field = findNumber(type);
    if (field === undefined) {
      throw new TypeError(`Cannot make a struct: .${name} is ${type}, expected a codec or one of ${numberTypes}`);
    }
    packed.push({ ...field, name, at: size });
    size += field.bytes;
  }
  return { packed, size };
}

function encodeCoded(
  value: Record<string, unknown>,
  coded: readonly { name: string; codec: Codec<unknown> }[],
): Uint8Array | undefined {
  if (coded.length === 0) return undefined;
  const parts: Uint8Array[] = [];
  try {
    for (const { name, codec } of coded) parts.push(codec.encode(value[name]));
  } catch (cause) {
    throw codecFailure("struct", { direction: "encode", cause, at: `.${coded[parts.length]!.name}` });
  }
  return encodeParts(parts);
}

function checkNames(names: readonly string[]): void {
  if (new Set(names).size !== names.length) throw new TypeError("Cannot make a struct: a field is named twice");
  if (names.includes("__proto__")) throw new TypeError("Cannot make a struct with a field called __proto__");
}

function checkFields(value: unknown, names: readonly string[]): Record<string, unknown> {
  if (typeof value !== "object" || value === null) {
    throw unfitError("struct", value, { expected: `an object with ${names.join(", ")}` });
  }
  const fields = value as Record<string, unknown>;
  // The order of the fields is free, their number is not; a name is looked up only when the order differs.
  const keys = Object.keys(value);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    if (key === names[i] || names.includes(key)) continue;
    throw unfitError("struct", fields[key], { at: `.${key}`, expected: `only the fields ${names.join(", ")}` });
  }
  return fields;
}

/** Brings {@linkcode struct} back from a header. */
export const structKind: CodecKind = {
  id: "struct",
  version: 1,
  revive({ params }, revive) {
    try {
      const { fields } = (params ?? {}) as { fields?: unknown };
      if (!Array.isArray(fields)) throw new TypeError("fields is not an array of names and types");
      const entries = fields.map((field: unknown) => {
        if (!Array.isArray(field) || typeof field[0] !== "string") throw new TypeError("a field has no name");
        const [name, type] = field;
        return [name, typeof type === "string" ? type as NumberType : revive(type)] as const;
      });
      return create(entries);
    } catch (cause) {
      throw codecFailure("struct", { direction: "revive", cause });
    }
  },
};
