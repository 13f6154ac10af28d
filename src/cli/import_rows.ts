import { closest, TinmanError } from "../errors/mod.ts";
import type { TextRow } from "./import_lines.ts";
import { readTime, timeFields, type TimeFormat } from "./import_time.ts";
import { createRowReader } from "./import_values.ts";

/** A frame that is to be written. */
export interface ImportedFrame {
  /** Where it stands in the file, from 1. */
  readonly line: number;
  readonly timeNs: bigint;
  readonly value: unknown;
}

/** A frame, or why a row is none. */
export type ImportedRow = ImportedFrame | { readonly line: number; readonly problem: string };

/** How rows become frames. */
export interface ImportRowsOptions {
  /** The field with the time. @default {the first of those that are called so} */
  readonly time?: string | undefined;
  /** How it is written. @default {as its name says, else ISO 8601} */
  readonly format?: TimeFormat | undefined;
  /** Columns whose cells stay text. */
  readonly text: readonly string[];
  /** Whether the codec has bigints. */
  readonly bigints: boolean;
}

/** Names that `log export` gives to columns of its own; fields of these names get `value.` in front. */
const OWN = ["time_ns", "time", "row", "undecoded"];

/** The frames of a table. @throws {TinmanError} `CONFIG` when it has no column with the time. */
export function* framesOfTable(
  rows: Iterable<TextRow<readonly string[]>>,
  options: ImportRowsOptions,
): Iterable<ImportedRow> {
  let read: ((row: readonly string[], line: number) => ImportedRow) | undefined;
  for (const { line, row } of rows) {
    if (read === undefined) read = readerOf(row, options);
    else yield read(row, line);
  }
}

function readerOf(head: readonly string[], options: ImportRowsOptions) {
  const names = head.map((name) => name.trim());
  const at = timeColumn(names, options);
  const format = formatOf(names[at]!, options);
  const unknown = options.text.find((name) => !names.includes(name));
  if (unknown !== undefined) throw noColumn(unknown, names);
  const isOwn = names[0] === OWN[0] && names[1] === OWN[1];
  const columns = names.map((name, i) => {
    if (i === at || isOwn && i < 2) return undefined;
    const field = isOwn && name.startsWith("value.") ? name.slice("value.".length) : name;
    return OWN.includes(field) ? field : name;
  });
  const value = createRowReader(columns, { text: new Set(options.text), bigints: options.bigints });
  return (row: readonly string[], line: number): ImportedRow => {
    if (row.length !== names.length) {
      return { line, problem: `it has ${row.length} cells, and there are ${names.length} columns` };
    }
    const timeNs = readTime(row[at]!, format);
    return typeof timeNs === "bigint" ? { line, timeNs, value: value(row) } : { line, ...timeNs };
  };
}

/** The frames of lines of JSON: those that `log export` wrote, or objects with a field for the time. */
export function* framesOfLines(rows: Iterable<TextRow<string>>, options: ImportRowsOptions): Iterable<ImportedRow> {
  let channel: string | undefined;
  for (const { line, row } of rows) {
    const object = parseObject(row);
    if (object === undefined) {
      yield { line, problem: "it is no object in JSON" };
      continue;
    }
    const isOwn = options.time === undefined && typeof object.channel === "string" &&
      typeof object.timeNs === "string" &&
      ("value" in object || "error" in object);
    if (!isOwn) {
      yield readObject(object, { line, row, options });
      continue;
    }
    channel ??= object.channel as string;
    const timeNs = readTime(object.timeNs as string, "ns");
    if (object.channel !== channel) {
      yield {
        line,
        problem: `it is of channel "${object.channel}", those before of "${channel}": log export -c takes one`,
      };
    } else if ("error" in object) yield { line, problem: "it is a frame that did not decode" };
    else yield typeof timeNs === "bigint" ? { line, timeNs, value: object.value } : { line, ...timeNs };
  }
}

function readObject(
  object: Readonly<Record<string, unknown>>,
  { line, row, options }: { readonly line: number; readonly row: string; readonly options: ImportRowsOptions },
): ImportedRow {
  const names = Object.keys(object);
  const name = options.time ?? timeFields.find((each) => Object.hasOwn(object, each));
  if (name === undefined || !Object.hasOwn(object, name)) {
    return { line, problem: name === undefined ? `it has no time: ${timeHint(names)}` : `it has no field "${name}"` };
  }
  const { [name]: time, ...value } = object;
  const text = typeof time === "number" && !Number.isSafeInteger(time) ? sourceOf(row, name) ?? `${time}` : `${time}`;
  const timeNs = readTime(text, formatOf(name, options));
  return typeof timeNs === "bigint" ? { line, timeNs, value } : { line, ...timeNs };
}

/** A number as it stands in the text: nanoseconds since 1970 are more than a float can hold. */
function sourceOf(row: string, name: string): string | undefined {
  const found = new Map<unknown, string | undefined>();
  let source: string | undefined;
  JSON.parse(row, function (this: unknown, key, value, context?: { readonly source?: string }) {
    if (key === name) found.set(this, context?.source);
    // The object that is all of the line comes last; others inside may have such a field, too.
    if (key === "") source = found.get(value) ?? source;
    return value;
  });
  return source;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? value as Record<string, unknown>
      : undefined;
  } catch {
    return undefined;
  }
}

function timeColumn(names: readonly string[], { time }: ImportRowsOptions): number {
  const found = time ?? timeFields.find((each) => names.includes(each));
  const at = found === undefined ? -1 : names.indexOf(found);
  if (at >= 0) return at;
  if (found !== undefined) throw noColumn(found, names);
  throw new TinmanError("CONFIG", "Cannot import: no column is called like a time", { hint: timeHint(names) });
}

function noColumn(name: string, names: readonly string[]): TinmanError<"CONFIG"> {
  const near = closest(name, names);
  return new TinmanError("CONFIG", `Cannot import: there is no column "${name}"`, {
    hint: near === undefined ? `there is ${names.join(", ")}` : `did you mean "${near}"?`,
  });
}

function timeHint(names: readonly string[]): string {
  return `--time names it; there is ${names.slice(0, 20).join(", ")}`;
}

function formatOf(name: string, { format }: ImportRowsOptions): TimeFormat | undefined {
  return format ?? (name === "time_ns" || name === "timeNs" ? "ns" : undefined);
}
