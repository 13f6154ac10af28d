import { isTinmanError, TinmanError } from "../errors/mod.ts";
import type { Files } from "../files/mod.ts";
import { parseCsv } from "../form/mod.ts";

const PIECE_BYTES = 1 << 20;
// A quote that is not closed must not take all memory.
const MAX_ROW_CHARS = 64 * 2 ** 20;

/** A row of a table, or a line, and the line of the file on which it begins, from 1. */
export interface TextRow<T> {
  readonly line: number;
  readonly row: T;
}

/** The text of a file, piece by piece. @throws {TinmanError} `CONFIG` when it is not in UTF-8. */
export function* textOf(files: Files, path: string): Iterable<string> {
  using file = files.open(path, "read");
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const bytes = new Uint8Array(PIECE_BYTES);
  try {
    for (let at = 0;;) {
      const count = file.read(bytes, at);
      if (count === 0) break;
      at += count;
      yield decoder.decode(bytes.subarray(0, count), { stream: true });
    }
    yield decoder.decode();
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new TinmanError("CONFIG", `Cannot read ${path}: it is not in UTF-8`, { path, cause });
  }
}

/** Lines that are not empty. */
export function* linesOf(pieces: Iterable<string>): Iterable<TextRow<string>> {
  let [rest, line] = ["", 0];
  const rows = function* (texts: readonly string[]) {
    for (const text of texts) {
      line++;
      if (text.trim() !== "") yield { line, row: text };
    }
  };
  for (const piece of pieces) {
    const texts = (rest + piece).split("\n");
    rest = checked(texts.pop()!);
    yield* rows(texts);
  }
  yield* rows(rest === "" ? [] : [rest]);
}

/** Rows of a table, as RFC 4180 has them; what separates cells is seen in the first line. */
export function* rowsOf(pieces: Iterable<string>): Iterable<TextRow<readonly string[]>> {
  let splitter: RowSplitter | undefined;
  let separator = ",";
  let [line, ahead] = [1, ""];
  const rows = function* (text: string) {
    let [inside, ended] = [0, 0];
    try {
      for (const { row, cells } of parseCsv(text, separator)) {
        yield { line: line + row - 1 + inside, row: cells };
        for (const cell of cells) inside += lineEnds(cell);
        ended = row;
      }
    } catch (cause) {
      if (!isTinmanError(cause, "CONFIG")) throw cause;
      const message = `Cannot read a table at line ${line + ended + inside}: a quote is not closed`;
      throw new TinmanError("CONFIG", message, { cause });
    }
    // Empty lines behind the last row count, too.
    line += Math.max(lineEnds(text), ended > 0 ? 1 : 0);
  };
  for (const piece of pieces) {
    if (splitter === undefined && piece !== "") {
      separator = separatorOf(piece);
      splitter = new RowSplitter(separator);
    }
    const end = splitter?.push(piece);
    if (end === undefined) {
      ahead = checked(ahead + piece);
      continue;
    }
    yield* rows(ahead + piece.slice(0, end));
    ahead = checked(piece.slice(end));
  }
  if (ahead !== "") yield* rows(ahead);
}

/** Finds ends of rows: a line end inside of quotes is none. */
class RowSplitter {
  readonly #separator: number;
  #quoted = false;
  #atStart = true;

  constructor(separator: string) {
    this.#separator = separator.charCodeAt(0);
  }

  /** Where the last row that ends in this piece does; undefined when none does. */
  push(piece: string): number | undefined {
    let end: number | undefined;
    for (let i = 0; i < piece.length; i++) {
      const char = piece.charCodeAt(i);
      if (char === /* " */ 34) {
        // A quote inside of a cell that began without one is a character like others; a doubled one closes and opens.
        if (this.#quoted) [this.#quoted, this.#atStart] = [false, true];
        else if (this.#atStart) this.#quoted = true;
        continue;
      }
      if (this.#quoted) continue;
      if (char === /* \n */ 10) end = i + 1;
      this.#atStart = char === 10 || char === 13 || char === this.#separator || char === /* BOM */ 0xfeff;
    }
    return end;
  }
}

function lineEnds(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  return count;
}

function separatorOf(text: string): string {
  const first = text.split(/\r?\n/, 1)[0]!;
  const counts = [",", ";", "\t"].map((each) => [each, first.split(each).length] as const);
  return counts.reduce((best, each) => each[1] > best[1] ? each : best)[0];
}

function checked(text: string): string {
  if (text.length <= MAX_ROW_CHARS) return text;
  throw new TinmanError("TOO_LARGE", `Cannot read a row of more than ${MAX_ROW_CHARS} characters`, {
    limit: MAX_ROW_CHARS,
    actual: text.length,
    hint: "a quote may be open that is never closed",
  });
}
