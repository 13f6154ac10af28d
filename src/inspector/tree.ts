/** Limits of {@linkcode toTree}. */
export interface TreeLimits {
  /** Fields and items, all together. @default {2000} */
  readonly maxItems?: number;
  /** Characters of one text. @default {4096} */
  readonly maxText?: number;
  /** How deep it goes. @default {24} */
  readonly maxDepth?: number;
}

/**
 * A decoded value as JSON that a page can show as a tree: plain values as they are, all else as an object with one key that
 * begins with `$`. What is cut says how much there is.
 *
 * `{ $: "bigint" | "number" | "date" | "bytes" | "array" | "map" | "set" | "text" | "more" | "object", … }`
 */
export function toTree(value: unknown, { maxItems = 2000, maxText = 4096, maxDepth = 24 }: TreeLimits = {}): unknown {
  let left = maxItems;
  const many = <T, R>(items: readonly T[], make: (item: T) => R): R[] => {
    const shown: R[] = [];
    for (const item of items) {
      if (left-- <= 0) break;
      shown.push(make(item));
    }
    return shown;
  };
  const walk = (value: unknown, depth: number): unknown => {
    if (typeof value === "string") {
      return value.length <= maxText ? value : { $: "text", text: value.slice(0, maxText), length: value.length };
    }
    if (typeof value === "bigint") return { $: "bigint", text: `${value}`.slice(0, maxText) };
    if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))) {
      return { $: "number", text: Object.is(value, -0) ? "-0" : `${value}` };
    }
    if (typeof value !== "object" || value === null) return value === undefined ? { $: "undefined" } : plain(value);
    if (value instanceof Uint8Array) return { $: "bytes", length: value.length, hex: hex(value.subarray(0, 64)) };
    if (depth >= maxDepth) return { $: "more", type: typeName(value) };
    if (ArrayBuffer.isView(value)) return typed(value as unknown as ArrayLike<number | bigint>);
    if (value instanceof Date) return { $: "date", text: Number.isNaN(value.getTime()) ? "?" : value.toISOString() };
    const deeper = (each: unknown) => walk(each, depth + 1);
    if (value instanceof Map) {
      const items = many([...value], ([key, each]) => [deeper(key), deeper(each)]);
      return { $: "map", size: value.size, items };
    }
    if (value instanceof Set) return { $: "set", size: value.size, items: many([...value], deeper) };
    if (Array.isArray(value)) {
      const items = many(value, deeper);
      return items.length === value.length ? items : { $: "array", length: value.length, items };
    }
    const entries = Object.entries(value);
    const shown = many(entries, ([key, each]): [string, unknown] => [key, deeper(each)]);
    // A field named `$` would be taken for one of ours.
    if (shown.length === entries.length && !Object.hasOwn(value, "$")) return Object.fromEntries(shown);
    return { $: "object", size: entries.length, items: shown };
  };
  const typed = (items: ArrayLike<number | bigint>): unknown => {
    const shown = Math.max(0, Math.min(items.length, 64, left));
    left -= shown;
    const first = Array.from({ length: shown }, (_, i) => walk(items[i], 0));
    return { $: "array", type: typeName(items), length: items.length, items: first };
  };
  return walk(value, 0);
}

function plain(value: unknown): unknown {
  return typeof value === "function" || typeof value === "symbol" ? { $: "more", type: typeof value } : value;
}

function typeName(value: object): string {
  return String(value.constructor?.name ?? "object").slice(0, 64);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
