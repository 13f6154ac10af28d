/** How lines of numbers are read. */
export interface NumbersOptions {
  /** Names of the columns by their place; an empty one is left out. @default {those of a first line without numbers, else c1, c2, …} */
  readonly columns?: readonly string[];
  /** Between two numbers; empty: a comma, else a semicolon, else blanks, whatever is in the line. @default {""} */
  readonly separator?: string;
  /** Lines that begin otherwise are left out, such as other sentences than `$WIMWV`. @default {""} */
  readonly prefix?: string;
}

/** Numbers by column; NaN where a cell is empty. */
export type Numbers = Readonly<Record<string, number>>;

/**
 * Reads lines of numbers, `21.5,40`, `21.5 40`, or sentences of NMEA 0183, `$WIMWV,214.8,R,0.1,K,A*28`, whose checksum is
 * looked at. Without names, a line without a number gives the names of those behind it, and cells that are no numbers are
 * left out.
 */
export class NumberLines {
  readonly #options: NumbersOptions;
  #columns: readonly string[] | undefined;

  /** Begins with the first line. */
  constructor(options: NumbersOptions = {}) {
    this.#options = options;
    this.#columns = options.columns?.length === 0 ? undefined : options.columns;
  }

  /** The numbers of one line; a text says what is wrong with it; undefined for one that is not meant. */
  read(line: string): Numbers | string | undefined {
    const { prefix = "", separator = "" } = this.#options;
    if (!line.startsWith(prefix)) return undefined;
    const body = withoutChecksum(line);
    if (typeof body !== "string") return body.problem;
    const isSentence = /^[$!]/.test(body);
    const cells = split(body, separator).slice(isSentence ? 1 : 0);
    const numbers = cells.map(toNumber);
    if (this.#columns === undefined && !isSentence && cells.every((cell) => NAME.test(cell))) {
      this.#columns = cells;
      return undefined;
    }
    return this.#columns === undefined ? unnamed(numbers) : named(cells, numbers, this.#columns);
  }
}

/** What a name of a column looks like. */
const NAME = /^\p{L}[\p{L}\p{N}_ .:/%°()[\]-]{0,63}$/u;

function named(
  cells: readonly string[],
  numbers: readonly (number | undefined)[],
  columns: readonly string[],
): Numbers | string {
  if (cells.length < columns.length) return `it has ${cells.length} cells, expected ${columns.length}`;
  const found: [string, number][] = [];
  for (const [i, name] of columns.entries()) {
    if (name === "") continue;
    if (numbers[i] === undefined) return `${name} is ${JSON.stringify(cells[i]!.slice(0, 40))}, expected a number`;
    found.push([name, numbers[i]]);
  }
  return Object.fromEntries(found);
}

function unnamed(numbers: readonly (number | undefined)[]): Numbers | string {
  const found = numbers.flatMap((each, i) => each === undefined ? [] : [[`c${i + 1}`, each] as const]);
  return found.length === 0 ? "there is no number in it" : Object.fromEntries(found);
}

// NMEA 0183: what is between $ and * is put together by exclusive or, and written in two hexadecimal digits.
function withoutChecksum(line: string): string | { readonly problem: string } {
  const found = /^[$!](.*)\*([0-9A-Fa-f]{2})\s*$/.exec(line);
  if (found === null) return line;
  let sum = 0;
  for (const character of found[1]!) sum ^= character.charCodeAt(0);
  const said = Number.parseInt(found[2]!, 16);
  const hex = (value: number) => (value & 0xff).toString(16).padStart(2, "0").toUpperCase();
  return sum === said
    ? line.slice(0, line.lastIndexOf("*"))
    : { problem: `its checksum is ${hex(sum)}, it says ${hex(said)}` };
}

function split(line: string, separator: string): string[] {
  if (separator !== "") return line.split(separator).map((cell) => cell.trim());
  const found = [",", ";"].find((each) => line.includes(each));
  return found === undefined ? line.trim().split(/\s+/) : line.split(found).map((cell) => cell.trim());
}

/** A decimal number; NaN for an empty cell; undefined for anything else. */
function toNumber(cell: string): number | undefined {
  if (cell === "" || cell === "NaN") return NaN;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(cell) ? Number(cell) : undefined;
}

/** How rows become lines. */
export interface RowLineOptions {
  /** What is written, in this order. @default {all but time_us} */
  readonly columns?: readonly string[];
  /** @default {","} */
  readonly separator?: string;
  /** What each line begins with. @default {""} */
  readonly prefix?: string;
}

/** A line of a message: text as it is, a number, the numbers of a list, or those of a row such as `{ left: 1, right: 2 }`. */
export function formatLine(message: unknown, options: RowLineOptions = {}): string {
  const { columns = [], separator = ",", prefix = "" } = options;
  if (typeof message === "string") return prefix + message;
  return prefix +
    numbersOf(message, columns).map((each) => Number.isNaN(each) ? "" : String(each)).join(separator || ",");
}

function numbersOf(message: unknown, columns: readonly string[]): readonly number[] {
  if (typeof message === "number") return [message];
  const isRow = typeof message === "object" && message !== null && !Array.isArray(message) &&
    !ArrayBuffer.isView(message);
  const row = message as Readonly<Record<string, unknown>>;
  const names = columns.length > 0 ? columns : isRow ? Object.keys(row).filter((name) => name !== "time_us") : [];
  const all = Array.isArray(message)
    ? message
    : isRow
    ? names.map((name) => Object.hasOwn(row, name) ? row[name] : NaN)
    : [];
  const wrong = all.findIndex((each) => typeof each !== "number");
  if (all.length > 0 && wrong < 0) return all;
  const what = message === null
    ? "null"
    : all.length === 0
    ? `${typeof message} without numbers`
    : `${typeof all[wrong]} in it`;
  throw Object.assign(new Error(`Cannot write a line: the message is ${what}, not text or numbers`), { code: "CODEC" });
}
