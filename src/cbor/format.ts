/*
 * The form of values, after RFC 8949 with the tags of RFC 8746 (typed arrays) and of the IANA registry:
 *
 *   null, booleans      simple values            undefined          simple value 23
 *   whole number        integer, shortest        other number       float, the shortest that is exact; -0 is one, too
 *   bigint of 64 bits   integer, where it is beyond 2^53 - 1        other bigint       tag 2 or 3
 *   text, Uint8Array    text and byte strings    array              array
 *   plain object        map with texts as keys   Map                tag 259, map
 *   Set                 tag 258, array           Date               tag 1, seconds
 *   typed array         tag 68 … 86, bytes with the lowest first
 *
 * So a number and a bigint never look the same, nor do an object and a Map. Deterministic (section 4.2.1): lengths are
 * definite, heads the shortest, keys of maps and members of sets in the order of their bytes, NaN is f97e00.
 */

/** Deepest nesting that is written or read. */
export const MAX_DEPTH = 256;

/** What the upper three bits of a head say. */
export const MAJOR = {
  UNSIGNED: 0x00,
  NEGATIVE: 0x20,
  BYTES: 0x40,
  TEXT: 0x60,
  ARRAY: 0x80,
  MAP: 0xa0,
  TAG: 0xc0,
} as const;

/** Values of one byte, and the heads of floats. */
export const SIMPLE = {
  FALSE: 0xf4,
  TRUE: 0xf5,
  NULL: 0xf6,
  UNDEFINED: 0xf7,
  FLOAT16: 0xf9,
  FLOAT32: 0xfa,
  FLOAT64: 0xfb,
} as const;

/** What a tag makes of the value behind it. */
export const TAG = { DATE: 1, BIGINT: 2, NEGATIVE_BIGINT: 3, SET: 258, MAP: 259 } as const;

type TypedArrayKind =
  & { readonly BYTES_PER_ELEMENT: number }
  & (new (buffer: ArrayBuffer) => ArrayBufferView & { includes(value: never): boolean });

/** Typed arrays by their tag. `Uint8Array` has none: it is a byte string. */
export const TYPED_ARRAYS: ReadonlyMap<number, TypedArrayKind> = new Map<number, TypedArrayKind>([
  [68, Uint8ClampedArray],
  [69, Uint16Array],
  [70, Uint32Array],
  [71, BigUint64Array],
  [72, Int8Array],
  [77, Int16Array],
  [78, Int32Array],
  [79, BigInt64Array],
  [84, Float16Array],
  [85, Float32Array],
  [86, Float64Array],
]);

/** The tag of a typed array, or undefined for what is none. */
export function tagOfTypedArray(value: object): number | undefined {
  return TAGS.get(Object.getPrototypeOf(value));
}

const TAGS = new Map([...TYPED_ARRAYS].map(([tag, kind]) => [kind.prototype as object, tag]));
