import { unfitError } from "tinman/codec";
import { type DType, type DTypeArrays, type DTypeEntry, dtypeNames, dtypeOf, findDType } from "./_dtype.ts";

/** Most dimensions that are taken, as in NumPy 2. */
export const MAX_RANK = 64;

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

/** A type and shape, for messages: `f64[2×3]`. */
export function describe({ dtype }: DTypeEntry, shape: readonly number[]): string {
  return `${dtype}[${shape.join("×")}]`;
}

function isLength(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;
}
