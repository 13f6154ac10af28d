import { didYouMean } from "../errors/mod.ts";
import type { FormPlace, FormProblems } from "./problems.ts";
import type { Texts } from "./schema.ts";
import { columnLetters, type Sheet } from "./xlsx.ts";

/** What a column of a sheet is for. */
interface Column {
  readonly at: number;
  /** As the author wrote it. */
  readonly header: string;
  /** The name that tinman knows it by: `constraint_message`. */
  readonly name: string;
  /** `English (en)` of `label::English (en)`; `default` where the header names none. */
  readonly language: string;
}

/** One row of a sheet, by the names of its columns. */
export class TableRow {
  readonly #sheet: string;
  readonly #columns: readonly Column[];
  readonly #cells: ReadonlyMap<number, string>;
  /** As the spreadsheet counts. */
  readonly row: number;

  constructor(sheet: string, columns: readonly Column[], row: number, cells: ReadonlyMap<number, string>) {
    this.#sheet = sheet;
    this.#columns = columns;
    this.#cells = cells;
    this.row = row;
  }

  /** The text of a column; undefined when it is empty. Spaces and quotes that no keyboard types are plain ones. */
  get(name: string): string | undefined {
    for (const column of this.#columns) {
      if (column.name !== name) continue;
      const text = plainSigns(this.#cells.get(column.at) ?? "").trim();
      if (text !== "") return text;
    }
    return undefined;
  }

  /** The texts of a column in all languages; undefined when there are none. */
  texts(name: string): Texts | undefined {
    const found = this.#columns.flatMap((column) => {
      const text = column.name === name ? this.#cells.get(column.at) : undefined;
      return text === undefined ? [] : [[column.language, text] as const];
    });
    return found.length === 0 ? undefined : Object.fromEntries(found);
  }

  /** The columns that tinman has no name for: what choice filters look at. */
  extra(): Readonly<Record<string, string>> | undefined {
    const found = this.#columns.flatMap(({ name, header, at }) => {
      const text = this.#cells.get(at);
      return name === "" && text !== undefined && header !== "__proto__" ? [[header, plainSigns(text)] as const] : [];
    });
    return found.length === 0 ? undefined : Object.fromEntries(found);
  }

  /** Where a cell is, for problems. */
  place(name?: string): FormPlace {
    if (name === undefined) return { sheet: this.#sheet, row: this.row };
    const column = this.#columns.find((each) => each.name === name && this.#cells.has(each.at)) ??
      this.#columns.find((each) => each.name === name);
    return { sheet: this.#sheet, row: this.row, column: column?.header ?? name };
  }
}

/** A sheet whose first row names its columns. */
export interface Table {
  readonly sheet: string;
  readonly rows: readonly TableRow[];
  /** Languages in the order of their columns. */
  readonly languages: readonly string[];
  has(column: string): boolean;
}

/** What {@linkcode readTable} knows of a kind of sheet. */
export interface TableShape {
  /** Column names by every way to write them, in lower case with `_` for spaces. */
  readonly columns: Readonly<Record<string, string>>;
  /** Those that may have a language. */
  readonly translated: ReadonlySet<string>;
  /** Whether other columns have a meaning of their own. @default {false} */
  readonly extra?: boolean;
}

/** Reads a sheet as a table. Headers are taken in any case, with spaces, `-` or `_`. */
export function readTable({ name: sheet, rows }: Sheet, shape: TableShape, problems: FormProblems): Table {
  const [head, ...body] = rows;
  const columns: Column[] = [];
  const seen = new Map<string, string>();
  for (const [at, header] of [...head?.cells ?? []].sort(([a], [b]) => a - b)) {
    const column = { at, ...readHeader(header, shape) };
    const place = { sheet, row: head!.row, column: header };
    const key = `${column.name}::${column.language}`;
    if (column.name === "") {
      // Kobo writes columns of its own; an author's notes need no help.
      if (!shape.extra && !/^[$_]|^kobo--|::/.test(header)) {
        const near = didYouMean(header.toLowerCase(), Object.keys(shape.columns));
        if (near !== undefined) problems.warn(place, `there is no such column, it is left out; ${near}`);
      }
      if (!shape.extra) continue;
    } else if (seen.has(key) && column.name !== "ignored") {
      problems.error(place, `column ${columnLetters(at)} has the same meaning as ${seen.get(key)}`);
      continue;
    }
    seen.set(key, `${header} in column ${columnLetters(at)}`);
    columns.push(column);
  }
  const languages = [
    ...new Set(columns.filter(({ name }) => shape.translated.has(name)).map(({ language }) => language)),
  ];
  return {
    sheet,
    rows: body.map(({ row, cells }) => new TableRow(sheet, columns, row, cells)),
    languages,
    has: (wanted) => columns.some(({ name }) => name === wanted),
  };
}

function readHeader(header: string, { columns, translated }: TableShape): Omit<Column, "at"> {
  const name = (text: string) => {
    const key = text.trim().toLowerCase().replace(/[\s-]+/g, "_");
    return Object.hasOwn(columns, key) ? columns[key]! : "";
  };
  // One colon is the older way, and a part of `jr:constraintMsg`.
  const parts = header.split(header.includes("::") ? /\s*::\s*/ : /\s*:\s*/);
  // `label::English (en)`, `media::image::English`, and `bind::relevant` for what has a column of its own.
  for (let taken = Math.min(2, parts.length); taken > 0; taken--) {
    const found = name(parts.slice(0, taken).join("::")) || (parts.length > 1 && taken === 1 ? name(parts[0]!) : "");
    const language = parts.slice(taken).join("::");
    if (found === "" || (language !== "" && !translated.has(found))) continue;
    return { header, name: found, language: language === "" || language === "__proto__" ? "default" : language };
  }
  const whole = name(header);
  return { header, name: whole, language: "default" };
}

/** What word processors and spreadsheets make of `'`, `"` and a space; pyxform takes them back as well. */
function plainSigns(text: string): string {
  return text.replace(/[\u00a0\u202f]/g, " ").replace(/[‘’]/g, "'").replace(/[“”]/g, '"');
}
