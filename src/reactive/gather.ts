import type { BuildResult } from "./reactive_builder.ts";

/** Goes on with a value, at once if it is there: what is synchronous stays so. */
export function then<T, U>(value: T | Promise<T>, next: (value: T) => U | Promise<U>): U | Promise<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** All artifacts that a build gives. `builder` is named when that is not a list of them. */
export function gather(
  result: BuildResult,
  builder: string,
): readonly unknown[] | Promise<readonly unknown[]> {
  if (result === undefined) return [];
  if (Array.isArray(result)) return result;
  // The bytes of an array of bytes are hardly artifacts.
  if (typeof result === "object" && result !== null && !ArrayBuffer.isView(result)) {
    if (Symbol.iterator in result) return [...result];
    if (Symbol.asyncIterator in result) return Array.fromAsync(result);
    if (result instanceof Promise) return result.then((settled) => gather(settled, builder));
  }
  throw new TypeError(
    `Cannot announce what ${JSON.stringify(builder)} built: expected a list of artifacts, got ${typeof result}`,
  );
}
