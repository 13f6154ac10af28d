/** One cell as it stands in the file. */
export interface Cell {
  readonly text: string;
  readonly quoted: boolean;
}

/** One row. */
export interface Row {
  /** The line on which it begins, from 1; a quoted cell may go over several. */
  readonly line: number;
  readonly cells: readonly Cell[];
}

/** Options of {@linkcode RowParser}. */
export interface RowParserOptions {
  /** @default {","} */
  readonly delimiter?: string;
  /** Longest row, in characters. @default {1048576} */
  readonly maxRow?: number;
  /** Most cells in a row. @default {16384} */
  readonly maxCells?: number;
}

/** Rows from pieces of text of any size. Lines end with CR LF, LF or CR; empty lines are passed over. */
export class RowParser {
  readonly #delimiter: string;
  readonly #maxRow: number;
  readonly #maxCells: number;
  #state: "start" | "plain" | "quoted" | "closed" = "start";
  #cells: Cell[] = [];
  #text = "";
  #rowLength = 0;
  #line = 1;
  #firstLine = 1;
  #afterCr = false;

  constructor({ delimiter = ",", maxRow = 1 << 20, maxCells = 16_384 }: RowParserOptions = {}) {
    [this.#delimiter, this.#maxRow, this.#maxCells] = [delimiter, maxRow, maxCells];
  }

  /** The rows that are whole now. Throws an error whose message says at which line the text is not CSV. */
  *push(piece: string): Generator<Row> {
    for (let i = 0; i < piece.length; i++) {
      const each = piece[i]!;
      const isSecond = each === "\n" && this.#afterCr;
      this.#afterCr = each === "\r";
      if (++this.#rowLength > this.#maxRow) {
        throw new RangeError(`${this.#where} is longer than ${this.#maxRow} characters`);
      }
      if (this.#state === "quoted") {
        if (each === '"') this.#state = "closed";
        else this.#text += each;
        if ((each === "\n" && !isSecond) || each === "\r") this.#line++;
      } else if (each === "\n" || each === "\r") {
        if (!isSecond) yield* this.#endRow();
      } else if (each === this.#delimiter) this.#endCell();
      else if (each === '"') this.#openQuotes();
      else if (this.#state === "closed") {
        throw new SyntaxError(`line ${this.#line} has "${each}" behind the end of a quoted cell`);
      } else [this.#text, this.#state] = [this.#text + each, "plain"];
    }
  }

  /** The last row, if it has no end. */
  *end(): Generator<Row> {
    if (this.#state === "quoted") throw new SyntaxError(`${this.#where} has a quoted cell that is never closed`);
    if (this.#cells.length > 0 || this.#state !== "start") yield* this.#endRow();
  }

  get #where(): string {
    return this.#line === this.#firstLine ? `line ${this.#line}` : `the row from line ${this.#firstLine}`;
  }

  #openQuotes(): void {
    if (this.#state === "start") this.#state = "quoted";
    // Two quotes are one quote.
    else if (this.#state === "closed") [this.#text, this.#state] = [this.#text + '"', "quoted"];
    else throw new SyntaxError(`line ${this.#line} has a quote inside a cell that does not begin with one`);
  }

  #endCell(): void {
    if (this.#cells.length >= this.#maxCells) {
      throw new RangeError(`${this.#where} has more than ${this.#maxCells} cells`);
    }
    this.#cells.push({ text: this.#text, quoted: this.#state === "closed" });
    [this.#text, this.#state] = ["", "start"];
  }

  *#endRow(): Generator<Row> {
    const isEmpty = this.#cells.length === 0 && this.#state === "start";
    if (!isEmpty) this.#endCell();
    const row = { line: this.#firstLine, cells: this.#cells };
    this.#cells = [];
    this.#rowLength = 0;
    this.#firstLine = ++this.#line;
    if (!isEmpty) yield row;
  }
}

/** What a cell looks like: a number, true, false, null when it is empty, otherwise text. Quoted cells are text. */
export function valueOf({ text, quoted }: Cell): unknown {
  if (quoted) return text;
  if (text === "") return null;
  if (text === "true" || text === "false") return text === "true";
  // 007 and +1 are names of things more often than numbers.
  if (!/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return text;
  const value = Number(text);
  if (Number.isSafeInteger(value) || !/^-?\d+$/.test(text)) return Number.isFinite(value) ? value : text;
  const whole = BigInt(text);
  return BigInt.asIntN(64, whole) === whole || BigInt.asUintN(64, whole) === whole ? whole : text;
}
