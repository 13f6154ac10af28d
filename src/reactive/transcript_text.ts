import { encodeCbor } from "../cbor/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { readEntry, type Transcript, type TranscriptEntry } from "./transcript.ts";

/** A line of a transcript. What JSON cannot say exactly is there as CBOR, in hexadecimal digits. */
interface Line {
  event: string | readonly string[];
  by?: string;
  step?: number;
  data?: unknown;
  cbor?: string;
}

/**
 * A transcript as text, to be kept in a file: a line for itself, then one JSON line for each event. Equal transcripts give
 * equal text.
 */
export function formatTranscript({ seed, entries }: Transcript): string {
  return JSON.stringify({ transcript: 1, seed }) + "\n" + entries.map(formatTranscriptEntry).join("");
}

/** One line of it, for a transcript that is written as it comes: its first line is that of one without entries. */
export function formatTranscriptEntry(entry: TranscriptEntry): string {
  return JSON.stringify(toLine(entry)) + "\n";
}

/**
 * Reads what {@linkcode formatTranscript} wrote.
 *
 * @throws {TinmanError} `CONFIG` with the line that is none of a transcript.
 */
export function parseTranscript(text: string): Transcript {
  const [first = "", ...lines] = text.trimEnd().split("\n");
  const { transcript, seed } = parseLine(first, 1) as { transcript?: unknown; seed?: unknown };
  if (transcript !== 1 || typeof seed !== "string") throw unreadable(1, 'expected {"transcript":1,"seed":…}');
  return { seed, entries: lines.map((line, i) => fromLine(parseLine(line, i + 2), i + 2)) };
}

function toLine(entry: TranscriptEntry): Line {
  const { lineage, by, step } = entry;
  const data = readEntry(entry);
  const event = lineage.length === 1 ? lineage[0]! : lineage;
  const line: Line = { event, ...(by !== undefined && { by }), ...(step !== undefined && { step }) };
  if (isJson(data, entry.bytes)) {
    if (Object.keys(data).length > 0) line.data = data;
  } else line.cbor = entry.bytes.toHex();
  return line;
}

// Not all that JSON writes comes back as it was: -0, undefined, a date.
function isJson(data: object, bytes: Uint8Array): boolean {
  try {
    const again = encodeCbor(JSON.parse(JSON.stringify(data)), { keepOrder: true });
    return again.length === bytes.length && again.every((byte, i) => byte === bytes[i]);
  } catch {
    return false;
  }
}

function fromLine(line: object, number: number): TranscriptEntry {
  const { event, by, step, data = {}, cbor } = line as Partial<Line>;
  const lineage = typeof event === "string" ? [event] : event;
  if (!Array.isArray(lineage) || lineage.length === 0 || !lineage.every((name) => typeof name === "string")) {
    throw unreadable(number, "expected the name of an event");
  }
  if (by !== undefined && typeof by !== "string") throw unreadable(number, "expected a name as `by`");
  if (step !== undefined && !Number.isSafeInteger(step)) throw unreadable(number, "expected a number as `step`");
  try {
    const bytes = cbor === undefined ? encodeCbor(data, { keepOrder: true }) : Uint8Array.fromHex(cbor);
    const entry: TranscriptEntry = { lineage: lineage as readonly string[], by, step, bytes };
    const read = readEntry(entry);
    if (typeof read === "object" && read !== null) return entry;
  } catch (cause) {
    throw unreadable(number, "what the event carries is damaged", cause);
  }
  throw unreadable(number, "expected attributes");
}

function parseLine(line: string, number: number): object {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null) return value;
  } catch (cause) {
    throw unreadable(number, "expected JSON", cause);
  }
  throw unreadable(number, "expected an object");
}

function unreadable(line: number, problem: string, cause?: unknown): TinmanError<"CONFIG"> {
  return new TinmanError("CONFIG", `Cannot read the transcript at line ${line}: ${problem}`, {
    hint: "Take the text that formatTranscript() made",
    cause,
  });
}
