/** A list, of `length` items where that is given. @throws {RangeError} */
export function readList(value: unknown, length?: number): readonly unknown[] {
  if (!Array.isArray(value)) fail("a list is something else");
  if (length !== undefined && value.length !== length) fail(`a list has ${value.length} items, expected ${length}`);
  return value;
}

/** A whole number from 0, below `limit`. @throws {RangeError} */
export function readNumber(value: unknown, limit: number = 2 ** 32): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0 || (value as number) >= limit) {
    fail("a number is out of range");
  }
  return value as number;
}

/** Text. @throws {RangeError} */
export function readText(value: unknown): string {
  if (typeof value !== "string") fail("a text is something else");
  return value;
}

/** Bytes, of `length` where that is given. @throws {RangeError} */
export function readBytes(value: unknown, length?: number): Uint8Array {
  if (!(value instanceof Uint8Array)) fail("bytes are something else");
  if (length !== undefined && value.length !== length) fail(`there are ${value.length} bytes, expected ${length}`);
  return value;
}

/** Says what is wrong. @throws {RangeError} */
export function fail(why: string): never {
  throw new RangeError(why);
}
