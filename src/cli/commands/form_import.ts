import { type Context, defineCommand } from "../command.ts";
import { formArgument, importFormFile, printProblems } from "../form_file.ts";
import { count } from "../output.ts";
import { clean } from "../style.ts";

/** `tinman form import` */
export const formImport = defineCommand({
  name: "form import",
  summary: "Read an XLSForm or XForm, and say all that is wrong with it",
  about:
    "Each problem has its sheet, row and column. What tinman does not serve is a warning: the form can be used, and " +
    "checks say which rules they left out.",
  args: [formArgument],
  flags: {
    out: { type: "string", short: "o", value: "FILE", summary: "Write the form as JSON, for mesh and for programs" },
  },
  examples: [
    ["tinman form import survey.xlsx", "what is wrong with it?"],
    ["tinman form import survey.xlsx -o survey.json", "keep it as JSON"],
  ],
  exits: { 2: "it is no form, or one that cannot be used", 3: "the file is not there" },
  json: "object",
  run(context) {
    const { args: [file], flags, out, settings, io, path } = context;
    const found = importFormFile(file!, context as Context);
    const { form, problems } = found;
    if (form !== undefined && flags.out !== undefined) {
      io.files.replace(path(flags.out), new TextEncoder().encode(`${JSON.stringify(form, undefined, 2)}\n`));
    }
    if (settings.json) out.json({ v: 1, form: form ?? null, problems });
    else printProblems(found, context as Context);
    if (form === undefined) {
      const errors = problems.filter(({ level }) => level === "error").length;
      out.problem(out.paintError("red", `${file}: ${count(errors, "error")}, so it cannot be used`));
      return 2;
    }
    const { id, version, fields, groups } = form;
    const edition = version === undefined ? "" : `, version ${version}`;
    out.note(clean(`ok: ${id}${edition}: ${count(fields.length, "field")}, ${count(groups.length, "group")}`));
    return 0;
  },
});
