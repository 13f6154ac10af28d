import type { QueueRecord } from "../broker/mod.ts";
import { TinmanError } from "../errors/mod.ts";

/** A record and where it lies. */
export interface PlacedRecord extends QueueRecord {
  readonly topic: string;
  readonly partition: number;
}

const decoder = new TextDecoder();

/** What stands for a part of a record, as in kcat. */
const parts: Readonly<Record<string, (record: PlacedRecord) => string>> = {
  s: ({ value }) => value === null ? "" : decoder.decode(value),
  S: ({ value }) => `${value?.length ?? -1}`,
  k: ({ key }) => key === null ? "" : decoder.decode(key),
  K: ({ key }) => `${key?.length ?? -1}`,
  t: ({ topic }) => topic,
  p: ({ partition }) => `${partition}`,
  o: ({ offset }) => `${offset}`,
  T: ({ timestampMs }) => `${timestampMs}`,
  h: ({ headers }) =>
    headers.map(({ name, value }) => `${name}=${value === null ? "NULL" : decoder.decode(value)}`).join(","),
  "%": () => "%",
};

/** What may stand behind a backslash. */
const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "\\": "\\", "0": "\0" };

/**
 * A printer of records, from a format as kcat has them: `%s` value, `%S` its length, `%k` `%K` key, `%t` topic, `%p`
 * partition, `%o` offset, `%T` time in ms, `%h` headers, `%%`; `\n`, `\t` and other escapes.
 *
 * @throws {TinmanError} `USAGE` for what it does not know.
 */
export function createRecordFormat(format: string): (record: PlacedRecord) => string {
  const pieces: ((record: PlacedRecord) => string)[] = [];
  for (const [piece] of format.matchAll(/%.|\\x[0-9a-fA-F]{2}|\\.|[^%\\]+|[%\\]$/gs)) {
    const part = piece[0] === "%" ? parts[piece[1] ?? ""] : undefined;
    const hex = /^\\x(..)$/.exec(piece)?.[1];
    const text = hex !== undefined
      ? String.fromCharCode(parseInt(hex, 16))
      : piece[0] === "\\"
      ? escapes[piece[1] ?? ""]
      : piece[0] === "%"
      ? undefined
      : piece;
    if (part === undefined && text === undefined) {
      throw new TinmanError("USAGE", `Cannot read format ${JSON.stringify(format)}: ${piece} means nothing`, {
        argument: "--format",
        hint: `it knows ${Object.keys(parts).map((name) => `%${name}`).join(" ")} and \\n \\t \\r \\\\ \\0 \\xNN`,
      });
    }
    pieces.push(part ?? (() => text!));
  }
  return (record) => pieces.map((piece) => piece(record)).join("");
}

/** A record as JSON: text where it is text, else `{ "hex": … }`. */
export function toRecordJson({ topic, partition, offset, timestampMs, key, value, headers }: PlacedRecord): unknown {
  const pairs = headers.map(({ name, value }) => [name, readable(value)]);
  return { topic, partition, offset, timestampMs, key: readable(key), value: readable(value), headers: pairs };
}

const strict = new TextDecoder("utf-8", { fatal: true });

function readable(bytes: Uint8Array | null): unknown {
  if (bytes === null) return null;
  try {
    return strict.decode(bytes);
  } catch {
    return { hex: bytes.toHex() };
  }
}
