import { canonicalDateTime, canonicalTime, parseDate } from "./dates.ts";
import { formatGeoPoint, parseGeoPoint, parseGeoPoints } from "./geo.ts";
import { plainNumber, readNumber } from "./number_text.ts";
import type { FormField, FormValue } from "./schema.ts";

/** A value, `undefined` for no answer, or what is wrong with the text. */
export type ParsedValue = { readonly value: FormValue | undefined } | { readonly problem: string };

/** Longest text of one answer, in UTF-16 units. */
export const MAX_TEXT = 100_000;

/**
 * The value that a text is for a field: by the type that its form says, never by how the text looks. `007` stays `007`
 * in a text field; an integer field refuses `1_000`, `١٢` and `nan`. An empty text is no answer. Whether a choice is in
 * its list is for `checkEntry` to say.
 */
export function parseValue({ type }: Pick<FormField, "type">, text: string): ParsedValue {
  if (text.length > MAX_TEXT) return { problem: `it has ${text.length} characters, more than ${MAX_TEXT}` };
  if (type === "text" || type === "note" || type === "calculate" || type === "hidden" || type === "barcode") {
    return text === "" ? { value: undefined } : { value: text };
  }
  const trimmed = text.trim();
  if (trimmed === "") return { value: undefined };
  const found = (expected: string) => ({ problem: `expected ${expected}, found ${JSON.stringify(shorten(trimmed))}` });
  switch (type) {
    case "integer":
      return parseInteger(trimmed);
    case "decimal":
    case "range":
      return parseDecimal(trimmed);
    case "boolean":
      // Spreadsheets write TRUE.
      if (/^(true|1)$/i.test(trimmed)) return { value: true };
      return /^(false|0)$/i.test(trimmed) ? { value: false } : found("true or false");
    case "acknowledge":
      return trimmed === "OK" ? { value: "OK" } : found("OK");
    case "date":
      return parseDate(trimmed) === undefined ? found("a day as 2026-11-21") : { value: trimmed };
    case "time": {
      const time = canonicalTime(trimmed);
      return time === undefined ? found("a time as 10:30 or 10:30:00+01:00") : { value: time };
    }
    case "datetime": {
      const both = canonicalDateTime(trimmed);
      return both === undefined ? found("a day and a time as 2026-11-21T10:30:00+01:00") : { value: both };
    }
    case "geopoint": {
      const point = parseGeoPoint(trimmed);
      return "problem" in point ? point : { value: formatGeoPoint(point) };
    }
    case "geotrace":
    case "geoshape": {
      const line = parseGeoPoints(trimmed, type);
      return "problem" in line ? line : { value: line.points.map(formatGeoPoint).join(";") };
    }
    case "select_one":
      return /[^\S ]/.test(trimmed) ? found("one choice, in one line") : { value: trimmed };
    case "select_multiple":
    case "rank":
      return parseChoices(trimmed);
    case "image":
    case "audio":
    case "video":
    case "file":
      // A name of an attachment, which nobody may point elsewhere with.
      return /[/\\]|^\.\.?$/.test(trimmed) ? found("the name of a file, without its folder") : { value: trimmed };
  }
}

/** The text of a value, which {@linkcode parseValue} reads back as the same; empty for no answer. */
export function formatValue(value: FormValue | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "string") return value;
  if (typeof value === "number") return plainNumber(value);
  return typeof value === "boolean" ? String(value) : value.join(" ");
}

/**
 * What is wrong with a value that came from outside, as a value of this field; undefined when it is one, in the one form in
 * which it is kept.
 */
export function unfit(field: Pick<FormField, "type">, value: unknown): string | undefined {
  const { type } = field;
  const wanted = type === "integer" || type === "decimal" || type === "range"
    ? "number"
    : type === "boolean"
    ? "boolean"
    : type === "select_multiple" || type === "rank"
    ? "list"
    : "text";
  const is = Array.isArray(value) ? "list" : typeof value === "string" ? "text" : typeof value;
  if (is !== wanted && !(type === "calculate" && (is === "number" || is === "boolean"))) {
    return `expected ${NOUNS[wanted]}, found ${NOUNS[is] ?? "something else"}`;
  }
  if (typeof value === "number" && !Number.isFinite(value)) return "expected a number, found none";
  if (type === "calculate" && is !== "text") return undefined;
  if (Array.isArray(value)) {
    if (value.length === 0) return "expected at least one choice; no answer is no value";
    if (value.some((each) => typeof each !== "string" || each === "" || /\s/.test(each))) {
      return "expected names of choices, without a space";
    }
  }
  const text = formatValue(value as FormValue);
  if (text === "") return "expected a text that is not empty; no answer is no value";
  const parsed = parseValue(field, text);
  if ("problem" in parsed) return parsed.problem;
  if (formatValue(parsed.value) !== text) {
    return `expected ${JSON.stringify(shorten(formatValue(parsed.value)))}, the same in its own form`;
  }
  return undefined;
}

const NOUNS: Readonly<Record<string, string>> = {
  number: "a number",
  boolean: "true or false",
  list: "a list of choices",
  text: "a text",
};

function parseInteger(text: string): ParsedValue {
  const found = JSON.stringify(shorten(text));
  if (!/^[+-]?[0-9]+$/.test(text)) {
    return { problem: `expected a whole number in digits, found ${found}${digitsHint(text)}` };
  }
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    return {
      problem:
        `expected a whole number of at most ${Number.MAX_SAFE_INTEGER}, found ${found}; a longer one, such as a number of a card, is a text field`,
    };
  }
  return { value: value === 0 ? 0 : value };
}

function parseDecimal(text: string): ParsedValue {
  const value = readNumber(text);
  if (value !== undefined) return { value };
  return { problem: `expected a number in digits, found ${JSON.stringify(shorten(text))}${digitsHint(text)}` };
}

/** What people write in its place. */
function digitsHint(text: string): string {
  if (/^[+-]?\d+,\d+$/.test(text)) return "; the decimal sign is a point";
  if (/^[+-]?\d+\.0$/.test(text)) return "; a whole number has no point";
  if (/^[+-]?\d[\d_,.' ]*$/.test(text)) return "; thousands have no sign between them";
  return /\p{Nd}/u.test(text.replace(/[0-9]/g, "")) ? "; the digits are 0 to 9" : "";
}

function parseChoices(text: string): ParsedValue {
  const names = text.split(/\s+/);
  const seen = new Set<string>();
  const twice = names.find((name) => seen.size === seen.add(name).size);
  return twice === undefined ? { value: names } : { problem: `${JSON.stringify(shorten(twice))} is chosen twice` };
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}
