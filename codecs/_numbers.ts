/** The compact types of a struct's fields. `int` is a whole number up to ±(2^53 − 1) in 64 bits. */
export type NumberType = "bool" | "i8" | "u8" | "i16" | "u16" | "i32" | "u32" | "int" | "i64" | "u64" | "f32" | "f64";

/** What a field of each type holds. */
export type NumberValue<N extends NumberType> = N extends "bool" ? boolean : N extends "i64" | "u64" ? bigint : number;

/** How one type is stored, little-endian. */
export interface NumberField {
  readonly bytes: number;
  /** What fits, for messages. */
  readonly expected: string;
  fits(value: unknown): boolean;
  write(view: DataView, at: number, value: unknown): void;
  /** Throws a `RangeError` for bytes that `write` does not make. */
  read(view: DataView, at: number): unknown;
}

type Range = readonly [min: number, max: number];
type BigRange = readonly [min: bigint, max: bigint];

const whole = ([min, max]: Range) => ({
  expected: `a whole number from ${min} to ${max}`,
  fits: (value: unknown) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
});
const big = ([min, max]: BigRange) => ({
  expected: `a bigint from ${min} to ${max}`,
  fits: (value: unknown) => typeof value === "bigint" && value >= min && value <= max,
});
const float = { expected: "a number", fits: (value: unknown) => typeof value === "number" };

const fields: Readonly<Record<NumberType, NumberField>> = {
  bool: {
    bytes: 1,
    expected: "true or false",
    fits: (value) => typeof value === "boolean",
    write: (view, at, value) => view.setUint8(at, value ? 1 : 0),
    read: readBool,
  },
  i8: {
    bytes: 1,
    ...whole([-0x80, 0x7f]),
    write: (view, at, value) => view.setInt8(at, value as number),
    read: (view, at) => view.getInt8(at),
  },
  u8: {
    bytes: 1,
    ...whole([0, 0xff]),
    write: (view, at, value) => view.setUint8(at, value as number),
    read: (view, at) => view.getUint8(at),
  },
  i16: {
    bytes: 2,
    ...whole([-0x8000, 0x7fff]),
    write: (view, at, value) => view.setInt16(at, value as number, true),
    read: (view, at) => view.getInt16(at, true),
  },
  u16: {
    bytes: 2,
    ...whole([0, 0xffff]),
    write: (view, at, value) => view.setUint16(at, value as number, true),
    read: (view, at) => view.getUint16(at, true),
  },
  i32: {
    bytes: 4,
    ...whole([-0x8000_0000, 0x7fff_ffff]),
    write: (view, at, value) => view.setInt32(at, value as number, true),
    read: (view, at) => view.getInt32(at, true),
  },
  u32: {
    bytes: 4,
    ...whole([0, 0xffff_ffff]),
    write: (view, at, value) => view.setUint32(at, value as number, true),
    read: (view, at) => view.getUint32(at, true),
  },
  int: {
    bytes: 8,
    ...whole([Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]),
    write: (view, at, value) => writeInt(view, at, value as number),
    read: readInt,
  },
  i64: {
    bytes: 8,
    ...big([-(2n ** 63n), 2n ** 63n - 1n]),
    write: (view, at, value) => view.setBigInt64(at, value as bigint, true),
    read: (view, at) => view.getBigInt64(at, true),
  },
  u64: {
    bytes: 8,
    ...big([0n, 2n ** 64n - 1n]),
    write: (view, at, value) => view.setBigUint64(at, value as bigint, true),
    read: (view, at) => view.getBigUint64(at, true),
  },
  f32: {
    bytes: 4,
    ...float,
    write: (view, at, value) => view.setFloat32(at, value as number, true),
    read: (view, at) => view.getFloat32(at, true),
  },
  f64: {
    bytes: 8,
    ...float,
    write: (view, at, value) => view.setFloat64(at, value as number, true),
    read: (view, at) => view.getFloat64(at, true),
  },
};

/** The names of all types, for messages. */
export const numberTypes: string = Object.keys(fields).join(", ");

/** How the type `name` is stored, if there is such a type. */
export function findNumber(name: unknown): NumberField | undefined {
  return typeof name === "string" && Object.hasOwn(fields, name) ? fields[name as NumberType] : undefined;
}

function readBool(view: DataView, at: number): boolean {
  const byte = view.getUint8(at);
  if (byte > 1) throw new RangeError(`got the byte ${byte}, expected 0 or 1`);
  return byte === 1;
}

/** Writes a whole number up to ±(2^53 − 1) as 64 bits, without a bigint. */
export function writeInt(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true);
  view.setInt32(at + 4, Math.floor(value / 2 ** 32), true);
}

/** Reads what {@linkcode writeInt} wrote; what is beyond 2^53 − 1 is a `RangeError`, never rounded. */
export function readInt(view: DataView, at: number): number {
  const value = view.getInt32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${view.getBigInt64(at, true)} is beyond 2^53 - 1`);
  return value;
}
