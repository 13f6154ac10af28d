import { compareText, isObject, type OriginalValue } from "./value.ts";

/** How {@linkcode writeJson} writes. */
export interface WriteJsonOptions {
  /** Keys by code point instead of in the order of writing: `sort_keys=True`. @default {false} */
  readonly sortKeys?: boolean;
  /** A space after each comma and colon, as Python writes by default. @default {false} */
  readonly spaced?: boolean;
}

/**
 * The very text of Python's `json.dumps`: ASCII alone, floats as `repr` has them. With `sortKeys` this is what the
 * original hashes.
 */
export function writeJson(value: OriginalValue, options: WriteJsonOptions = {}): string {
  if (value === null) return "null";
  switch (typeof value) {
    case "string":
      return writeString(value);
    case "number":
      return formatFloat(value);
    case "bigint":
    case "boolean":
      return value.toString();
  }
  const comma = options.spaced ? ", " : ",";
  if (!isObject(value)) return `[${value.map((item) => writeJson(item, options)).join(comma)}]`;
  const colon = options.spaced ? ": " : ":";
  const keys = options.sortKeys ? [...value.keys()].sort(compareText) : [...value.keys()];
  return `{${keys.map((key) => writeString(key) + colon + writeJson(value.get(key)!, options)).join(comma)}}`;
}

/**
 * A float as Python's `repr` has it. The digits are those of JavaScript, the fewest that tell it from its neighbours; only
 * where the exponent begins, and how it is written, differ.
 */
export function formatFloat(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const [mantissa, power] = Math.abs(value).toExponential().split("e") as [string, string];
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    const digits = String(Math.abs(exponent)).padStart(2, "0");
    return `${sign}${mantissa}e${exponent < 0 ? "-" : "+"}${digits}`;
  }
  const digits = mantissa.replace(".", "");
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${sign}${whole}.${digits.slice(exponent + 1) || "0"}`;
}

const short: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

// By unit, so that an astral character becomes two escapes, and half a pair one.
function writeString(text: string): string {
  return `"${
    text.replace(/[^ -~]|["\\]/g, (unit) => short[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
  }"`;
}
