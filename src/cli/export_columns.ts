import { TinmanError } from "../errors/mod.ts";
import { guardCell } from "../form/mod.ts";
import { toJson } from "./output.ts";

// A spreadsheet has 16,384 columns; a map whose keys are names of things has any number.
const MAX_COLUMNS = 4096;
/** A list of one length in all values is a column for each item, up to this many. */
const MAX_ITEMS = 16;
const MAX_DEPTH = 32;

/** What was seen at one place of the values. */
interface Place {
  /** Whether something stands here that is one cell. */
  isCell: boolean;
  /** Whether there was null, which needs a column only where nothing else is. */
  isNull: boolean;
  /** The one length of lists of plain items that stand here; 0: there were others, which are one cell. */
  items: number | undefined;
  readonly fields: Map<string, Place>;
  /** Its first column: the cell, then the items. */
  at: number;
}

/**
 * The columns of values whose shape is not known: look at all of them with `see()`, then ask for `names()` and `cells()`.
 * Fields are named by their path, `pose.x`; short lists of one length by their items, `pose.0`; all else is one cell.
 */
export class Columns {
  readonly #root = newPlace();
  #places = 0;
  #count = 0;

  /** Takes notice of a value. @throws {TinmanError} `TOO_LARGE` for too many columns. */
  see(value: unknown): void {
    this.#see(this.#root, value, 0);
  }

  /** The columns, when all values were seen. `taken` are names that other columns have. */
  names(taken: readonly string[]): readonly string[] {
    const names: string[] = [];
    const used = new Set(taken);
    const add = (name: string) => {
      while (used.has(name)) name = `value.${name}`;
      used.add(name);
      names.push(name);
    };
    const walk = (place: Place, path: string) => {
      place.at = names.length;
      const own = path === "" ? "value" : path;
      place.isCell ||= place.isNull && !place.items && place.fields.size === 0;
      if (place.isCell) add(own);
      for (let i = 0; i < (place.items ?? 0); i++) add(`${own}.${i}`);
      for (const [key, inner] of place.fields) walk(inner, path === "" ? pathOf(key) : `${path}.${pathOf(key)}`);
    };
    walk(this.#root, "");
    this.#count = names.length;
    return names;
  }

  /** The cells of a value that was seen, one for each column; empty where it has nothing. */
  cells(value: unknown): string[] {
    const cells: string[] = new Array(this.#count).fill("");
    fill(cells, this.#root, value, 0);
    return cells;
  }

  #see(place: Place, value: unknown, depth: number): void {
    if (value === undefined) return;
    const fields = depth < MAX_DEPTH ? fieldsOf(value) : undefined;
    if (fields !== undefined) {
      for (const [key, inner] of fields) {
        let next = place.fields.get(key);
        if (next === undefined) place.fields.set(key, next = this.#newPlace());
        this.#see(next, inner, depth + 1);
      }
      return;
    }
    if (value === null) return void (place.isNull = true);
    const list = listOf(value);
    const length = list !== undefined && isShort(list) ? list.length : 0;
    if (list !== undefined && length > 0 && (place.items ?? length) === length) place.items = length;
    else {
      place.isCell = true;
      if (list !== undefined) place.items = 0;
    }
  }

  #newPlace(): Place {
    if (++this.#places <= MAX_COLUMNS) return newPlace();
    throw new TinmanError("TOO_LARGE", `Cannot make a table of more than ${MAX_COLUMNS} columns`, {
      limit: MAX_COLUMNS,
      actual: this.#places,
      hint: "--format jsonl takes values of any shape",
    });
  }
}

function newPlace(): Place {
  return { isCell: false, isNull: false, items: undefined, fields: new Map(), at: 0 };
}

function fill(cells: string[], place: Place, value: unknown, depth: number): void {
  if (value === undefined || value === null) return;
  const fields = depth < MAX_DEPTH ? fieldsOf(value) : undefined;
  if (fields !== undefined) {
    for (const [key, inner] of fields) fill(cells, place.fields.get(key)!, inner, depth + 1);
    return;
  }
  const items = place.items ? listOf(value) : undefined;
  if (items === undefined) cells[place.at] = formatCell(value);
  else {
    const first = place.at + Number(place.isCell);
    for (let i = 0; i < items.length; i++) cells[first + i] = formatCell(items[i]);
  }
}

/** A value as the text of a cell: bytes in hex, lists as JSON, and no text that a spreadsheet would run. */
export function formatCell(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return guardCell(value);
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (typeof value !== "object") return String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "" : value.toISOString();
  if (value instanceof Uint8Array) return value.toHex();
  return toJson(value);
}

/** The fields of an object or a map that has any. */
function fieldsOf(value: unknown): Iterable<readonly [string, unknown]> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    return undefined;
  }
  if (value instanceof Date || value instanceof Set || value instanceof ArrayBuffer) return undefined;
  if (value instanceof Map) {
    return value.size === 0 ? undefined : Array.from(value, ([key, each]) => [String(key), each]);
  }
  const fields = Object.entries(value);
  return fields.length === 0 ? undefined : fields;
}

/** A list; bytes are none. */
function listOf(value: unknown): ArrayLike<unknown> | undefined {
  if (Array.isArray(value)) return value;
  if (!ArrayBuffer.isView(value) || value instanceof Uint8Array || value instanceof DataView) return undefined;
  return value as unknown as ArrayLike<unknown>;
}

/** Whether all its items are plain, and few. */
function isShort(list: ArrayLike<unknown>): boolean {
  if (list.length > MAX_ITEMS) return false;
  for (let i = 0; i < list.length; i++) if (typeof list[i] === "object" && list[i] !== null) return false;
  return true;
}

/** A key in a path, so that `a.b` is not taken for `b` in `a`. */
function pathOf(key: string): string {
  return key === "" || /[."]/.test(key) ? JSON.stringify(key) : key;
}
