import { TinmanError } from "../../errors/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { type RecordAnswer, refText, type SaidAnswer } from "../mesh_answers.ts";
import type { Mesh } from "../mesh_asks.ts";
import { meshExits, meshFlags, openMesh } from "../mesh_open.ts";
import { count } from "../output.ts";
import { clean } from "../style.ts";
import { formatValue } from "../value.ts";

/** `tinman mesh records` */
export const meshRecords = defineCommand({
  name: "mesh records",
  summary: "List records, each on a line",
  args: [],
  flags: {
    ...meshFlags,
    form: { type: "string", value: "ID", summary: "Only records of this form" },
    deleted: { type: "boolean", summary: "Deleted ones, too" },
    limit: { type: "number", short: "n", value: "N", summary: "At most so many" },
  },
  examples: [["tinman mesh records", "all"], [
    "tinman mesh records --form well --json",
    "with all they have, a line each",
  ]],
  exits: meshExits,
  json: "stream",
  async run(context) {
    const { flags, out, settings } = context;
    if (flags.limit !== undefined && !(flags.limit >= 1)) {
      throw new TinmanError("USAGE", `Cannot list ${flags.limit} records: at least 1 can be`, { argument: "--limit" });
    }
    await using mesh = await openMesh(context);
    let shown = 0;
    const rows: string[][] = [];
    for await (const record of eachRecord(mesh, { form: flags.form, deleted: flags.deleted })) {
      if (flags.limit !== undefined && shown >= flags.limit) break;
      shown++;
      if (settings.json) out.json(record);
      else rows.push(rowOf(record));
    }
    if (!settings.json && shown > 0) out.table(["record", "form", "fields", "written (UTC)", "by"], rows);
    if (shown === 0) out.note("There are no records. tinman mesh create ID FORM begins one.");
    else out.note(count(shown, "record"));
    return 0;
  },
});

/** `tinman mesh record` */
export const meshRecord = defineCommand({
  name: "mesh record",
  summary: "Show a record, with who wrote what of it",
  args: [{ name: "ID", summary: "The name of the record", completes: "nothing" }],
  flags: meshFlags,
  examples: [["tinman mesh record R-1", "what all have written to it"]],
  exits: meshExits,
  json: "object",
  async run(context) {
    const { args: [id], out, settings } = context;
    await using mesh = await openMesh(context);
    const record = await mesh.ask("record", { record: id! });
    if (settings.json) out.json({ v: 1, ...record });
    else print(record, context as Context);
    return 0;
  },
});

/** `tinman mesh history` */
export const meshHistory = defineCommand({
  name: "mesh history",
  summary: "Show each write of a record or a field, the latest first",
  args: [
    { name: "ID", summary: "The name of the record", completes: "nothing" },
    { name: "FIELD", summary: "Only this field", optional: true, completes: "nothing" },
  ],
  flags: meshFlags,
  examples: [["tinman mesh history R-1 status", "who set it when, and what stands beside it"]],
  exits: meshExits,
  json: "object",
  async run(context) {
    const { args: [record, field], out, settings } = context;
    await using mesh = await openMesh(context);
    const history = await mesh.ask("history", { record: record!, field });
    if (settings.json) out.json({ v: 1, record, history });
    else {
      const rows = history.map((entry) => [
        time(entry),
        entry.by,
        entry.field ?? (entry.isUrgent ? "urgent note" : WHAT[entry.what]),
        formatValue(entry.value) + (entry.reason === undefined ? "" : ` (${entry.reason})`),
        entry.state === "replaced" ? "" : entry.state,
      ]);
      out.table(["when (UTC)", "by", "what", "value", ""], rows);
    }
    return 0;
  },
});

/** All records, fetched in pages. */
export async function* eachRecord(
  mesh: Mesh,
  options: { readonly form?: string | undefined; readonly deleted?: boolean },
): AsyncGenerator<RecordAnswer, void> {
  let after: string | undefined;
  do {
    const page = await mesh.ask("records", { ...options, after });
    yield* page.records;
    after = page.next;
  } while (after !== undefined);
}

const WHAT = {
  form: "created as",
  state: "deleted",
  field: "field",
  note: "note",
  noteGone: "note removed",
  file: "file",
  fileGone: "file removed",
} as const;

function rowOf({ id, form, fields, deleted, notes, created }: RecordAnswer): string[] {
  const said: SaidAnswer[] = [...Object.values(fields), ...notes, ...created ? [created] : []];
  const last = said.toSorted((a, b) => a.at < b.at ? 1 : -1)[0];
  const shown = Object.entries(fields).filter(([, { value }]) => value !== null)
    .map(([name, { value, others }]) => `${name}=${formatValue(value)}${others > 0 ? "*" : ""}`);
  const urgent = notes.filter(({ isUrgent }) => isUrgent).length;
  const more = notes.length === 0 ? [] : [`${count(notes.length, "note")}${urgent > 0 ? `, ${urgent} urgent` : ""}`];
  const text = [...deleted ? ["DELETED"] : [], ...shown, ...more].join(" ");
  return [id, form ?? "–", text.length > 60 ? `${text.slice(0, 59)}…` : text, last ? time(last) : "–", last?.by ?? "–"];
}

function print(record: RecordAnswer & { readonly problems: readonly string[] }, { out }: Context): void {
  const { id, form, created, deleted, fields, notes, attachments, problems } = record;
  const by = (said: SaidAnswer) => out.paint("dim", `${clean(said.by)}, ${time(said)}`);
  const name = (said: SaidAnswer) => out.paint("dim", refText(said));
  out.line(
    `${out.paint("bold", clean(id))}  ${form === undefined ? "of a form that is not here" : clean(form)}${
      created ? `  ${by(created)}` : ""
    }`,
  );
  if (deleted) {
    const why = deleted.reason === undefined ? "" : `: ${clean(deleted.reason)}`;
    out.line(
      `  ${out.paint("red", "deleted")}${why}  ${by(deleted)}${deleted.isWrittenAfter ? "; written to since" : ""}`,
    );
  }
  const names = Object.keys(fields);
  const width = Math.max(0, ...names.map((name) => Math.min(name.length, 32)));
  for (const name of names) {
    const each = fields[name]!;
    const contested = each.others > 0 ? out.paint("yellow", `  contested: tinman mesh conflicts ${id}`) : "";
    const value = each.value === null
      ? out.paint("dim", "cleared")
      : each.value === ""
      ? '""'
      : formatValue(each.value);
    out.line(`  ${clean(name).padEnd(width)}  ${value}  ${by(each)}${contested}`);
  }
  for (const note of notes) {
    const text = `${note.isUrgent ? `${out.paint("red", "urgent")}  ` : ""}${clean(note.text)}`;
    out.line(`  note ${name(note)}  ${text}  ${by(note)}${note.edited ? `, edited by ${clean(note.edited.by)}` : ""}`);
  }
  for (const file of attachments) {
    out.line(`  file ${name(file)}  ${clean(file.field)}: ${clean(file.name)}, ${file.size} bytes  ${by(file)}`);
  }
  for (const problem of problems) out.line(`  ${out.paint("yellow", "to do")} ${clean(problem)}`);
}

function time({ at }: SaidAnswer): string {
  return at.slice(0, 19).replace("T", " ");
}
