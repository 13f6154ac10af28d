import { type Codec, codecError, codecFailure, type CodecKind, decodeUtf8, encodeUtf8, unfitError } from "tinman/codec";

/** What JSON can say. An object may be of a class: what comes back has its fields and is plain. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** Deepest nesting of arrays and objects, in both directions. */
const MAX_DEPTH = 256;

/**
 * A value as JSON text. What JSON would silently change is an error that names the place: NaN, infinities, `undefined`
 * in a list, dates, maps, typed arrays. A field that is `undefined` is left out; minus zero becomes zero. Fields keep
 * their order, so the same value gives the same bytes.
 */
export function json<T = Json>(): Codec<T> {
  return codec as Codec<unknown> as Codec<T>;
}

const codec: Codec<unknown> = {
  id: "json",
  version: 1,
  encode(value) {
    try {
      const problem = findProblem(value, 0);
      if (problem !== undefined) throw unfitError("json", problem.value, problem);
      return encodeUtf8(JSON.stringify(value));
    } catch (cause) {
      throw codecFailure("json", { direction: "encode", cause });
    }
  },
  decode(bytes) {
    if (isTooDeep(bytes)) {
      throw codecError("json", `Cannot decode: nested deeper than ${MAX_DEPTH}`, { direction: "decode" });
    }
    try {
      return JSON.parse(decodeUtf8(bytes));
    } catch (cause) {
      throw codecFailure("json", { direction: "decode", cause });
    }
  },
};

interface Problem {
  readonly value: unknown;
  readonly expected: string;
  at: string;
}

// JSON.stringify turns NaN into null and a Map into {}: this walk is what makes the round trip a promise.
function findProblem(value: unknown, depth: number): Problem | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return undefined;
    case "number":
      return Number.isFinite(value) ? undefined : { value, expected: "a finite number", at: "" };
    case "object":
      if (value === null) return undefined;
      if (depth >= MAX_DEPTH) return { value, expected: `at most ${MAX_DEPTH} levels, and no cycle`, at: "" };
      return Array.isArray(value) ? findInArray(value, depth) : findInObject(value, depth);
    default:
      return { value, expected: "what JSON can say", at: "" };
  }
}

function findInArray(value: readonly unknown[], depth: number): Problem | undefined {
  for (let i = 0; i < value.length; i++) {
    const problem = findProblem(value[i], depth + 1);
    if (problem === undefined) continue;
    problem.at = `[${i}]${problem.at}`;
    return problem;
  }
  return undefined;
}

function findInObject(value: object, depth: number): Problem | undefined {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null && !isFields(value)) {
    return { value, expected: "what JSON can say", at: "" };
  }
  const fields = value as Record<string, unknown>;
  for (const key of Object.keys(fields)) {
    const field = fields[key];
    const problem = field === undefined ? undefined : findProblem(field, depth + 1);
    if (problem === undefined) continue;
    problem.at = `.${key}${problem.at}`;
    return problem;
  }
  return undefined;
}

// Objects of a class count as their fields; what has a form of its own (Date, URL) or none (Map, RegExp) does not.
function isFields(value: object): boolean {
  return Object.prototype.toString.call(value) === "[object Object]" && !("toJSON" in value);
}

// JSON.parse nests without limit; whoever walks the result afterwards would run out of stack.
function isTooDeep(bytes: Uint8Array): boolean {
  // Each level has two brackets, so that short texts need no look.
  if (bytes.length < 2 * MAX_DEPTH) return false;
  let opened = 0;
  for (let i = 0; i < bytes.length; i++) if ((bytes[i]! | 0x20) === 0x7b) opened++;
  return opened > MAX_DEPTH && depthOf(bytes) > MAX_DEPTH;
}

function depthOf(bytes: Uint8Array): number {
  let depth = 0;
  let deepest = 0;
  let inText = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (inText && byte === /* \ */ 0x5c) i++;
    else if (byte === /* " */ 0x22) inText = !inText;
    else if (inText) continue;
    else if ((byte | 0x20) === /* [ { */ 0x7b) deepest = Math.max(deepest, ++depth);
    else if ((byte | 0x20) === /* ] } */ 0x7d) depth--;
  }
  return deepest;
}

/** Brings {@linkcode json} back from a header. */
export const jsonKind: CodecKind = { id: "json", version: 1, revive: () => json<unknown>() };
