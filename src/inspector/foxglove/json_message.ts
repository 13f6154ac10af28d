/** How deep a value is written; what lies deeper is left out. */
const MAX_DEPTH = 32;
const utf8 = new TextEncoder();

/**
 * A decoded value as the JSON of a message. Foxglove shows objects alone, so any other value becomes `{ value }`. What JSON has
 * none for is as near as it can be: bytes are base64, a bigint is a number while that is exact and a text beyond, NaN is null.
 */
export function toMessage(value: unknown): Uint8Array {
  return utf8.encode(JSON.stringify(toJson(wrap(value), 0)));
}

/** A JSON Schema of what a value is, for who has seen this one alone: it says nothing of what else there may be. */
export function schemaOf(value: unknown): Record<string, unknown> {
  return schema(toJson(wrap(value), 0), wrap(value));
}

/** The schema of a channel of which nothing is known. */
export const ANY_OBJECT = { type: "object" } as const;

function wrap(value: unknown): unknown {
  const isPlain = typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value) &&
    !(value instanceof Set) && !(value instanceof Date);
  return isPlain ? value : { value };
}

function toJson(value: unknown, depth: number): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "bigint") {
    const isExact = value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER);
    return isExact ? Number(value) : `${value}`;
  }
  if (typeof value !== "object" || value === null) {
    return typeof value === "function" || typeof value === "symbol" ? undefined : value;
  }
  if (value instanceof Uint8Array) return value.toBase64();
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (depth >= MAX_DEPTH) return null;
  const deeper = (each: unknown) => toJson(each, depth + 1);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number | bigint>, deeper);
  // What an array leaves out would move what follows.
  if (Array.isArray(value)) return value.map((each) => deeper(each) ?? null);
  if (value instanceof Set) return [...value].map((each) => deeper(each) ?? null);
  const entries = value instanceof Map
    ? [...value].map(([key, each]): [string, unknown] => [String(key), each])
    : Object.entries(value);
  return Object.fromEntries(entries.map(([key, each]) => [key, deeper(each)]));
}

function schema(json: unknown, value: unknown): Record<string, unknown> {
  if (value instanceof Uint8Array) return { type: "string", contentEncoding: "base64" };
  if (json === null || json === undefined) return {};
  if (typeof json !== "object") return { type: typeof json };
  if (Array.isArray(json)) {
    const items = Array.isArray(value) || value instanceof Set ? [...value as Iterable<unknown>] : json;
    return json.length === 0 ? { type: "array" } : { type: "array", items: schema(json[0], items[0]) };
  }
  const at = (key: string) => value instanceof Map ? value.get(key) : (value as Readonly<Record<string, unknown>>)[key];
  const properties = Object.entries(json).map(([key, each]): [string, unknown] => [key, schema(each, at(key))]);
  return { type: "object", properties: Object.fromEntries(properties) };
}
