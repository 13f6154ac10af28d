import { contentHash } from "../../cbor/mod.ts";
import { type FormField, type FormSchema, textIn } from "../../form/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { formArgument, readFormFile } from "../form_file.ts";
import { clean } from "../style.ts";

/** `tinman form show` */
export const formShow = defineCommand({
  name: "form show",
  summary: "Show the fields of a form with their types and rules",
  args: [formArgument],
  flags: {
    language: { type: "string", value: "NAME", summary: "The language of labels (default the form's own)" },
    choices: { type: "boolean", summary: "Show the lists of choices too" },
  },
  examples: [["tinman form show survey.xlsx", "a line for each field"], [
    "tinman form show survey.xlsx --language 'Français (fr)' --choices",
    "in another language",
  ]],
  exits: { 2: "it is no form, or one that cannot be used", 3: "the file is not there" },
  json: "object",
  run(context) {
    const { args: [file], flags, out, settings } = context;
    const form = readFormFile(file!, context as Context);
    if (settings.json) {
      out.json({ v: 1, sha256: contentHash(form), form });
      return 0;
    }
    out.line(clean(`${form.title} (${form.id}${form.version === undefined ? "" : `, version ${form.version}`})`));
    if (form.languages.length > 1) out.line(clean(`languages: ${form.languages.join(", ")}`));
    out.line();
    out.table(["field", "type", "label", "rules"], rowsOf(form, flags.language));
    if (flags.choices) {
      for (const [list, choices] of Object.entries(form.choices)) {
        out.line();
        out.line(clean(`choices of ${list}`));
        const rows = choices.map(({ name, label }) => [name, shorten(textIn(label, form, flags.language) ?? "–", 60)]);
        out.table(["name", "label"], rows);
      }
    }
    return 0;
  },
});

function rowsOf(form: FormSchema, language: string | undefined): string[][] {
  const groups = form.groups.map(({ path, repeat, label, relevant }) => ({
    path,
    row: [
      `${path}/`,
      repeat ? "repeat" : "group",
      shorten(textIn(label, form, language) ?? "–", 40),
      relevant === undefined ? "" : `if ${shorten(relevant, 50)}`,
    ],
  }));
  // A group stands before the first field in it.
  const rows: string[][] = [];
  const shown = new Set<string>();
  for (const field of form.fields) {
    for (const { path, row } of groups) {
      if (shown.has(path) || !field.path.startsWith(`${path}/`)) continue;
      shown.add(path);
      rows.push(row);
    }
    rows.push([field.path, typeOf(field), shorten(textIn(field.label, form, language) ?? "–", 40), rulesOf(field)]);
  }
  return rows;
}

function typeOf({ type, list, choicesFile, metadata }: FormField): string {
  if (metadata !== undefined) return `${metadata} (${type})`;
  return [type, ...list === undefined ? [] : [list], ...choicesFile === undefined ? [] : [choicesFile]].join(" ");
}

function rulesOf({ required, constraint, relevant, calculation, readonly }: FormField): string {
  return [
    ...required === undefined ? [] : [required === "true()" ? "required" : `required if ${shorten(required, 50)}`],
    ...constraint === undefined ? [] : [shorten(constraint, 50)],
    ...relevant === undefined ? [] : [`if ${shorten(relevant, 50)}`],
    ...calculation === undefined ? [] : [`= ${shorten(calculation, 50)}`],
    ...readonly === undefined ? [] : ["readonly"],
  ].join("; ");
}

function shorten(text: string, max: number): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= max ? line : `${line.slice(0, max - 1)}…`;
}
