import { TinmanError } from "../../errors/mod.ts";
import {
  csvTables,
  exportCsv,
  exportGeoJson,
  exportJsonLines,
  type ExportRecord,
  type FormField,
  type FormSchema,
} from "../../form/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import type { RecordAnswer } from "../mesh_answers.ts";
import type { Mesh } from "../mesh_asks.ts";
import { meshExits, meshFlags, openMesh } from "../mesh_open.ts";
import { count } from "../output.ts";
import { clean } from "../style.ts";
import { eachRecord } from "./mesh_records.ts";

/** `tinman mesh export` */
export const meshExport = defineCommand({
  name: "mesh export",
  summary: "Print records as a table, as GeoJSON, or as lines of JSON",
  about:
    "A table has the columns of Kobo and is of one form; a cell that a spreadsheet would take for a formula is guarded. " +
    "Deleted records are left out.",
  args: [],
  flags: {
    ...meshFlags,
    format: {
      type: "string",
      short: "f",
      value: "FORMAT",
      choices: ["csv", "geojson", "jsonl"],
      default: "jsonl",
      summary: "What to print",
    },
    form: { type: "string", value: "ID", summary: "Only records of this form" },
    repeat: { type: "string", value: "PATH", summary: "With csv: the rows of this repeat" },
    geometry: {
      type: "string",
      value: "FIELD",
      summary: "With geojson: the field that says where (default the first place)",
    },
    output: { type: "string", short: "o", value: "FILE", summary: "Write it to a file, whole or not at all" },
  },
  examples: [
    ["tinman mesh export -f csv --form well -o wells.csv", "for a spreadsheet"],
    ["tinman mesh export -f geojson > wells.geojson", "for a map"],
  ],
  exits: meshExits,
  json: "none",
  async run(context) {
    const { flags, io, out, path } = context;
    const format = flags.format ?? "jsonl";
    await using mesh = await openMesh(context);
    const records: ExportRecord[] = [];
    for await (const record of eachRecord(mesh, { form: flags.form })) records.push(toExport(record));
    const pieces: string[] = [];
    const write = (text: string) => flags.output === undefined ? out.text(text) : void pieces.push(text);
    for (const text of await render(mesh, records, format, context as Context)) write(text);
    if (flags.output !== undefined) {
      io.files.replace(path(flags.output), new TextEncoder().encode(pieces.join("")));
      out.note(`${count(records.length, "record")} in ${clean(flags.output)}`);
    }
    return 0;
  },
});

async function render(
  mesh: Mesh,
  records: ExportRecord[],
  format: string,
  context: Context,
): Promise<Iterable<string>> {
  const { repeat, geometry, form: wanted } = context.flags as Readonly<Record<string, string | undefined>>;
  if (format === "jsonl") return exportJsonLines(records);
  const ids = [...new Set(records.map(({ form }) => form))];
  if (format === "csv" && wanted === undefined && ids.length > 1) {
    throw new TinmanError("USAGE", `Cannot export as csv: a table is of one form, and there are ${ids.join(", ")}`, {
      argument: "--form",
      hint: `--form ${ids[0]}`,
    });
  }
  const id = wanted ?? ids[0] ?? "form";
  const schema = await mesh.ask("form", { id }) ?? guessForm(id, records, geometry);
  if (format === "geojson") return exportGeoJson(schema, records, geometry === undefined ? {} : { geometry });
  const tables = csvTables(schema).filter((each) => each !== "");
  if (repeat === undefined && tables.length > 0) {
    context.out.note(`repeats have tables of their own: --repeat ${tables.join(", --repeat ")}`);
  }
  return exportCsv(schema, records, repeat === undefined ? {} : { repeat });
}

/** A form that asks for what is there, as text, where none is kept. */
function guessForm(id: string, records: readonly ExportRecord[], geometry: string | undefined): FormSchema {
  const names = [...new Set(records.flatMap(({ fields }) => Object.keys(fields)))].sort();
  const fields = names.filter((name) => /^[A-Za-z_][\w.-]*$/.test(name)).map((path): FormField => ({
    path,
    type: path === geometry ? "geopoint" : "text",
  }));
  return { v: 1, id, title: id, languages: [], groups: [], fields, choices: {} };
}

function toExport({ id, form, created, fields, notes, attachments }: RecordAnswer): ExportRecord {
  const said = Object.entries(fields).filter(([, { value }]) => value !== null).map(([key, { value }]) => [key, value]);
  return {
    id,
    form: form ?? "",
    createdBy: created?.by ?? "",
    ...(created !== undefined && { createdAt: created.at.replace(/\+\d+$/, "") }),
    fields: Object.fromEntries(said),
    notes: notes.map(({ text, by, at }) => ({ text, by, at: at.replace(/\+\d+$/, "") })),
    attachments: attachments.map(({ name, size, blob }) => ({ name, bytes: size, blob })),
  };
}
