/**
 * JSON as Python sees it: whole numbers of any size are `bigint`, floats are `number`, so 1 and 1.0 stay two values, and
 * objects are maps in the order of writing.
 */
export type OriginalValue =
  | null
  | boolean
  | string
  | bigint
  | number
  | readonly OriginalValue[]
  | OriginalObject;

/** An object of the original. */
export type OriginalObject = ReadonlyMap<string, OriginalValue>;

/** Deepest nesting that is read or made; Python itself gives up near a thousand. */
export const MAX_DEPTH = 64;
/** Longest whole number in digits: Python 3.11 and later read no longer one. */
export const MAX_DIGITS = 4300;

/**
 * A JavaScript value for the original: a number that is whole and exact becomes a whole number, any other a float, fields
 * that are undefined are left out.
 *
 * @throws {TypeError} for what JSON has no form for, such as a date or a function.
 */
export function toOriginal(value: unknown, depth = 0): OriginalValue {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "bigint" && value.toString().length <= MAX_DIGITS) return value;
  // -0 has no whole form.
  if (typeof value === "number") return Number.isSafeInteger(value) && !Object.is(value, -0) ? BigInt(value) : value;
  if (depth >= MAX_DEPTH) throw new TypeError(`the value is nested deeper than ${MAX_DEPTH}`);
  if (Array.isArray(value)) return value.map((item) => toOriginal(item, depth + 1));
  const fields = fieldsOf(value).filter(([, field]) => field !== undefined);
  return new Map(fields.map(([key, field]) => [key, toOriginal(field, depth + 1)]));
}

function fieldsOf(value: unknown): [string, unknown][] {
  if (value instanceof Map && [...value.keys()].every((key) => typeof key === "string")) return [...value];
  const prototype = typeof value === "object" && value !== null ? Object.getPrototypeOf(value) : undefined;
  if (prototype === Object.prototype || prototype === null) return Object.entries(value as object);
  throw new TypeError(`${typeof value === "object" ? "this object" : `a ${typeof value}`} has no JSON form`);
}

/** Whether a value is an object with fields. */
export function isObject(value: OriginalValue | undefined): value is OriginalObject {
  return value instanceof Map;
}

/**
 * Compares texts by code point, as Python does. JavaScript compares UTF-16 units, where U+1F600 comes before U+E000.
 */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let at = 0;
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  if (at === length) return a.length - b.length;
  // The difference may be in the second half of a pair: then the whole pairs are compared.
  if (at > 0 && (a.charCodeAt(at - 1) & 0xfc00) === 0xd800) {
    const [first, second] = [a.codePointAt(at - 1)!, b.codePointAt(at - 1)!];
    if (first !== second) return first - second;
  }
  return a.codePointAt(at)! - b.codePointAt(at)!;
}
