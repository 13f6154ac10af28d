import type { Sink } from "./io.ts";
import { clean, cleanJson, type Paint } from "./style.ts";

/** Options of {@linkcode Output}. */
export interface OutputOptions {
  /** Data goes here. */
  readonly stdout: Sink;
  /** All else goes here. */
  readonly stderr: Sink;
  /** Paints what goes to stdout. */
  readonly paint: Paint;
  /** Paints what goes to stderr. */
  readonly paintError: Paint;
  /** Nothing on stderr but errors. @default {false} */
  readonly quiet?: boolean;
  /** Whether the last line of a terminal can be written over. @default {true} */
  readonly rewrites?: boolean;
}

// Text for a file or a pipe is gathered up to this size; a person sees every line at once.
const CHUNK_CHARS = 1 << 16;

/** Prints: data on stdout, the rest on stderr, JSON with bigint and bytes as strings. */
export class Output {
  /** Paints what goes to stdout. */
  readonly paint: Paint;
  /** Paints what goes to stderr. */
  readonly paintError: Paint;
  readonly #stdout: Sink;
  readonly #stderr: Sink;
  readonly #quiet: boolean;
  readonly #rewrites: boolean;
  #waiting = "";
  #live: string | undefined;

  /** Prints to these sinks. */
  constructor(options: OutputOptions) {
    this.#stdout = options.stdout;
    this.#stderr = options.stderr;
    this.paint = options.paint;
    this.paintError = options.paintError;
    this.#quiet = options.quiet ?? false;
    this.#rewrites = options.stderr.isTerminal && (options.rewrites ?? true);
  }

  /** One line of data. */
  line(text = ""): void {
    this.text(text + "\n");
  }

  /** Data that says itself where its lines end. */
  text(text: string): void {
    this.#waiting += text;
    if (this.#stdout.isTerminal || this.#waiting.length > CHUNK_CHARS) this.flush();
  }

  /** One JSON value on a line of its own. */
  json(value: unknown): void {
    this.line(toJson(value));
  }

  /** Lines up `rows` in columns; numbers and the columns in `right` go to the right. */
  table(
    head: readonly string[],
    rows: readonly (readonly string[])[],
    options: { right?: readonly string[] } = {},
  ): void {
    for (const line of formatTable(head, rows, options.right ?? [], this.paint)) this.line(line);
  }

  /** One line for a person: what happens, what was done. Nothing with `--quiet`. */
  note(text = ""): void {
    if (this.#quiet) return;
    // In the order in which it was said, where both go to the same place.
    this.flush();
    this.settle();
    this.#stderr.write(text + "\n");
  }

  /** One line that is never held back: a warning, an error. */
  problem(text: string): void {
    this.flush();
    this.settle();
    this.#stderr.write(text + "\n");
  }

  /** Replaces the live line at the bottom of a terminal; nothing where nobody looks. */
  live(text: string): void {
    if (this.#quiet || !this.#rewrites || this.#live === text) return;
    this.#live = text;
    const room = Math.max(20, this.#stderr.columns - 1);
    const shown = text.length > room ? `${text.slice(0, room - 1)}…` : text;
    this.#stderr.write(`\r\x1b[2K${this.paintError("dim", shown)}`);
  }

  /** Takes the live line away. */
  settle(): void {
    if (this.#live === undefined) return;
    this.#live = undefined;
    this.#stderr.write("\r\x1b[2K");
  }

  /** Writes out what is gathered. */
  flush(): void {
    if (this.#waiting === "") return;
    const text = this.#waiting;
    this.#waiting = "";
    if (this.#stdout.isTerminal) this.settle();
    this.#stdout.write(text);
  }
}

/** `value` as one line of JSON: bigint as a string, bytes as hex, arrays of numbers as lists, NaN and ∞ by name. */
export function toJson(value: unknown): string {
  return cleanJson(JSON.stringify(value, plain) ?? "null");
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (value instanceof Uint8Array || value instanceof ArrayBuffer) return toHex(value);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return Array.from(value as unknown as Iterable<unknown>);
  }
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, each]) => [String(key), each]));
  if (value instanceof Set) return [...value];
  if (value instanceof Error) return value.message;
  return value;
}

/** Bytes as lower-case hex. */
export function toHex(bytes: Uint8Array | ArrayBuffer): string {
  const view = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  return view.toHex();
}

/** A size for people: `512 B`, `1.5 KiB`, `3.2 GiB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let at = 0;
  while (bytes >= 1024 && at < units.length - 1) {
    bytes /= 1024;
    at++;
  }
  return `${at === 0 ? bytes : bytes.toFixed(1)} ${units[at]}`;
}

/** A rate for people, three digits that matter. */
export function formatHz(hz: number): string {
  if (!Number.isFinite(hz) || hz === 0) return "–";
  return hz >= 100 ? Math.round(hz).toLocaleString("en-US") : hz.toPrecision(3).replace(/\.?0+$/, "");
}

/** `1 frame`, `2 frames`, `12,345 frames`. */
export function count(n: number, noun: string): string {
  return `${n.toLocaleString("en-US")} ${noun}${n === 1 ? "" : "s"}`;
}

function* formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly string[],
  paint: Paint,
): Iterable<string> {
  const cleaned = rows.map((row) => row.map(clean));
  const widths = head.map((name, at) => Math.max(name.length, ...cleaned.map((row) => row[at]?.length ?? 0)));
  const format = (row: readonly string[]) =>
    row.map((text, at) => right.includes(head[at]!) ? text.padStart(widths[at]!) : text.padEnd(widths[at]!)).join("  ")
      .trimEnd();
  yield paint("bold", format(head));
  for (const row of cleaned) yield format(row);
}
