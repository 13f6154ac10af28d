import { allocateBytes, type Codec, codecFailure, type CodecKind } from "tinman/codec";
import { arrayOf, bytesOf, type DType, type DTypeArrays, type DTypeEntry, dtypeNames, dtypeOf } from "./_dtype.ts";
import { findDType, findDTypeCode, type NumberArray } from "./_dtype.ts";
import { checkNdArray, describe, MAX_RANK, type NdArray, sizeOf } from "./_ndarray.ts";

export type { NdArray } from "./_ndarray.ts";
export type { DType, DTypeArrays, NumberArray } from "./_dtype.ts";

/** An {@linkcode NdArray} of a typed array; the type of the numbers is told by it. Nothing is copied. */
export function toNdArray<A extends NumberArray>(
  data: A,
  shape: readonly number[] = [data.length],
): NdArray<DTypeOf<A>> {
  const entry = dtypeOf(data);
  if (entry === undefined) throw new TypeError(`Cannot make an array of ${data}: expected a typed array`);
  return { dtype: entry.dtype, shape, data } as NdArray as NdArray<DTypeOf<A>>;
}

/** The type of the numbers in a typed array; `bool` and complex numbers have to be named. */
export type DTypeOf<A> = {
  [K in Exclude<DType, "bool" | `c${string}`>]: A extends DTypeArrays[K] ? K : never;
}[Exclude<DType, "bool" | `c${string}`>];

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
      try {
        return encode(value, checkNdArray(value, { codec: "ndarray", only }));
      } catch (cause) {
        throw codecFailure("ndarray", { direction: "encode", cause });
      }
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

function encode({ shape, data }: NdArray, { code }: DTypeEntry): Uint8Array {
  const start = alignUp(4 + shape.length * 4);
  const bytes = allocateBytes(alignUp(start + data.byteLength));
  bytes[0] = code;
  bytes[1] = shape.length;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let i = 0; i < shape.length; i++) view.setUint32(4 + i * 4, shape[i]!, true);
  bytes.set(bytesOf(data), start);
  return bytes;
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
