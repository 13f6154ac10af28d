import { basename } from "node:path";
import { formatProblem, type FormImport, type FormSchema, importForm, readForm } from "../form/mod.ts";
import type { Argument, Context } from "./command.ts";
import { readGiven } from "./given_file.ts";
import { clean } from "./style.ts";

const MAX_BYTES = 64 * 1024 * 1024;

/** A file with a form, of any kind. */
export const formArgument: Argument = {
  name: "FORM",
  summary: "an XLSForm (.xlsx), an XForm of ODK or Kobo (.xml), or a form that `form import -o` wrote (.json)",
};

/** The bytes of a file that was named. */
export function readNamed(name: string, { io, path }: Context): Uint8Array {
  return readGiven(io.files, path(name), { what: "read", maxBytes: MAX_BYTES });
}

/** A form that must be right. */
export function readFormFile(name: string, context: Context): FormSchema {
  return readForm(readNamed(name, context), { name: idOf(name) });
}

/** A form with all that is wrong with it. */
export function importFormFile(name: string, context: Context): FormImport {
  return importForm(readNamed(name, context), { name: idOf(name) });
}

/** Problems as lines, errors in red. */
export function printProblems({ problems }: FormImport, { out }: Context): void {
  for (const problem of problems) {
    const level = problem.level === "error" ? out.paint("red", "error  ") : out.paint("yellow", "warning");
    out.line(`${level}  ${clean(formatProblem(problem))}`);
  }
}

function idOf(name: string): string {
  return basename(name).replace(/\.[^.]*$/, "") || "form";
}
