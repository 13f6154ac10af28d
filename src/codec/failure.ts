import { isTinmanError, TinmanError } from "../errors/mod.ts";

/** The longest text to quote in a message. */
const MAX_QUOTE = 40;

/** A `CODEC` error for a value that does not fit: it says what the value is and what was expected. */
export function unfitError(codec: string, value: unknown, options: {
  /** What would fit, such as `a whole number`. */
  readonly expected: string;
  /** Where in the value it stands, such as `.position[2]`. @default {""} */
  readonly at?: string;
  /** The fix. */
  readonly hint?: string | undefined;
}): TinmanError<"CODEC"> {
  const { expected, at = "", hint } = options;
  return failure(`got ${describeValue(value)}, expected ${expected}`, { codec, direction: "encode", at, hint });
}

/**
 * A `CODEC` error of `codec` for whatever was thrown inside of it. When a nested codec threw, its place in the value is
 * put behind `at`, so that the outermost error says the whole path: `at .legs[2].angle`. A codec that is not known
 * (`CODEC_UNKNOWN`) stays that error.
 */
export function codecFailure(codec: string, options: {
  readonly direction: "encode" | "decode" | "revive";
  /** What was thrown. */
  readonly cause: unknown;
  /** The step from this codec to the part that failed, such as `.angle` or `[2]`. @default {""} */
  readonly at?: string;
}): TinmanError {
  const { direction, cause, at = "" } = options;
  if (isTinmanError(cause, "CODEC_UNKNOWN")) return cause;
  if (isTinmanError(cause, "CODEC")) {
    // What this codec said itself needs no second frame around it.
    if (cause.details.codec === codec && cause.details.direction === direction && at === "") return cause;
    const { at: inner = "", ...rest } = cause.details;
    const prefix = prefixOf(rest.codec, { direction: rest.direction, at: inner });
    const problem = cause.message.startsWith(prefix) ? cause.message.slice(prefix.length) : cause.message;
    return failure(problem, { codec, direction, at: at + inner, hint: cause.hint, cause });
  }
  const problem = cause instanceof Error ? cause.message : String(cause);
  return failure(problem, { codec, direction, at, cause });
}

/** What a value is, in a few words, for messages: `text "abc"`, `number NaN`, `Date`, `array of 3`. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return `${value}`;
  switch (typeof value) {
    case "string":
      return `text ${JSON.stringify(value.length > MAX_QUOTE ? `${value.slice(0, MAX_QUOTE)}…` : value)}`;
    case "number":
      return `number ${Object.is(value, -0) ? "-0" : value}`;
    case "bigint":
      return value < 10n ** 30n && value > -(10n ** 30n) ? `bigint ${value}n` : "a bigint of more than 30 digits";
    case "boolean":
      return `boolean ${value}`;
    case "object":
      try {
        return describeObject(value);
      } catch {
        // A proxy may refuse even to be looked at.
        return "object";
      }
    default:
      return `a ${typeof value}`;
  }
}

function describeObject(value: object): string {
  if (Array.isArray(value)) return `array of ${value.length}`;
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`;
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof name === "string" && name !== "" && name !== "Object" ? `object ${name}` : "object";
}

function failure(problem: string, details: {
  codec: string;
  direction: "encode" | "decode" | "revive";
  at: string;
  hint?: string | undefined;
  cause?: unknown;
}): TinmanError<"CODEC"> {
  const { codec, direction, at, hint, cause } = details;
  const message = prefixOf(codec, { direction, at }) + problem;
  return new TinmanError("CODEC", message, { codec, direction, ...(at && { at }), hint, cause });
}

// A nested failure is taken apart at its prefix again, so both come from here.
function prefixOf(codec: string, place: { direction: string; at: string }): string {
  return `Codec "${codec}": Cannot ${place.direction}${place.at && ` at ${place.at}`}: `;
}
