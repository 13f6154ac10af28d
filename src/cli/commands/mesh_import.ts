import { TinmanError } from "../../errors/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { readNamed } from "../form_file.ts";
import type { ImportAnswer, ImportedRecord } from "../mesh_ask_files.ts";
import type { Mesh } from "../mesh_asks.ts";
import { meshExits, meshFlags, openMesh } from "../mesh_open.ts";
import { isOriginalLog, readRecords } from "../mesh_read_records.ts";
import { count } from "../output.ts";
import { clean } from "../style.ts";

const CHUNK = 200;

/** `tinman mesh import` */
export const meshImport = defineCommand({
  name: "mesh import",
  summary: "Write records of a file: a table, entries of Kobo, our own lines",
  about:
    "A .csv has a row for each record, a .json or .jsonl an entry; a form that is kept with the dataset says what the " +
    "values are, without one those of a table are text. Only what differs is written, so twice is as good as once. The " +
    "log of the Python original (.jsonl) is known by what is in it: its values, notes and authors are taken over.",
  args: [{ name: "FILE", summary: "A .csv, .json or .jsonl" }],
  flags: {
    ...meshFlags,
    form: { type: "string", value: "ID", summary: "The form of records that do not say it" },
    id: { type: "string", value: "FIELD", default: "_id", summary: "The column or field with the names of records" },
    check: { type: "boolean", summary: "Only say what would be written, and what does not fit" },
    force: { type: "boolean", summary: "Also values that do not fit the form" },
  },
  examples: [
    ["tinman mesh import wells.csv --form well --id name", "a table, with names in the column name"],
    ["tinman mesh import node.jsonl", "what the Python original has kept"],
  ],
  exits: { ...meshExits, 2: "the file cannot be read, or entries do not fit; nothing was written" },
  json: "object",
  async run(context) {
    const { args: [file], flags, out, path, settings } = context;
    const bytes = readNamed(file!, context as Context);
    await using mesh = await openMesh(context);
    if (isOriginalLog(bytes)) {
      const answer = await mesh.ask("importOriginal", { file: path(file!) });
      if (settings.json) out.json({ v: 1, ...answer });
      else {
        for (const each of answer.problems.slice(0, 20)) {
          out.problem(out.paintError("yellow", `warning: ${clean(each)}`));
        }
        out.note(`took ${count(answer.events, "event")} of the original, ${answer.known} were here already`);
      }
      return 0;
    }
    const text = textOf(bytes, file!);
    const schema = flags.form === undefined ? undefined : await mesh.ask("form", { id: flags.form }) ?? undefined;
    const { records, problems } = readRecords(text, { name: file!, form: flags.form, schema, idField: flags.id });
    const checked = await inChunks(mesh, records, "check");
    const wrong = [...problems, ...checked.problems];
    if (wrong.length > 0 && !flags.force && !flags.check) {
      throw new TinmanError("CONFIG", `Cannot import ${file}: ${wrong.slice(0, 50).join("; ")}`, {
        path: file!,
        problems: wrong.slice(0, 50),
        hint: "nothing was written; mend the file, or --force",
      });
    }
    const answer = flags.check ? checked : await inChunks(mesh, records, "write");
    if (settings.json) out.json({ v: 1, ...answer, problems: wrong });
    else {
      for (const each of wrong.slice(0, 50)) out.problem(out.paintError("yellow", `warning: ${clean(each)}`));
      const { created, changed, unchanged } = answer;
      out.note(`${flags.check ? "would be " : ""}${created} new, ${changed} changed, ${unchanged} as they were`);
    }
    return 0;
  },
});

async function inChunks(
  mesh: Mesh,
  records: readonly ImportedRecord[],
  mode: "check" | "write",
): Promise<ImportAnswer> {
  const all = { created: 0, changed: 0, unchanged: 0, events: 0, problems: [] as string[] };
  for (let i = 0; i < records.length; i += CHUNK) {
    const answer = await mesh.ask("importRecords", { records: records.slice(i, i + CHUNK), mode });
    for (const key of ["created", "changed", "unchanged", "events"] as const) all[key] += answer[key];
    all.problems.push(...answer.problems);
  }
  return all;
}

function textOf(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new TinmanError("CONFIG", `Cannot import ${file}: it is not in UTF-8`, { path: file, cause });
  }
}
