import { isTinmanError, TinmanError } from "../errors/mod.ts";
import {
  type FormSchema,
  parseCsv,
  type ReadEntry,
  readEntry,
  readEntryTable,
  separatorOf,
  unguardCell,
} from "../form/mod.ts";
import { formatEntryProblem } from "../form/mod.ts";
import type { FieldValue } from "../mesh/mod.ts";
import { parseExactJson } from "./exact_json.ts";
import type { ImportedRecord } from "./mesh_ask_files.ts";

/** How a file with records is read. */
export interface ReadRecordsOptions {
  /** The file, for messages and for its end. */
  readonly name: string;
  /** The form of records that name none. */
  readonly form: string | undefined;
  /** By which values are read; without it a table has text alone. */
  readonly schema: FormSchema | undefined;
  /** The column or field with the names of records. @default {"_id"} */
  readonly idField: string | undefined;
}

/** Records of a file, and what could not be read of it. */
export interface ReadRecords {
  readonly records: readonly ImportedRecord[];
  readonly problems: readonly string[];
}

/** Reads records: a table (.csv, .tsv), a list of entries (.json), or lines of them (.jsonl), ours or those of Kobo. */
export function readRecords(text: string, options: ReadRecordsOptions): ReadRecords {
  const isTable = /\.(csv|tsv|txt)$/i.test(options.name);
  const { records, problems } = isTable ? readTable(text, options) : readJson(text, options);
  return { records, problems: [...problems, ...namedTwice(records)] };
}

/** One record would have the values of both, and nobody could say which. */
function namedTwice(records: readonly ImportedRecord[]): string[] {
  const places = new Map<string, string>();
  return records.flatMap(({ id, place }) => {
    const first = places.get(id);
    if (first === undefined) places.set(id, place);
    return first === undefined ? [] : [`${place}: ${id} is the name of the record in ${first} as well`];
  });
}

/** Whether one of the first lines is an event of the Python original: any line of a log may be damaged, and not be text. */
export function isOriginalLog(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes.subarray(0, LOOK_BYTES));
  return text.split(/\r?\n/, 100).some((line) =>
    /^\s*\{"a": ?"/.test(line) && /"i": ?"[0-9a-f]{32}"\}?\s*$/.test(line)
  );
}

const LOOK_BYTES = 1 << 20;

function readTable(text: string, options: ReadRecordsOptions): ReadRecords {
  const { name, form, schema, idField = "_id" } = options;
  if (form === undefined) throw unreadable(name, "nobody has said which form its rows are of", "--form ID");
  const [head, ...rows] = [...parseCsv(text, separatorOf(text))];
  const columns = head?.cells.map((cell) => cell.trim()) ?? [];
  const idAt = columns.indexOf(idField);
  if (idAt < 0) {
    throw unreadable(
      name,
      `no column is named ${idField}`,
      `--id COLUMN; there are ${columns.slice(0, 12).join(", ")}`,
    );
  }
  const twice = columns.find((column, i) => !column.startsWith("_") && column !== "" && columns.indexOf(column) < i);
  if (schema === undefined && twice !== undefined) throw unreadable(name, `two columns are named ${twice}`);
  const entries = schema && new Map([...readEntryTable(schema, text)].map((entry) => [entry.row, entry]));
  const problems: string[] = [];
  const records = rows.flatMap(({ row, cells }): ImportedRecord[] => {
    const place = `row ${row}`;
    const id = unguardCell(cells[idAt] ?? "").trim();
    if (id === "") {
      if (cells.some((cell) => cell.trim() !== "")) {
        problems.push(`${place}: ${idField}: there is no name of the record`);
      }
      return [];
    }
    const entry = entries?.get(row);
    if (entries !== undefined) {
      const read = withoutId(entry ?? { values: {}, problems: [] }, options);
      return [fromEntry(read, { id, form, place, problems })];
    }
    if (cells.some((cell, i) => i >= columns.length && cell.trim() !== "")) {
      problems.push(`${place}: it has ${cells.length} cells, and the table ${columns.length} columns`);
    }
    const given = columns.flatMap((column, i) => {
      const cell = unguardCell(cells[i] ?? "");
      return cell === "" || i === idAt || column.startsWith("_") || column === "" ? [] : [[column, cell] as const];
    });
    return [{ id, form, fields: Object.fromEntries(given), place }];
  });
  return { records, problems };
}

function readJson(text: string, options: ReadRecordsOptions): ReadRecords {
  const { name } = options;
  const lines = /\.(jsonl|ndjson)$/i.test(name) ? text.split("\n").filter((line) => line.trim() !== "") : [text];
  const problems: string[] = [];
  const values = lines.flatMap((line, i) => {
    try {
      const value = parseExactJson(line, { to: `import line ${i + 1} of ${name}` });
      return Array.isArray(value) ? value : [value];
    } catch (cause) {
      if (isTinmanError(cause)) throw cause;
      throw unreadable(name, `line ${i + 1} is no JSON`, undefined, cause);
    }
  });
  return { records: values.map((value, i) => fromJson(value, `entry ${i + 1}`, options, problems)), problems };
}

function fromJson(value: unknown, place: string, options: ReadRecordsOptions, problems: string[]): ImportedRecord {
  const { name, schema, idField = "_id" } = options;
  if (typeof value !== "object" || value === null) throw unreadable(name, `${place} is no record`);
  const raw = value as Readonly<Record<string, unknown>>;
  const isOurs = typeof raw.id === "string" && typeof raw.fields === "object" && raw.fields !== null;
  const form = String((isOurs ? raw.form : undefined) ?? options.form ?? raw._xform_id_string ?? "");
  const id = String((isOurs ? raw.id : raw[idField]) ?? "");
  if (id === "") throw unreadable(name, `${place} has no ${idField}`, "--id FIELD");
  if (form === "") throw unreadable(name, `nobody has said which form ${place} is of`, "--form ID");
  if (isOurs) {
    const notes = Array.isArray(raw.notes)
      ? raw.notes.flatMap((each) => typeof each?.text === "string" ? [each.text] : [])
      : [];
    return { id, form, fields: raw.fields as Readonly<Record<string, FieldValue>>, notes, place };
  }
  if (schema !== undefined) return fromEntry(withoutId(readEntry(schema, raw), options), { id, form, place, problems });
  const fields = Object.entries(raw).filter(([key]) => !key.startsWith("_") && key !== idField);
  return { id, form, fields: Object.fromEntries(fields) as Record<string, FieldValue>, place };
}

/** The name of a record is no answer, unless the form asks for it. */
function withoutId(entry: ReadEntry, { schema, idField = "_id" }: ReadRecordsOptions): ReadEntry {
  if (schema?.fields.some(({ path }) => path === idField)) return entry;
  const { [idField]: _, ...values } = entry.values;
  return { ...entry, values };
}

function fromEntry(
  { values, problems: own }: ReadEntry,
  { problems, ...record }: Pick<ImportedRecord, "id" | "form" | "place"> & { readonly problems: string[] },
): ImportedRecord {
  problems.push(...own.map((problem) => `${record.place}: ${formatEntryProblem(problem)}`));
  return { ...record, fields: values as Readonly<Record<string, FieldValue>> };
}

function unreadable(name: string, why: string, hint?: string, cause?: unknown): TinmanError<"CONFIG"> {
  return new TinmanError("CONFIG", `Cannot import ${name}: ${why}`, { path: name, hint, cause });
}
