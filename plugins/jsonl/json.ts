/**
 * A value as one line of JSON, without the end of the line. What JSON has no word for is written as near as can be: a
 * bigint as a whole number (the source reads one that is too large for a number back as a bigint), bytes as base64, and
 * NaN and the infinities as null.
 */
export function formatLine(value: unknown): string {
  return format(value, 0);
}

/** Deepest nesting of lists and objects. */
const MAX_DEPTH = 256;

/** The value of a line; throws a SyntaxError or RangeError that says where it is no JSON. */
export function parseLine(line: string): unknown {
  checkDepth(line);
  // Only where digits would be lost does it matter how a number was written.
  return /\d{16}/.test(line) ? JSON.parse(line, revive as (key: string, value: unknown) => unknown) : JSON.parse(line);
}

function format(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) throw new RangeError(`it is nested deeper than ${MAX_DEPTH}`);
  if (typeof value === "bigint") return value.toString();
  // Whole numbers of many digits are bigints to the source.
  if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return value.toExponential();
  }
  if (value instanceof Uint8Array) return JSON.stringify(base64(value));
  if (Array.isArray(value)) return `[${value.map((each) => format(each, depth + 1)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${format(field, depth + 1)}`).join(",")}}`;
}

// The third argument is the proposal "JSON.parse source text access", which V8 has.
function revive(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const { source } = context ?? {};
  if (typeof value !== "number" || source === undefined || !/^-?\d+$/.test(source)) return value;
  if (Number.isSafeInteger(value)) return value;
  const whole = BigInt(source);
  return BigInt.asIntN(64, whole) === whole || BigInt.asUintN(64, whole) === whole ? whole : value;
}

function checkDepth(line: string): void {
  let [depth, inText] = [0, false];
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if (inText && code === /* \ */ 0x5c) i++;
    else if (code === /* " */ 0x22) inText = !inText;
    else if (inText) continue;
    else if ((code | 0x20) === /* [ { */ 0x7b && ++depth > MAX_DEPTH) {
      throw new RangeError(`it is nested deeper than ${MAX_DEPTH}`);
    } else if ((code | 0x20) === /* ] } */ 0x7d) depth--;
  }
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}
