import { formatDate, formatDateTime } from "./dates.ts";
import { plainNumber } from "./number_text.ts";
import { cannotRead, tooLarge } from "./problems.ts";
import { elementsOf, parseXml, readXml } from "./xml.ts";
import { readDateStyles } from "./xlsx_styles.ts";
import { ZipReader } from "./zip.ts";

/** One sheet of a workbook: the texts of its cells. */
export interface Sheet {
  readonly name: string;
  /** Rows that have a cell with text, top down. */
  readonly rows: readonly SheetRow[];
}

/** One row of a sheet. */
export interface SheetRow {
  /** As the spreadsheet counts, from 1. */
  readonly row: number;
  /** The text of each cell by its column, from 0; empty cells are not there. */
  readonly cells: ReadonlyMap<number, string>;
}

const MAX_BYTES = 32 * 1024 * 1024;
const MAX_SHEETS = 100;
const MAX_ROWS = 100_000;
const MAX_CELLS = 1_000_000;
const MAX_COLUMNS = 16_384;

/**
 * The sheets of an .xlsx workbook (ECMA-376) whose names `wanted` takes, as text: numbers in digits, days as `2026-11-21`,
 * formulas as what they gave last.
 *
 * @throws {TinmanError} `CONFIG` when it is no workbook; `TOO_LARGE`.
 */
export function readWorkbook(bytes: Uint8Array, wanted: (name: string) => boolean): {
  readonly names: readonly string[];
  readonly sheets: readonly Sheet[];
} {
  if (bytes.length > MAX_BYTES) throw tooLarge("the size of the workbook", MAX_BYTES, bytes.length);
  const zip = new ZipReader(bytes);
  const main = targetsOf(zip, "_rels/.rels", "").find(({ type }) => type === "officeDocument")?.path ??
    "xl/workbook.xml";
  const folder = main.slice(0, main.lastIndexOf("/") + 1);
  const targets = targetsOf(zip, `${folder}_rels/${main.slice(folder.length)}.rels`, folder);
  const book = parseXml(need(zip, main), main);
  const listed = elementsOf(book, "sheets").flatMap((each) => elementsOf(each, "sheet"));
  if (listed.length > MAX_SHEETS) throw tooLarge("the number of sheets", MAX_SHEETS, listed.length);
  const date1904 = elementsOf(book, "workbookPr").some(({ attributes }) =>
    /^(1|true)$/.test(attributes.date1904 ?? "")
  );
  const shared = targets.find(({ type }) => type === "sharedStrings");
  const styles = targets.find(({ type }) => type === "styles");
  const strings = shared === undefined ? [] : readStrings(need(zip, shared.path), shared.path);
  const dates = styles === undefined ? [] : readDateStyles(need(zip, styles.path), styles.path);
  const sheets = listed.filter(({ attributes }) => wanted(attributes.name ?? "")).map(({ attributes }): Sheet => {
    const target = targets.find(({ id }) => id === relationOf(attributes));
    const name = attributes.name ?? "";
    if (target === undefined) throw cannotRead(`sheet ${name} is not in the workbook`);
    return { name, rows: readRows(need(zip, target.path), { name, strings, dates, date1904 }) };
  });
  return { names: listed.map(({ attributes }) => attributes.name ?? ""), sheets };
}

interface Target {
  readonly id: string;
  readonly type: string;
  readonly path: string;
}

/** Where the parts of a workbook are, by what they are for. */
function targetsOf(zip: ZipReader, path: string, folder: string): Target[] {
  const bytes = zip.read(path);
  if (bytes === undefined) return [];
  return elementsOf(parseXml(bytes, path), "Relationship").map((
    { attributes: { Id = "", Type = "", Target = "" } },
  ) => ({
    id: Id,
    type: Type.slice(Type.lastIndexOf("/") + 1),
    path: partOf(Target, folder),
  }));
}

/** The part that a target names, seen from a folder: `/xl/a.xml`, `a.xml`, `../xl/a.xml`. */
function partOf(target: string, folder: string): string {
  const parts: string[] = [];
  for (const part of (target.startsWith("/") ? target : folder + target).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}

/** The id that a sheet is tied by; which prefix its namespace has, the writer chose. */
function relationOf(attributes: Readonly<Record<string, string>>): string | undefined {
  const name = Object.keys(attributes).find((each) => each.endsWith(":id"));
  return name === undefined ? undefined : attributes[name];
}

function need(zip: ZipReader, path: string): Uint8Array {
  const bytes = zip.read(path);
  if (bytes !== undefined) return bytes;
  throw cannotRead(`it is no .xlsx workbook: ${path.slice(0, 80)} is not in it`, { hint: "save it as .xlsx" });
}

function readStrings(bytes: Uint8Array, path: string): string[] {
  const strings: string[] = [];
  let text = "";
  // Phonetic hints (rPh) stand beside the text that they are about.
  let hints = 0;
  let inText = false;
  readXml(bytes, path, {
    open(name) {
      if (name === "si") text = "";
      else if (name === "rPh") hints++;
      else if (name === "t") inText = hints === 0;
    },
    text(part) {
      if (inText) text += part;
    },
    close(name) {
      if (name === "t") inText = false;
      else if (name === "rPh") hints--;
      else if (name === "si") strings.push(unescapeSigns(text));
    },
  });
  return strings;
}

interface SheetContext {
  readonly name: string;
  readonly strings: readonly string[];
  /** Which styles show a number as a day or a time. */
  readonly dates: readonly boolean[];
  readonly date1904: boolean;
}

function readRows(bytes: Uint8Array, context: SheetContext): SheetRow[] {
  const rows: SheetRow[] = [];
  let cells = new Map<number, string>();
  let row = 0;
  let column = -1;
  let count = 0;
  let cell: { readonly type: string; readonly style: number } | undefined;
  let text = "";
  let inValue = false;
  readXml(bytes, `sheet ${context.name}`, {
    open(name, attributes) {
      if (name === "row") {
        row = attributes.r === undefined ? row + 1 : whole(attributes.r);
        cells = new Map();
        column = -1;
      } else if (name === "c") {
        column = attributes.r === undefined ? column + 1 : columnOf(attributes.r);
        if (column >= MAX_COLUMNS) throw tooLarge("the number of columns", MAX_COLUMNS, column + 1);
        cell = { type: attributes.t ?? "n", style: whole(attributes.s ?? "0") };
        text = "";
      } else if (cell !== undefined && (name === "v" || name === "t")) inValue = true;
    },
    text(part) {
      if (inValue) text += part;
    },
    close(name) {
      if (name === "v" || name === "t") inValue = false;
      else if (name === "c" && cell !== undefined) {
        const shown = showCell(text, cell, context).trim();
        cell = undefined;
        if (shown === "") return;
        if (++count > MAX_CELLS) throw tooLarge(`the number of cells of sheet ${context.name}`, MAX_CELLS, count);
        cells.set(column, shown);
      } else if (name === "row" && cells.size > 0) {
        if (rows.length >= MAX_ROWS) {
          throw tooLarge(`the number of rows of sheet ${context.name}`, MAX_ROWS, rows.length + 1);
        }
        rows.push({ row, cells });
      }
    },
  });
  return rows;
}

function showCell(text: string, { type, style }: { type: string; style: number }, context: SheetContext): string {
  switch (type) {
    case "s":
      return context.strings[whole(text)] ?? "";
    case "b":
      return text === "1" ? "TRUE" : text === "0" ? "FALSE" : text;
    case "inlineStr":
    case "str":
      return unescapeSigns(text);
    case "e":
      // #N/A, #REF!: seen by whoever reads the cell, and named in a problem there.
      return text;
    case "n": {
      if (text.trim() === "") return "";
      const value = Number(text);
      if (!Number.isFinite(value)) return text;
      return context.dates[style] === true ? showDate(value, context.date1904) : plainNumber(value);
    }
  }
  return text;
}

/** Excel counts days from 1899-12-30, so that its 60, a day that never was, is before March 1900. */
function showDate(serial: number, date1904: boolean): string {
  const days = serial - (date1904 ? 24_107 : 25_569);
  // A time alone is the part of a day that it is.
  if (serial >= 0 && serial < 1) return formatDateTime(serial, { ms: 0, offsetMinutes: 0 }).slice(11, 19);
  if (days < -700_000 || days > 2_900_000) return plainNumber(serial);
  if (Number.isInteger(days)) return formatDate(days);
  return formatDateTime(days, { ms: 0, offsetMinutes: 0 }).slice(0, 19);
}

/** A sign that XML has no place for, or that Excel would rather not have there, is `_x000D_` (ECMA-376 part 1, 22.9.2.19). */
function unescapeSigns(text: string): string {
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)))
    .replace(/\r\n?/g, "\n").toWellFormed();
}

/** The column of `AB12`, from 0. */
function columnOf(place: string): number {
  let column = 0;
  for (const letter of /^[A-Z]{0,4}/.exec(place)![0]) column = column * 26 + letter.charCodeAt(0) - 64;
  return Math.max(0, column - 1);
}

function whole(text: string): number {
  return /^\d{1,9}$/.test(text.trim()) ? Number(text) : 0;
}

/** The letters of a column, from 0: `AB`. */
export function columnLetters(column: number): string {
  let letters = "";
  for (let left = column + 1; left > 0; left = Math.floor((left - 1) / 26)) {
    letters = String.fromCharCode(65 + (left - 1) % 26) + letters;
  }
  return letters;
}
