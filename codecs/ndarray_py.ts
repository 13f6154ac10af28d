import { ByteReader, ByteWriter, type Codec, codecFailure, type CodecKind } from "tinman/codec";
import { arrayOf, bytesOf, type DTypeEntry, findNumpyDType } from "./_dtype.ts";
import { checkNdArray, MAX_RANK, type NdArray, sizeOf } from "./_ndarray.ts";

/**
 * Arrays in the layout of the Python original, for its logs: `u32 length | dtype.str, such as "<f8" | u32 rank | rank ×
 * u64 shape | numbers in C order`. Its numbers seldom begin where a view may, so most are copied; `ndarray()` does
 * better. Big-endian numbers are turned; text, dates and records in arrays are errors.
 */
export function ndarrayPy(): Codec<NdArray> {
  return codec;
}

const codec: Codec<NdArray> = {
  id: "ndarray-py",
  version: 1,
  encode(value) {
    try {
      return encode(value, checkNdArray(value, { codec: "ndarray-py" }));
    } catch (cause) {
      throw codecFailure("ndarray-py", { direction: "encode", cause });
    }
  },
  decode(bytes) {
    try {
      return decode(new ByteReader(bytes));
    } catch (cause) {
      throw codecFailure("ndarray-py", { direction: "decode", cause });
    }
  },
};

function encode({ shape, data }: NdArray, { numpy, array }: DTypeEntry): Uint8Array {
  const writer = new ByteWriter(16 + shape.length * 8 + data.byteLength);
  // NumPy writes | where the order of bytes has no meaning.
  const name = `${array.BYTES_PER_ELEMENT === 1 ? "|" : "<"}${numpy}`;
  writer.u32(name.length).text(name);
  writer.u32(shape.length);
  for (const length of shape) writer.u64(BigInt(length));
  return writer.bytes(bytesOf(data)).take();
}

function decode(reader: ByteReader): NdArray {
  const name = reader.text(reader.u32());
  const entry = /^[<>|=]/.test(name) ? findNumpyDType(name.slice(1)) : undefined;
  if (entry === undefined) {
    throw new RangeError(`the numbers are ${JSON.stringify(name.slice(0, 40))}, which is not known`);
  }
  const rank = reader.u32();
  if (rank > MAX_RANK) throw new RangeError(`${rank} dimensions, at most ${MAX_RANK} are taken`);
  const shape: number[] = [];
  for (let i = 0; i < rank; i++) shape.push(Number(reader.u64()));
  const size = sizeOf(shape, entry);
  const { left } = reader;
  if (size !== left) throw new RangeError(`${entry.dtype}[${shape.join("×")}] takes ${size} bytes, there are ${left}`);
  let numbers = reader.bytes(left);
  if (name[0] === ">") numbers = swapBytes(numbers, entry.array.BYTES_PER_ELEMENT);
  return { dtype: entry.dtype, shape, data: arrayOf(numbers, entry) } as NdArray;
}

function swapBytes(bytes: Uint8Array, width: number): Uint8Array {
  const swapped = bytes.slice();
  for (let at = 0; at < swapped.length; at += width) swapped.subarray(at, at + width).reverse();
  return swapped;
}

/** Brings {@linkcode ndarrayPy} back from a header. */
export const ndarrayPyKind: CodecKind = { id: "ndarray-py", version: 1, revive: ndarrayPy };
