import { TinmanError } from "../errors/mod.ts";
import { type Files, readFile } from "../files/mod.ts";
import {
  checkEntry,
  type EntryProblem,
  fieldTypes,
  formatEntryProblem,
  type FormSchema,
  parseValue,
} from "../form/mod.ts";
import { readFormSchema } from "../form/mod.ts";
import type { FieldValue } from "../mesh/mod.ts";

const MAX_FORM_BYTES = 64 * 1024 * 1024;

/** What `--type` may say besides the types of forms. */
export const valueTypes: readonly string[] = [...fieldTypes, "json"];

/** The forms of a dataset, each in `forms/` of its folder: tinman's own JSON, whatever it was imported from. */
export class MeshForms {
  readonly #files: Files;
  readonly #folder: string;
  readonly #known = new Map<string, FormSchema | undefined>();

  constructor(files: Files, path: string) {
    [this.#files, this.#folder] = [files, `${path}/forms`];
  }

  /** Ids of all that are here. */
  ids(): string[] {
    return this.#files.list(this.#folder).filter((name) => name.endsWith(".json")).map((name) =>
      decodeURIComponent(name.slice(0, -".json".length))
    );
  }

  /** A form by its id. @throws {TinmanError} `CONFIG` when somebody has spoiled it. */
  get(id: string): FormSchema | undefined {
    if (!this.#known.has(id)) this.#known.set(id, this.#read(id));
    return this.#known.get(id);
  }

  /** Keeps a form, in place of an earlier edition. */
  put(form: FormSchema): void {
    this.#files.makeFolder(this.#folder);
    this.#files.replace(this.#path(form.id), new TextEncoder().encode(`${JSON.stringify(form, null, 2)}\n`));
    this.#known.set(form.id, form);
  }

  #path(id: string): string {
    return `${this.#folder}/${encodeURIComponent(id).replace(/\./g, "%2E")}.json`;
  }

  #read(id: string): FormSchema | undefined {
    const path = this.#path(id);
    const bytes = readFile(this.#files, path, MAX_FORM_BYTES);
    if (bytes === undefined) return undefined;
    try {
      return readFormSchema(JSON.parse(new TextDecoder().decode(bytes)));
    } catch (cause) {
      throw new TinmanError("CONFIG", `Cannot read form ${path}: it is not what was written`, {
        path,
        cause,
        hint: "give it again: --form FILE",
      });
    }
  }
}

/** A value as it stands on a command line. */
export interface GivenValue {
  readonly field: string;
  readonly text: string;
  /** How it is read, see {@linkcode valueTypes}. @default {by the form; without one it is text} */
  readonly type?: string | undefined;
}

/** The value that was given. @throws {TinmanError} `CONFIG` for one that is not of its type. */
export function readGiven({ field, text, type }: GivenValue, form: FormSchema | undefined): FieldValue {
  const cannot = (why: string, cause?: unknown) =>
    new TinmanError("CONFIG", `Cannot set ${field}: ${why}`, { problems: [`${field}: type: ${why}`], cause });
  if (type === "json") {
    try {
      return JSON.parse(text) as FieldValue;
    } catch (cause) {
      throw cannot(`${JSON.stringify(text.slice(0, 80))} is no JSON`, cause);
    }
  }
  // A repeat has its number in the key and not in the form.
  const known = form?.fields.find(({ path }) => path === field.replace(/\[\d+\]/g, ""));
  const as = type ?? known?.type;
  if (as === undefined) return text;
  const parsed = parseValue({ type: as as (typeof fieldTypes)[number] }, text);
  if ("problem" in parsed) throw cannot(`${parsed.problem}, as its type is ${as}`);
  return (parsed.value ?? null) as FieldValue;
}

/** What is checked about an entry. */
export interface EntryQuestion {
  /** All its values. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Keys that are written now. */
  readonly written: readonly string[];
  readonly nowNs: bigint;
}

/**
 * Compares an entry with its form: what is wrong with what is written is thrown, the rest is given.
 *
 * @throws {TinmanError} `CONFIG` that names field and rule.
 */
export function checkWritten(form: FormSchema, { values, written, nowNs }: EntryQuestion): EntryProblem[] {
  const offsetMinutes = -new Date(Number(nowNs / 1_000_000n)).getTimezoneOffset();
  const { problems } = checkEntry(form, values, { nowNs, offsetMinutes });
  const wrong = problems.filter(({ field, level }) => level === "error" && written.includes(field)).map(
    formatEntryProblem,
  );
  if (wrong.length > 0) {
    throw new TinmanError("CONFIG", `Cannot write to form ${form.id}: ${wrong.join("; ")}`, {
      problems: wrong,
      hint: "mend it, or write it all the same with --force",
    });
  }
  return problems.filter(({ field }) => !written.includes(field) || written.length === 0);
}
