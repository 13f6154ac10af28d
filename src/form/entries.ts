import { TinmanError } from "../errors/mod.ts";
import { type CompiledForm, compileForm } from "./compile.ts";
import { parseCsv, separatorOf, unguardCell } from "./csv.ts";
import type { EntryProblem } from "./check.ts";
import { parseKey } from "./instances.ts";
import type { FormSchema } from "./schema.ts";
import { parseValue } from "./value.ts";

/** An entry as it was read, with what could not be read of it. */
export interface ReadEntry {
  /** The row of a table; absent otherwise. */
  readonly row?: number;
  /** Values by their key, for `checkEntry`. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Texts that are no values of their fields; these have no value. */
  readonly problems: readonly EntryProblem[];
}

const MAX_DEPTH = 30;

/**
 * An entry from JSON, flat or nested, as Kobo has it: groups as `group/field` or as objects, repeats as lists of objects.
 * A text is read by the type of its field, since Kobo writes all values as texts. What Kobo adds of its own is left out.
 */
export function readEntry(schema: FormSchema, json: unknown): ReadEntry {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new TinmanError("CONFIG", "Cannot read entry: it is no JSON object of fields", {});
  }
  return new EntryReader(compileForm(schema)).read(json as Readonly<Record<string, unknown>>);
}

/**
 * Entries from a table with a row each, whose columns are named by the fields: `household/age`. Cells are read by the type
 * of their field. Columns that exports add of their own are left out: `_id`, `group/field/choice`.
 *
 * @throws {TinmanError} `CONFIG` when it is no table.
 */
export function* readEntryTable(schema: FormSchema, text: string): Iterable<ReadEntry> {
  const form = compileForm(schema);
  let head: readonly string[] | undefined;
  let chosen: readonly Chosen[] = [];
  for (const { row, cells } of parseCsv(text, separatorOf(text))) {
    if (head === undefined) {
      head = cells.map((cell) => cell.trim());
      checkHead(head.filter((key) => !isExtra(key, form)));
      chosen = chosenOnlyByColumns(head, form);
      continue;
    }
    const given = head.flatMap((key, i) => {
      const cell = unguardCell(cells[i] ?? "");
      return cell === "" || isExtra(key, form) ? [] : [[key, cell] as const];
    });
    for (const { path, columns } of chosen) {
      const names = columns.filter(({ at }) => /^(1|true)$/i.test(cells[at]?.trim() ?? "")).map(({ name }) => name);
      if (names.length > 0) given.push([path, names.join(" ")]);
    }
    const { values, problems } = new EntryReader(form).read(Object.fromEntries(given));
    yield { row, values, problems: [...problems, ...beyond(cells, head.length)] };
  }
}

/** A select_multiple whose answers are only in the columns of its choices, as Kobo exports them if asked to. */
interface Chosen {
  readonly path: string;
  readonly columns: readonly { readonly name: string; readonly at: number }[];
}

function chosenOnlyByColumns(head: readonly string[], form: CompiledForm): Chosen[] {
  const own = new Set(head);
  return [...form.items.values()].filter(({ path, field }) => field?.type === "select_multiple" && !own.has(path)).map((
    { path, choices },
  ) => ({
    path,
    columns: head.flatMap((key, at) => {
      const name = key.startsWith(`${path}/`) ? key.slice(path.length + 1) : "";
      return choices?.has(name) ? [{ name, at }] : [];
    }),
  }));
}

function checkHead(keys: readonly string[]): void {
  const twice = keys.find((key, i) => keys.indexOf(key) < i);
  if (twice !== undefined) throw new TinmanError("CONFIG", `Cannot read CSV: two columns are named ${twice}`, {});
}

/** What a row has behind the last column: most often a comma that is not in quotes, and all values are shifted. */
function beyond(cells: readonly string[], columns: number): EntryProblem[] {
  const at = cells.findIndex((cell, i) => i >= columns && cell.trim() !== "");
  if (at < 0) return [];
  const found = JSON.stringify(cells[at]!.slice(0, 60));
  const message = `the table has ${columns} columns, and this row has ${found} behind them`;
  return [{ field: `column ${at + 1}`, rule: "name", level: "error", message }];
}

/** Columns of exports that are no fields. */
function isExtra(key: string, form: CompiledForm): boolean {
  if (form.items.has(key)) return false;
  const [parent, name] = [key.slice(0, key.lastIndexOf("/")), key.slice(key.lastIndexOf("/") + 1)];
  if (form.items.get(parent)?.choices?.has(name)) return true;
  return name.startsWith("_") || key === "" || isKobo(key);
}

function isKobo(key: string): boolean {
  return key.startsWith("_") || key.startsWith("meta/") || key.startsWith("formhub/") || key === "meta" ||
    key === "formhub";
}

class EntryReader {
  readonly #form: CompiledForm;
  readonly #values: [string, unknown][] = [];
  readonly #problems: EntryProblem[] = [];

  constructor(form: CompiledForm) {
    this.#form = form;
  }

  read(json: Readonly<Record<string, unknown>>): ReadEntry {
    this.#object(json, "", 0);
    return { values: Object.fromEntries(this.#values), problems: this.#problems };
  }

  #object(object: Readonly<Record<string, unknown>>, around: string, depth: number): void {
    const plain = withoutInstances(around);
    for (const [name, value] of Object.entries(object)) {
      if (value === undefined || value === null) continue;
      // Kobo names what is in a repeat by its whole path.
      const key = plain !== "" && name.startsWith(`${plain}/`)
        ? `${around}/${name.slice(plain.length + 1)}`
        : around === ""
        ? name
        : `${around}/${name}`;
      this.#value(value, key, depth);
    }
  }

  #value(value: unknown, key: string, depth: number): void {
    const item = this.#form.items.get(withoutInstances(key));
    if (item === undefined && isKobo(key)) return;
    if (depth > MAX_DEPTH) return this.#add(key, "it is nested too deep");
    const isGroup = item !== undefined && item.field === undefined;
    if (isGroup && Array.isArray(value)) {
      value.slice(0, 20_000).forEach((each, i) => {
        if (typeof each === "object" && each !== null) this.#object(each, `${key}[${i + 1}]`, depth + 1);
        else this.#add(`${key}[${i + 1}]`, "expected an object of fields");
      });
    } else if (isGroup && typeof value === "object") {
      this.#object(value as Readonly<Record<string, unknown>>, key, depth + 1);
    } else this.#values.push([key, this.#parse(value, key)]);
  }

  #parse(value: unknown, key: string): unknown {
    if (typeof value !== "string") return value;
    const found = parseKey(key, this.#form);
    if ("problem" in found) return value;
    const parsed = parseValue(found.item.field!, value);
    if ("value" in parsed) return parsed.value;
    this.#add(key, parsed.problem);
    return undefined;
  }

  #add(field: string, message: string): void {
    if (this.#problems.length < 1000) {
      this.#problems.push({ field: field.slice(0, 200), rule: "type", level: "error", message });
    }
  }
}

function withoutInstances(key: string): string {
  return key.replace(/\[[^\]/]*\]/g, "");
}
