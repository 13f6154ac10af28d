/** How rows are written. */
export interface RowOptions {
  /** @default {","} */
  readonly delimiter?: string;
  /** Whether texts that a spreadsheet would run are kept from it. @default {true} */
  readonly guard?: boolean;
}

/** Deepest nesting of fields that become columns. */
const MAX_DEPTH = 4;

/** One row with its end, CR LF. What is missing is an empty cell, empty text is `""`. RFC 4180. */
export function formatRow(values: readonly unknown[], { delimiter = ",", guard = true }: RowOptions = {}): string {
  return values.map((value) => formatCell(value, { delimiter, guard })).join(delimiter) + "\r\n";
}

/** The columns of a message: its fields, those of objects inside with a dot; `value` for what is no object. */
export function columnsOf(message: unknown): readonly string[] {
  return isPlain(message) ? fieldsOf(message, "", 0) : ["value"];
}

/** The value in a column of a message, undefined when it has none. */
export function cellOf(message: unknown, column: string): unknown {
  if (!isPlain(message)) return column === "value" ? message : undefined;
  if (Object.hasOwn(message, column)) return message[column];
  for (let at = column.indexOf("."); at >= 0; at = column.indexOf(".", at + 1)) {
    const inner = Object.hasOwn(message, column.slice(0, at)) ? message[column.slice(0, at)] : undefined;
    const found = isPlain(inner) ? cellOf(inner, column.slice(at + 1)) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function fieldsOf(message: Readonly<Record<string, unknown>>, prefix: string, depth: number): string[] {
  return Object.entries(message).flatMap(([key, value]) =>
    isPlain(value) && depth < MAX_DEPTH && Object.keys(value).length > 0
      ? fieldsOf(value, `${prefix}${key}.`, depth + 1)
      : [prefix + key]
  );
}

function formatCell(value: unknown, { delimiter, guard }: Required<RowOptions>): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return quote(guard ? disarm(value) : value, delimiter);
  if (typeof value === "number") return formatNumber(value);
  if (typeof value !== "object") return quote(String(value), delimiter);
  if (value instanceof Uint8Array) return quote(base64(value), delimiter);
  return quote(JSON.stringify(value, (_, each) => typeof each === "bigint" ? each.toString() : each), delimiter);
}

// A cell that begins so is run as a formula by spreadsheets (OWASP, "CSV Injection"); a text that is a number is none.
function disarm(text: string): string {
  const isFormula = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(text) && !/^[+-]?\d+(\.\d+)?$/.test(text);
  return isFormula ? `'${text}` : text;
}

function quote(text: string, delimiter: string): string {
  const isPlainText = text !== "" && !/["\r\n]|^\s|\s$/.test(text) && !text.includes(delimiter);
  return isPlainText ? text : `"${text.replaceAll('"', '""')}"`;
}

// Whole numbers of many digits are bigints to the source.
function formatNumber(value: number): string {
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? value.toExponential() : String(value);
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}
