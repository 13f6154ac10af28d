import { TinmanError } from "../errors/mod.ts";

/** One row of a table, with its number from 1; a row may have several lines. */
export interface CsvRow {
  readonly row: number;
  readonly cells: readonly string[];
}

const MAX_CELLS = 5_000_000;

/** One row as RFC 4180 has it, with its line end. Cells with a sign that any spreadsheet may split at are quoted. */
export function formatCsvRow(cells: readonly string[], separator = ","): string {
  return cells.map((cell) => /[",;\t\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell).join(separator) +
    "\r\n";
}

/**
 * Reads the rows of a table (RFC 4180; line ends may be LF), one at a time.
 *
 * @throws {TinmanError} `CONFIG` with the row in which a quote is not closed.
 */
export function* parseCsv(text: string, separator = ","): Iterable<CsvRow> {
  let at = text.startsWith("\ufeff") ? 1 : 0;
  let count = 0;
  for (let row = 1; at < text.length; row++) {
    const cells: string[] = [];
    for (;;) {
      if (++count > MAX_CELLS) {
        const details = { limit: MAX_CELLS, actual: count };
        throw new TinmanError("TOO_LARGE", `Cannot read CSV: it has more than ${MAX_CELLS} cells`, details);
      }
      let cell = "";
      if (text[at] === '"') {
        for (;;) {
          const end = text.indexOf('"', at + 1);
          if (end < 0) throw new TinmanError("CONFIG", `Cannot read CSV at row ${row}: a quote is not closed`, {});
          cell += text.slice(at + 1, end);
          at = end + 1;
          if (text[at] !== '"') break;
          cell += '"';
        }
      }
      const start = at;
      while (at < text.length && text[at] !== separator && text[at] !== "\n" && text[at] !== "\r") at++;
      cells.push(cell + text.slice(start, at));
      if (text[at] !== separator) break;
      at++;
    }
    if (text[at] === "\r") at++;
    if (text[at] === "\n") at++;
    // An empty line is no row of one empty cell.
    if (cells.length > 1 || cells[0] !== "") yield { row, cells };
  }
}

/** What stands between the cells of a table, by its first line: a tab, else the more frequent of `;` and `,`. */
export function separatorOf(text: string): "," | ";" | "\t" {
  const [line] = text.slice(0, 100_000).replace(/"[^"]*"/g, "").split(/[\r\n]/, 1) as [string];
  if (line.includes("\t")) return "\t";
  return line.split(";").length > line.split(",").length ? ";" : ",";
}

/**
 * A cell that no spreadsheet takes for a formula: with `'` before it where it begins like one (OWASP, "CSV injection").
 * Numbers stay as they are. {@linkcode unguardCell} takes the sign away again.
 */
export function guardCell(text: string): string {
  return isFormula(text) ? `'${text}` : text;
}

/** What {@linkcode guardCell} was given. */
export function unguardCell(cell: string): string {
  return cell.startsWith("'") && isFormula(cell.slice(1)) ? cell.slice(1) : cell;
}

function isFormula(text: string): boolean {
  if (/^[-0-9 .;]*$/.test(text)) return false;
  return /^'*(?:\s*[=+\-@＝＋－＠]|[\t\r\n])/.test(text);
}
