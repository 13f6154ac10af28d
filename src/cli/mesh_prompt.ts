import { didYouMean } from "../errors/mod.ts";
import type { Context } from "./command.ts";
import { formatError } from "./errors.ts";
import { createLines } from "./input_lines.ts";
import type { RecordAnswer } from "./mesh_answers.ts";
import type { Mesh } from "./mesh_asks.ts";
import { eachRecord } from "./commands/mesh_records.ts";

const COMMANDS = "view | front | create ID FORM | set ID FIELD VALUE | note ID TEXT | quit";

/**
 * Obeys lines of standard input as the Python original does: `view` prints all records, `front` how far each feed is,
 * `quit` ends. Returns whether somebody wanted to quit; false when the input has ended.
 */
export async function promptMesh(mesh: Mesh, context: Context, signal: AbortSignal): Promise<boolean> {
  const { io, out } = context;
  const isPerson = io.keys !== undefined && !context.settings.noInput;
  const ask = () => {
    if (!isPerson) return;
    out.text("> ");
    out.flush();
  };
  if (isPerson) out.note(`commands: ${COMMANDS}`);
  ask();
  for await (const lines of createLines(io.input(signal), 100)) {
    for (const line of lines) {
      const words = line.trim().split(/\s+/);
      if (/^(quit|exit)$/i.test(words[0]!)) return true;
      try {
        await obey(mesh, line.trim(), words, context);
      } catch (error) {
        out.problem(formatError(error, { paint: out.paintError, json: false, verbose: 0 }));
      }
      out.flush();
      ask();
    }
  }
  return false;
}

async function obey(mesh: Mesh, line: string, words: readonly string[], { out }: Context): Promise<void> {
  const [command = "", record = "", third = ""] = words;
  // What is a text keeps the spaces in it.
  const behind = (count: number) => line.replace(new RegExp(`^(?:\\S+\\s+){${count}}`), "");
  switch (command.toLowerCase()) {
    case "":
      return;
    case "view":
      return out.line(JSON.stringify(await viewOf(mesh), null, 2));
    case "front":
      return out.line(JSON.stringify(await frontOf(mesh)));
    case "create":
      if (words.length !== 3) break;
      return void await mesh.ask("create", { record, form: third, values: [] });
    case "set":
      if (words.length < 4) break;
      return void await mesh.ask("set", { record, values: [{ field: third, text: behind(3) }] });
    case "note":
      if (words.length < 3) break;
      return void await mesh.ask("note", { record, text: behind(2) });
  }
  const hint = didYouMean(command, ["view", "front", "create", "set", "note", "quit"]);
  out.problem(`${hint === undefined ? "" : `${hint} `}commands: ${COMMANDS}`);
}

/** All records in the shape of the original, with sorted keys. */
async function viewOf(mesh: Mesh): Promise<Record<string, unknown>> {
  const view: [string, unknown][] = [];
  for await (const record of eachRecord(mesh, {})) view.push([record.id, originalShape(record)]);
  return Object.fromEntries(view.sort(([a], [b]) => a < b ? -1 : 1));
}

function originalShape({ id, form, created, fields, notes, attachments }: RecordAnswer): Record<string, unknown> {
  const values = Object.entries(fields).filter(([, { value }]) => value !== null).map((
    [name, { value }],
  ) => [name, value]);
  return {
    attachments: attachments.map(({ blob, field, type, size }) => ({ blob_hash: blob, field, mime: type, size })),
    created_by: created?.by ?? "",
    fields: Object.fromEntries(values),
    form: form ?? "",
    notes: notes.map(({ text }) => text),
    record_id: id,
  };
}

async function frontOf(mesh: Mesh): Promise<Record<string, number>> {
  const feeds = await mesh.ask("frontier", {});
  return Object.fromEntries(
    feeds.map(({ by, feed, seq }) => [feed.includes("~") ? `${by}${feed.slice(64, 73)}` : by, seq]),
  );
}
