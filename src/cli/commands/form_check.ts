import { TinmanError } from "../../errors/mod.ts";
import {
  checkEntry,
  type EntryCheck,
  type EntryProblem,
  formatEntryProblem,
  type FormSchema,
  type ReadEntry,
  readEntry,
  readEntryTable,
} from "../../form/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { formArgument, readFormFile, readNamed } from "../form_file.ts";
import { count } from "../output.ts";
import { clean } from "../style.ts";

/** `tinman form check` */
export const formCheck = defineCommand({
  name: "form check",
  summary: "Compare entries with a form, and name what does not fit",
  about:
    "Values are read by the types that the form says. A .json has one entry or a list of them, flat or as Kobo has " +
    "them; a .jsonl one a line; a .csv one a row, with columns named by the fields.",
  args: [formArgument, { name: "ENTRIES", summary: "a .json, .jsonl or .csv with entries" }],
  flags: {
    language: { type: "string", value: "NAME", summary: "The language of messages (default the form's own)" },
  },
  examples: [["tinman form check survey.xlsx answers.csv", "before they are imported"], [
    "tinman form check survey.xlsx answer.json --json",
    "each problem with its field and rule",
  ]],
  exits: {
    2: "the form cannot be used, or the entries cannot be read",
    3: "a file is not there",
    6: "entries do not fit",
  },
  json: "object",
  run(context) {
    const { args: [formFile, file], flags: { language }, out, settings, io } = context;
    const form = readFormFile(formFile!, context as Context);
    const nowNs = io.environment.clock.now();
    const offsetMinutes = -new Date(Number(nowNs / 1_000_000n)).getTimezoneOffset();
    const results: Result[] = [];
    for (const entry of readEntries(form, file!, context as Context)) {
      const check = checkEntry(form, entry.values, {
        nowNs,
        offsetMinutes,
        ...(language !== undefined && { language }),
      });
      results.push(resultOf(results.length + 1, entry, check));
    }
    const wrong = results.filter(({ problems }) => problems.some(({ level }) => level === "error")).length;
    if (settings.json) out.json({ v: 1, form: form.id, entries: results.length, wrong, results });
    else print(results, context as Context);
    const said = `${count(results.length, "entry").replace(/entrys$/, "entries")}, ${wrong} with errors`;
    if (wrong > 0) out.problem(said);
    else out.note(`ok: ${said}`);
    return wrong > 0 ? 6 : 0;
  },
});

interface Result {
  /** Its number in the file, from 1. */
  readonly entry: number;
  /** The row of a table. */
  readonly row?: number;
  readonly problems: readonly EntryProblem[];
  readonly unchecked: EntryCheck["unchecked"];
  readonly computed: EntryCheck["computed"];
}

function resultOf(entry: number, { row, problems }: ReadEntry, check: EntryCheck): Result {
  // A value that could not be read is not missing as well.
  const unread = new Set(problems.map(({ field }) => field));
  const rest = check.problems.filter(({ field, rule }) => rule !== "required" || !unread.has(field));
  return {
    entry,
    ...(row !== undefined && { row }),
    problems: [...problems, ...rest],
    unchecked: check.unchecked,
    computed: check.computed,
  };
}

function print(results: readonly Result[], { out }: Context): void {
  const unchecked = new Map<string, number>();
  for (const { entry, row, problems, unchecked: left } of results) {
    const place = results.length === 1 && row === undefined
      ? ""
      : row === undefined
      ? `entry ${entry}: `
      : `row ${row}: `;
    for (const problem of problems) {
      const level = problem.level === "error" ? out.paint("red", "error  ") : out.paint("yellow", "warning");
      out.line(`${level}  ${clean(`${place}${formatEntryProblem(problem)}`)}`);
    }
    for (const { field, rule, reason } of left) {
      const what = `${field.replace(/\[[^\]]*\]/g, "")}: ${rule}: ${reason}`;
      unchecked.set(what, (unchecked.get(what) ?? 0) + 1);
    }
  }
  for (const [what, times] of unchecked) out.note(clean(`not checked: ${what}${times > 1 ? ` (${times} times)` : ""}`));
}

function* readEntries(form: FormSchema, file: string, context: Context): Iterable<ReadEntry> {
  const bytes = readNamed(file, context);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new TinmanError("CONFIG", `Cannot read ${file}: it is not in UTF-8`, { path: file, cause });
  }
  if (/\.(csv|tsv|txt)$/i.test(file)) return yield* readEntryTable(form, text);
  const lines = /\.(jsonl|ndjson)$/i.test(file) ? text.split("\n").filter((line) => line.trim() !== "") : [text];
  for (const [i, line] of lines.entries()) {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (cause) {
      const where = lines.length > 1 ? `, line ${i + 1}` : "";
      throw new TinmanError("CONFIG", `Cannot read ${file}${where}: it is no JSON`, { path: file, cause });
    }
    for (const each of Array.isArray(value) ? value : [value]) yield readEntry(form, each);
  }
}
