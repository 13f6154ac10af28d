import { TinmanError } from "../errors/mod.ts";
import type { ProvidedNode } from "../plugin/mod.ts";
import { cleanJson } from "./style.ts";

/** Longest line that is read. */
const MAX_LINE = 64 * 1024 * 1024;

/** Where a line comes from, for messages. */
export interface LinePlace {
  /** The file. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
}

/**
 * A value that crosses the border of a plugin as one line of JSON that reads back as the same: bytes as
 * `{"$bytes":"<hex>"}`, bigint as `{"$bigint":"12"}`, NaN, ∞ and -0 as `{"$number":"NaN"}`.
 */
export function formatPluginValue(value: unknown): string {
  return cleanJson(JSON.stringify(tagged(value)));
}

/** What {@linkcode formatPluginValue} wrote; plain JSON is itself. */
export function parsePluginValue(text: string, { path, line }: LinePlace): unknown {
  const wrong = (what: string, cause?: unknown) =>
    new TinmanError("CONFIG", `Cannot read ${path}:${line}: ${what}`, { path, cause });
  if (text.length > MAX_LINE) throw wrong(`it has ${text.length} characters, more than ${MAX_LINE}`);
  try {
    return untagged(JSON.parse(text));
  } catch (cause) {
    throw wrong((cause as Error).message, cause);
  }
}

/** One message of a node, on one of its ports. */
export interface PortValue {
  readonly port: string;
  readonly value: unknown;
}

/**
 * Messages as lines: where there is one port a line is the value, where there are more it is `{"port":…,"value":…}`. So what
 * comes out of one node goes into the next.
 */
export function formatMessage({ port, value }: PortValue, ports: readonly string[]): string {
  return ports.length === 1 ? formatPluginValue(value) : cleanJson(JSON.stringify({ port, value: tagged(value) }));
}

/** What {@linkcode formatMessage} wrote. */
export function parseMessage(text: string, ports: readonly string[], place: LinePlace): PortValue {
  const value = parsePluginValue(text, place);
  if (ports.length === 1) return { port: ports[0]!, value };
  const message = value as Partial<PortValue> | null;
  if (typeof message === "object" && ports.includes(message?.port as string) && "value" in message!) {
    return { port: message.port!, value: message.value };
  }
  const known = ports.map((port) => JSON.stringify(port)).join(" or ");
  const what = ports.length === 0 ? "the node has no inputs" : `expected {"port": ${known}, "value": …}`;
  throw new TinmanError("CONFIG", `Cannot read ${place.path}:${place.line}: ${what}`, { path: place.path });
}

/** All messages in a text; blank lines and lines that begin with // are left out. */
export function parseMessages(text: string, ports: readonly string[], path: string): PortValue[] {
  return linesOf(text).map(([line, at]) => parseMessage(line, ports, { path, line: at }));
}

/** Lines with something in them, with their numbers from 1. */
export function linesOf(text: string): [line: string, number: number][] {
  return text.split("\n").map((line, at): [string, number] => [line.trim(), at + 1])
    .filter(([line]) => line !== "" && !line.startsWith("//"));
}

/** The names of a node's ports, as its manifest has them. */
export function portsOf({ in: inputs, out: outputs }: ProvidedNode): { readonly in: string[]; readonly out: string[] } {
  return { in: Object.keys(inputs), out: Object.keys(outputs) };
}

/** The same text for the same value, whatever the order of its keys. */
export function canonicalText(value: unknown): string {
  return JSON.stringify(sortKeys(tagged(value)));
}

function tagged(value: unknown): unknown {
  if (typeof value === "bigint") return { $bigint: String(value) };
  if (typeof value === "number") {
    return Number.isFinite(value) && !Object.is(value, -0)
      ? value
      : { $number: Object.is(value, -0) ? "-0" : `${value}` };
  }
  if (value instanceof Uint8Array) return { $bytes: value.toHex() };
  if (Array.isArray(value)) return value.map(tagged);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, tagged(each)]));
}

function untagged(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(untagged);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [key, text] = entries[0] ?? [];
  if (entries.length === 1 && typeof text === "string") {
    if (key === "$bytes") return Uint8Array.fromHex(text);
    if (key === "$bigint") return BigInt(text);
    if (key === "$number" && /^(?:NaN|-?Infinity|-0)$/.test(text)) return Number(text);
  }
  return Object.fromEntries(entries.map(([name, each]) => [name, untagged(each)]));
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1).map(([k, v]) => [k, sortKeys(v)]));
}
