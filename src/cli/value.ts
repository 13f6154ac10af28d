import { toHex } from "./output.ts";
import { clean } from "./style.ts";

// A line is to be read: what is longer is counted, not shown. All of it is in --json and --raw.
const MAX_ITEMS = 8;
const MAX_KEYS = 24;
const MAX_CHARS = 200;
const MAX_BYTES = 24;
const MAX_DEPTH = 6;
const MAX_LINE = 4000;

/** A decoded value on one line, long parts cut, and nothing in it that a terminal would obey. */
export function formatValue(value: unknown): string {
  const text = format(value, 0);
  return text.length <= MAX_LINE ? text : `${text.slice(0, MAX_LINE)}…`;
}

function format(value: unknown, depth: number): string {
  if (typeof value === "string") return formatText(value, depth);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value !== "object" || value === null) return clean(Object.is(value, -0) ? "-0" : String(value));
  if (value instanceof Uint8Array) return formatBytesValue(value);
  if (depth >= MAX_DEPTH) return Array.isArray(value) ? "[…]" : "{…}";
  if (ArrayBuffer.isView(value)) return formatTyped(value as unknown as ArrayLike<unknown>);
  if (Array.isArray(value)) return list(value, depth, MAX_ITEMS * 2);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "an unreadable date" : value.toISOString();
  if (value instanceof Map) return entries([...value].map(([key, each]) => [formatKey(key), each]), depth);
  if (value instanceof Set) return list([...value], depth, MAX_ITEMS * 2);
  return entries(Object.entries(value).map(([key, each]) => [formatKey(key), each]), depth);
}

function formatText(text: string, depth: number): string {
  const cut = text.length <= MAX_CHARS ? text : text.slice(0, MAX_CHARS);
  const more = text.length <= MAX_CHARS ? "" : `… ${text.length - MAX_CHARS} more`;
  // A text that is the whole value is shown as it is, one inside another value needs its quotes.
  return (depth === 0 ? clean(cut) : clean(JSON.stringify(cut))) + more;
}

/** `<3 bytes 01 02 ff>` */
function formatBytesValue(bytes: Uint8Array): string {
  const hex = toHex(bytes.subarray(0, MAX_BYTES)).replace(/..(?=.)/g, "$& ");
  const more = bytes.length > MAX_BYTES ? " …" : "";
  return `<${bytes.length} ${bytes.length === 1 ? "byte" : "bytes"}${hex === "" ? "" : ` ${hex}`}${more}>`;
}

function formatTyped(items: ArrayLike<unknown>): string {
  return `${items.constructor.name}(${items.length}) ${list(items, MAX_DEPTH, MAX_ITEMS)}`;
}

function list(items: ArrayLike<unknown>, depth: number, most: number): string {
  const shown = Array.from({ length: Math.min(items.length, most) }, (_, at) => format(items[at], depth + 1));
  if (items.length > most) shown.push(`… ${items.length - most} more`);
  return `[${shown.join(", ")}]`;
}

function entries(pairs: readonly (readonly [string, unknown])[], depth: number): string {
  const shown = pairs.slice(0, MAX_KEYS).map(([key, value]) => `${key}: ${format(value, depth + 1)}`);
  if (pairs.length > MAX_KEYS) shown.push(`… ${pairs.length - MAX_KEYS} more`);
  return shown.length === 0 ? "{}" : `{ ${shown.join(", ")} }`;
}

function formatKey(key: unknown): string {
  if (typeof key === "string" && /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key)) return key.slice(0, MAX_CHARS);
  return format(key, 1);
}
