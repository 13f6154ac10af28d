import { allocateBytes, type Codec, codecFailure, type CodecKind, unfitError } from "tinman/codec";
import { arrayOf, bytesOf, type DType, type DTypeArrays, type DTypeEntry, dtypeNames } from "./_dtype.ts";
import { dtypeOf, findDType, findDTypeCode, type NumberArray } from "./_dtype.ts";

export type { DType, DTypeArrays, NumberArray } from "./_dtype.ts";

/** Most dimensions that are taken, as in NumPy 2. */
const MAX_RANK = 64;

/** An array of numbers with any number of dimensions, in C order: the last index runs fastest. */
export type NdArray<D extends DType = DType> = {
  [K in D]: {
    /** The type of the numbers. */
    readonly dtype: K;
    /** The length of each dimension; none for a single number. */
    readonly shape: readonly number[];
    /** The numbers; for `bool` 0 and 1, for complex ones pairs. */
    readonly data: DTypeArrays[K];
  };
}[D];

/** An {@linkcode NdArray} of a typed array; the type of the numbers is told by it. Nothing is copied. */
export function toNdArray(data: NumberArray, shape: readonly number[] = [data.length]): NdArray {
  const entry = dtypeOf(data);
  if (entry === undefined) throw new TypeError(`Cannot make an array of ${data}: expected a typed array`);
  return { dtype: entry.dtype, shape, data } as NdArray;
}

/**
 * Arrays of numbers, of one type if `dtype` is given. What is read is a view into the frame, so that eight megabytes
 * take microseconds; it is a copy only when the frame's bytes begin in the middle of a number. Writing to a view
 * changes the frame.
 *
 * Layout, little-endian: `u8 type | u8 rank | u16 0 | rank × u32 shape | zeros to a multiple of 8 | numbers | zeros to a
 * multiple of 8`.
 */
export function ndarray<D extends DType = DType>(dtype?: D): Codec<NdArray<D>> {
  return create(dtype) as Codec<unknown> as Codec<NdArray<D>>;
}

function create(only: DType | undefined): Codec<NdArray> {
  if (only !== undefined && findDType(only) === undefined) {
    throw new TypeError(`Cannot make an ndarray codec of ${only}: expected one of ${dtypeNames}`);
  }
  return {
    id: "ndarray",
    version: 1,
    ...(only !== undefined && { params: { dtype: only } }),
    encode(value) {
      const { code, array } = checkNdArray(value, { codec: "ndarray", only });
      const { shape, data } = value;
      const start = alignUp(4 + shape.length * 4);
      const bytes = allocateBytes(alignUp(start + data.byteLength));
      bytes[0] = code;
      bytes[1] = shape.length;
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      for (let i = 0; i < shape.length; i++) view.setUint32(4 + i * 4, shape[i]!, true);
      bytes.set(bytesOf(data as InstanceType<typeof array>), start);
      return bytes;
    },
    decode(bytes) {
      try {
        return decode(bytes, only);
      } catch (cause) {
        throw codecFailure("ndarray", { direction: "decode", cause });
      }
    },
  };
}

function decode(bytes: Uint8Array, only: DType | undefined): NdArray {
  const rank = bytes[1];
  if (rank === undefined || bytes.length < 4 + rank * 4) {
    throw new RangeError(`the shape is cut at ${bytes.length} bytes`);
  }
  if (rank > MAX_RANK) throw new RangeError(`${rank} dimensions, at most ${MAX_RANK} are taken`);
  const entry = findDTypeCode(bytes[0]!);
  if (entry === undefined) throw new RangeError(`no type of numbers has the number ${bytes[0]}`);
  if (only !== undefined && entry.dtype !== only) throw new RangeError(`got ${entry.dtype}, expected ${only}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape: number[] = [];
  for (let i = 0; i < rank; i++) shape.push(view.getUint32(4 + i * 4, true));
  const start = alignUp(4 + rank * 4);
  const size = sizeOf(shape, entry);
  if (alignUp(start + size) !== bytes.length) {
    throw new RangeError(`${describe(entry, shape)} takes ${alignUp(start + size)} bytes, there are ${bytes.length}`);
  }
  return { dtype: entry.dtype, shape, data: arrayOf(bytes.subarray(start, start + size), entry) } as NdArray;
}

/** The entry of the type of `value`'s numbers; a `CODEC` error unless it is whole: known type, right array, right shape. */
export function checkNdArray(value: unknown, options: { codec: string; only?: DType | undefined }): DTypeEntry {
  const { codec, only } = options;
  if (typeof value !== "object" || value === null || !("dtype" in value)) {
    const hint = dtypeOf(value) && "toNdArray(data, shape) makes one of a typed array";
    throw unfitError(codec, value, { expected: "an array { dtype, shape, data }", ...(hint && { hint }) });
  }
  const { dtype, shape, data } = value as Partial<NdArray>;
  const entry = findDType(dtype);
  if (entry === undefined || (only !== undefined && dtype !== only)) {
    throw unfitError(codec, dtype, { at: ".dtype", expected: only ?? `one of ${dtypeNames}` });
  }
  if (!Array.isArray(shape) || shape.length > MAX_RANK || !shape.every(isLength)) {
    throw unfitError(codec, shape, { at: ".shape", expected: `at most ${MAX_RANK} whole numbers below 2^32` });
  }
  const length = sizeOf(shape, entry) / entry.array.BYTES_PER_ELEMENT;
  if (!(data instanceof entry.array) || data.length !== length) {
    const expected = `${entry.array.name} of length ${length} for ${describe(entry, shape)}`;
    throw unfitError(codec, data, { at: ".data", expected });
  }
  return entry;
}

/** Bytes of an array of this shape; `Infinity` beyond what can be counted. */
export function sizeOf(shape: readonly number[], { parts, array }: DTypeEntry): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((size, length) => size * length, parts * array.BYTES_PER_ELEMENT);
}

function describe({ dtype }: DTypeEntry, shape: readonly number[]): string {
  return `${dtype}[${shape.join("×")}]`;
}

function isLength(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;
}

function alignUp(length: number): number {
  return Math.ceil(length / 8) * 8;
}

/** Brings {@linkcode ndarray} back from a header. */
export const ndarrayKind: CodecKind = {
  id: "ndarray",
  version: 1,
  revive({ params }) {
    try {
      return create((params as { dtype?: DType } | undefined)?.dtype);
    } catch (cause) {
      throw codecFailure("ndarray", { direction: "revive", cause });
    }
  },
};
