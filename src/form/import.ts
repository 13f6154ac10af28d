import { cannotRead, formatProblem, type FormProblem } from "./problems.ts";
import { readFormSchema } from "./read_schema.ts";
import type { FormSchema } from "./schema.ts";
import { importXForm } from "./xform.ts";
import { importXlsForm } from "./xlsform.ts";

/** What became of a file with a form. */
export interface FormImport {
  /** Absent when one of the problems is an error. */
  readonly form?: FormSchema;
  /** All that is wrong with it, in the order of the file. */
  readonly problems: readonly FormProblem[];
}

/** Options of {@linkcode importForm}. */
export interface ImportFormOptions {
  /** The id of a form that names none, such as the name of its file without its end. @default {"form"} */
  readonly name?: string;
}

/**
 * Reads a form of any kind: an XLSForm workbook, an ODK or Kobo XForm, or tinman's own JSON. Which one it is, its bytes say.
 *
 * @throws {TinmanError} `CONFIG` when it is none of them; `TOO_LARGE`.
 */
export function importForm(bytes: Uint8Array, { name = "form" }: ImportFormOptions = {}): FormImport {
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return importXlsForm(bytes, name);
  if (bytes[0] === 0xd0 && bytes[1] === 0xcf) {
    throw cannotRead("it is a workbook of before 2007, or one with a password", { hint: "save it as .xlsx" });
  }
  const start = new TextDecoder().decode(bytes.subarray(0, 200)).replace(/^\ufeff/, "").trimStart();
  if (start.startsWith("<") || bytes[0] === 0xff || bytes[0] === 0xfe) return importXForm(bytes);
  if (start.startsWith("{")) return { form: parseFormSchema(bytes), problems: [] };
  throw cannotRead("it is no .xlsx workbook, no XForm and no form of tinman", {
    hint: "a .csv is no form; save the XLSForm as .xlsx",
  });
}

/**
 * Reads a form that must be right, see {@linkcode importForm}.
 *
 * @throws {TinmanError} `CONFIG` with all problems; `TOO_LARGE`.
 */
export function readForm(bytes: Uint8Array, options: ImportFormOptions = {}): FormSchema {
  const { form, problems } = importForm(bytes, options);
  if (form !== undefined) return form;
  const errors = problems.filter(({ level }) => level === "error").map(formatProblem);
  throw cannotRead(errors.join("; "), { problems: errors });
}

function parseFormSchema(bytes: Uint8Array): FormSchema {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw cannotRead("it is no JSON", { cause });
  }
  return readFormSchema(value);
}
