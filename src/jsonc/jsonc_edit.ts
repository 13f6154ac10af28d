import { type JsoncNode, parseJsonc } from "./jsonc.ts";

/**
 * `text` with another value at `keys`, its comments and everything else as they were; `undefined` takes the member out.
 * A new member goes where its key would be in a sorted list.
 */
export function editJsonc(text: string, keys: readonly string[], value: unknown, path: string): string {
  let node = parseJsonc(text, { path });
  for (const [depth, key] of keys.entries()) {
    const member = node.members?.get(key);
    if (member === undefined) {
      if (value === undefined) return text;
      if (node.members === undefined) return replace(text, node, nest(keys.slice(depth), value), depth);
      return insert(text, node, key, { value: nest(keys.slice(depth + 1), value), depth });
    }
    if (value === undefined && depth === keys.length - 1) return cut(text, member.start, member.node.end);
    node = member.node;
  }
  return replace(text, node, value, keys.length);
}

function replace(text: string, { start, end }: JsoncNode, value: unknown, depth: number): string {
  return text.slice(0, start) + format(value, depth) + text.slice(end);
}

interface Insertion {
  readonly value: unknown;
  readonly depth: number;
}

function insert(text: string, { start, end, members }: JsoncNode, key: string, { value, depth }: Insertion): string {
  const line = `\n${"  ".repeat(depth + 1)}${JSON.stringify(key)}: ${format(value, depth + 1)}`;
  const before = [...members!].filter(([other]) => other < key).map(([, { node }]) => node.end);
  if (members!.size === 0) {
    const rest = text.slice(start + 1, end - 1);
    return `${text.slice(0, start + 1)}${line}${rest.trim() === "" ? "" : rest}\n${"  ".repeat(depth)}${
      text.slice(end - 1)
    }`;
  }
  if (before.length === 0) return `${text.slice(0, start + 1)}${line},${text.slice(start + 1)}`;
  const at = Math.max(...before);
  const { comma, next } = after(text, at);
  if (comma) return `${text.slice(0, next)}${line},${text.slice(next)}`;
  return `${text.slice(0, at)},${text.slice(at, next)}${line}${text.slice(next)}`;
}

function cut(text: string, start: number, end: number): string {
  const indent = /[ \t]*$/.exec(text.slice(0, start))![0].length;
  const from = text[start - indent - 1] === "\n" ? start - indent - 1 : start;
  return text.slice(0, from) + text.slice(after(text, end).next);
}

/** Whether a comma follows at `at`, and where its line's comment ends. */
function after(text: string, at: number): { comma: boolean; next: number } {
  const blank = /(?:\s|\/\/[^\n]*|\/\*[^]*?\*\/)*,/y;
  blank.lastIndex = at;
  const comma = blank.exec(text);
  const from = comma === null ? at : at + comma[0].length;
  const comment = /[ \t]*\/\/[^\n]*/y;
  comment.lastIndex = from;
  return { comma: comma !== null, next: from + (comment.exec(text)?.[0].length ?? 0) };
}

function nest(keys: readonly string[], value: unknown): unknown {
  return keys.reduceRight((inner, key) => ({ [key]: inner }), value);
}

/** As a person would write it: what is short and flat on one line. */
function format(value: unknown, depth: number): string {
  const short = inline(value);
  if (typeof value !== "object" || value === null || (isFlat(value) && short.length + depth * 2 < 100)) return short;
  const indent = "  ".repeat(depth + 1);
  const lines = Array.isArray(value)
    ? value.map((each) => indent + format(each, depth + 1))
    : Object.entries(value).map(([key, each]) => `${indent}${JSON.stringify(key)}: ${format(each, depth + 1)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return `${open}\n${lines.join(",\n")}\n${"  ".repeat(depth)}${close}`;
}

function inline(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  const members = Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${inline(each)}`);
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

function isFlat(value: object): boolean {
  const parts = Object.values(value);
  return parts.length === 0 || parts.every((each) => typeof each !== "object" || each === null || isList(each));
}

function isList(value: object): boolean {
  return Array.isArray(value) && value.every((each) => typeof each !== "object" || each === null);
}
