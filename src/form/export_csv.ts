import { TinmanError } from "../errors/mod.ts";
import { type CompiledForm, type CompiledItem, compileForm } from "./compile.ts";
import { formatCsvRow, guardCell } from "./csv.ts";
import { parseGeoPoint } from "./geo.ts";
import { Instances, keyAt, parseKey, type Place } from "./instances.ts";
import type { ExportRecord } from "./record.ts";
import { type FormSchema, type FormValue, nameOf, parentOf } from "./schema.ts";
import { formatValue } from "./value.ts";

/** Options of {@linkcode exportCsv}. */
export interface ExportCsvOptions {
  /** A repeat: a row for each of its instances instead of each record. @default the form itself */
  readonly repeat?: string;
  /** What stands between cells; Kobo writes `;`. @default {","} */
  readonly separator?: "," | ";" | "\t";
  /** Whether to begin with a byte order mark, by which Excel knows UTF-8. @default {false} */
  readonly bom?: boolean;
}

/** One column: its name, and its cell for an entry. */
interface Column {
  readonly header: string;
  cell(entry: Entry): string;
}

interface Entry {
  readonly record: ExportRecord;
  readonly values: ReadonlyMap<string, unknown>;
  readonly place: Place;
  /** Its row among all of this table, and that of what it is in, from 1. */
  readonly index: number;
  readonly parentIndex: number;
  readonly other: Readonly<Record<string, unknown>>;
}

/**
 * Records as a table in the shape of Kobo's: columns by their path, `group/field`; each choice of a select_multiple as a
 * column of 0 and 1; a place in its four parts; then `_id` and its like. Repeats are tables of their own, see
 * `csvTables`. Cells that a spreadsheet would run are guarded. Gives the text in pieces, a row each.
 */
export function* exportCsv(
  schema: FormSchema,
  records: Iterable<ExportRecord>,
  { repeat, separator = ",", bom = false }: ExportCsvOptions = {},
): Iterable<string> {
  const form = compileForm(schema);
  if (repeat !== undefined && !csvTables(schema).includes(repeat)) {
    const tables = csvTables(schema).filter((each) => each !== "").join(", ") || "none";
    throw new TinmanError("NOT_FOUND", `Cannot export ${repeat}: the form has no such repeat; it has ${tables}`, {
      kind: "repeat",
      id: repeat,
    });
  }
  const columns = [...fieldColumns(form, repeat), ...ownColumns(form, repeat)];
  yield (bom ? "\ufeff" : "") + formatCsvRow(columns.map(({ header }) => guardCell(header)), separator);
  for (const entry of entriesOf(form, records, repeat)) {
    yield formatCsvRow(columns.map((column) => guardCell(column.cell(entry))), separator);
  }
}

/** The tables that a form makes: `""` for the form itself, then its repeats. */
export function csvTables({ groups }: FormSchema): readonly string[] {
  return ["", ...groups.filter(({ repeat }) => repeat).map(({ path }) => path)];
}

function* entriesOf(form: CompiledForm, records: Iterable<ExportRecord>, repeat: string | undefined): Iterable<Entry> {
  const item = repeat === undefined ? undefined : form.items.get(repeat)!;
  let [index, parents] = [0, 0];
  for (const record of records) {
    const instances = new Instances();
    const values = new Map<string, unknown>();
    const other: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(record.fields)) {
      const found = parseKey(key, form);
      if ("problem" in found) Object.defineProperty(other, key, { value, enumerable: true });
      else {
        instances.add(found);
        values.set(keyAt(found.item.path, found.place), value);
      }
    }
    if (item === undefined) {
      yield { record, values, place: {}, other, index: ++index, parentIndex: 0 };
      continue;
    }
    // Rows around this one, as they are counted in their own table: of the repeat around it, else of the records.
    const outer = form.items.get(item.repeats.at(-2) ?? "");
    const rows = outer === undefined ? [""] : instances.places(outer, {}).map((place) => keyAt(outer.path, place));
    const numbers = new Map(rows.map((key, i) => [key, parents + i + 1]));
    parents += rows.length;
    for (const place of instances.places(item, {})) {
      const parentIndex = numbers.get(outer === undefined ? "" : keyAt(outer.path, place))!;
      yield { record, values, place, other, index: ++index, parentIndex };
    }
  }
}

function fieldColumns(form: CompiledForm, repeat: string | undefined): Column[] {
  return [...form.items.values()].filter(({ field, repeats }) =>
    field !== undefined && field.type !== "note" && repeats.at(-1) === repeat
  ).flatMap((item) => [
    { header: item.path, cell: (entry: Entry) => textOf(valueOf(item, entry)) },
    ...choiceColumns(item),
    ...placeColumns(item),
  ]);
}

function choiceColumns(item: CompiledItem): Column[] {
  if (item.field!.type !== "select_multiple") return [];
  return [...item.choices?.keys() ?? []].map((name) => ({
    header: `${item.path}/${name}`,
    cell: (entry) => {
      const value = valueOf(item, entry);
      return Array.isArray(value) ? value.includes(name) ? "1" : "0" : "";
    },
  }));
}

function placeColumns(item: CompiledItem): Column[] {
  if (item.field!.type !== "geopoint") return [];
  const parent = parentOf(item.path);
  return (["latitude", "longitude", "altitude", "accuracy"] as const).map((part) => ({
    header: `${parent === "" ? "" : `${parent}/`}_${nameOf(item.path)}_${part === "accuracy" ? "precision" : part}`,
    cell: (entry) => {
      const value = valueOf(item, entry);
      const point = typeof value === "string" ? parseGeoPoint(value) : { problem: "" };
      return "problem" in point || point[part] === undefined ? "" : formatValue(point[part]);
    },
  }));
}

function ownColumns({ schema }: CompiledForm, repeat: string | undefined): Column[] {
  const column = (header: string, cell: (entry: Entry) => string): Column => ({ header, cell });
  if (repeat !== undefined) {
    const outer = schema.groups.filter((group) => group.repeat && repeat.startsWith(`${group.path}/`)).at(-1);
    return [
      column("_index", ({ index }) => String(index)),
      column("_parent_table_name", () => outer?.path ?? schema.title),
      column("_parent_index", ({ parentIndex }) => String(parentIndex)),
      column("_submission__id", ({ record }) => record.id),
    ];
  }
  return [
    column("_id", ({ record }) => record.id),
    column("_submission_time", ({ record }) => record.createdAt ?? ""),
    column("_submitted_by", ({ record }) => record.createdBy),
    column("_notes", ({ record }) => (record.notes ?? []).map(({ text }) => text).join("\n")),
    column("_attachments", ({ record }) => (record.attachments ?? []).map(({ name }) => name).join("\n")),
    column("_form", ({ record }) => record.form),
    column("__version__", () => schema.version ?? ""),
    column("_index", ({ index }) => String(index)),
    // What this edition of the form does not ask, so that nothing is lost.
    column("_other", ({ other }) => Object.keys(other).length === 0 ? "" : JSON.stringify(other)),
  ];
}

function valueOf({ path }: CompiledItem, { values, place }: Entry): unknown {
  return values.get(keyAt(path, place));
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value.join(" ");
  if (typeof value === "object" || typeof value === "bigint") {
    return JSON.stringify(value, (_, each) => typeof each === "bigint" ? String(each) : each);
  }
  return formatValue(value as FormValue);
}
