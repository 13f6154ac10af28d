/** The array that holds numbers of each type. Complex numbers are pairs: real part, imaginary part. */
export type DTypeArrays = {
  bool: Uint8Array;
  i8: Int8Array;
  u8: Uint8Array;
  i16: Int16Array;
  u16: Uint16Array;
  i32: Int32Array;
  u32: Uint32Array;
  i64: BigInt64Array;
  u64: BigUint64Array;
  f16: Float16Array;
  f32: Float32Array;
  f64: Float64Array;
  c64: Float32Array;
  c128: Float64Array;
};

/** The type of the numbers in an array, named as in Rust and NumPy's short forms. */
export type DType = keyof DTypeArrays;

/** Any array that holds numbers of a {@linkcode DType}. */
export type NumberArray = DTypeArrays[DType];

interface ArrayConstructor {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): NumberArray;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): NumberArray;
}

/** How one type of number is stored. Everything is little-endian, as every machine is on which Deno runs. */
export interface DTypeEntry {
  readonly dtype: DType;
  /** The number of the type in a frame; never used twice. */
  readonly code: number;
  readonly array: ArrayConstructor;
  /** Array elements an item: two for complex numbers. */
  readonly parts: number;
  /** What NumPy calls it in `dtype.str`, without the byte order. */
  readonly numpy: string;
}

const entry = (dtype: DType, code: number, array: unknown, numpy: string, parts = 1): DTypeEntry => ({
  dtype,
  code,
  array: array as ArrayConstructor,
  numpy,
  parts,
});

const entries: readonly DTypeEntry[] = [
  entry("bool", 1, Uint8Array, "b1"),
  entry("i8", 2, Int8Array, "i1"),
  entry("u8", 3, Uint8Array, "u1"),
  entry("i16", 4, Int16Array, "i2"),
  entry("u16", 5, Uint16Array, "u2"),
  entry("i32", 6, Int32Array, "i4"),
  entry("u32", 7, Uint32Array, "u4"),
  entry("i64", 8, BigInt64Array, "i8"),
  entry("u64", 9, BigUint64Array, "u8"),
  entry("f16", 10, Float16Array, "f2"),
  entry("f32", 11, Float32Array, "f4"),
  entry("f64", 12, Float64Array, "f8"),
  entry("c64", 13, Float32Array, "c8", 2),
  entry("c128", 14, Float64Array, "c16", 2),
];

const byName = new Map<unknown, DTypeEntry>(entries.map((entry) => [entry.dtype, entry]));
const byCode = new Map(entries.map((entry) => [entry.code, entry]));
const byNumpy = new Map(entries.map((entry) => [entry.numpy, entry]));
// Of the types that share an array, the plain one: a Uint8Array is u8, a Float64Array f64.
const byArray = new Map<unknown, DTypeEntry>(
  entries.filter(({ dtype, parts }) => dtype !== "bool" && parts === 1).map((entry) => [entry.array, entry]),
);

/** The names of all types, for messages. */
export const dtypeNames: string = entries.map(({ dtype }) => dtype).join(", ");

/** The entry of the type called `dtype`. */
export function findDType(dtype: unknown): DTypeEntry | undefined {
  return byName.get(dtype);
}

/** The entry of the type with this number in a frame. */
export function findDTypeCode(code: number): DTypeEntry | undefined {
  return byCode.get(code);
}

/** The entry for NumPy's name without its byte order, such as `f8`. */
export function findNumpyDType(name: string): DTypeEntry | undefined {
  return byNumpy.get(name);
}

/** The entry for the numbers in `array`, if it is a typed array of a type that is known. */
export function dtypeOf(array: unknown): DTypeEntry | undefined {
  return ArrayBuffer.isView(array) ? byArray.get(array.constructor) : undefined;
}

/** The bytes of `array` as they are in memory. */
export function bytesOf(array: NumberArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** The numbers in `bytes`: a view when they begin where such numbers may, a copy when they do not. */
export function arrayOf(bytes: Uint8Array, { array }: DTypeEntry): NumberArray {
  const length = bytes.length / array.BYTES_PER_ELEMENT;
  if (bytes.byteOffset % array.BYTES_PER_ELEMENT === 0) return new array(bytes.buffer, bytes.byteOffset, length);
  return new array(bytes.slice().buffer, 0, length);
}
