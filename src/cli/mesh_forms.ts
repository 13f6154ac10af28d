import { isTinmanError, TinmanError } from "../errors/mod.ts";
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
import { type FieldValue, type FolderReplica, formChanges, sharedForm, sharedFormIds } from "../mesh/mod.ts";
import { parseExactJson } from "./exact_json.ts";

const MAX_FORM_BYTES = 64 * 1024 * 1024;

/** What `--type` may say besides the types of forms. */
export const valueTypes: readonly string[] = [...fieldTypes, "json"];

/**
 * The forms of a dataset: those that admins have shared, and the others of this machine. Each is in `forms/` of its folder,
 * tinman's own JSON, whatever it was imported from.
 */
export class MeshForms {
  readonly #files: Files;
  readonly #folder: string;
  readonly #replica: FolderReplica;
  readonly #known = new Map<string, { readonly form: FormSchema | undefined; readonly events: number }>();

  constructor(files: Files, replica: FolderReplica) {
    [this.#files, this.#folder, this.#replica] = [files, `${replica.path}/forms`, replica];
  }

  /** Ids of all that are here. */
  ids(): string[] {
    const kept = this.#files.list(this.#folder).filter((name) => name.endsWith(".json"))
      .map((name) => decodeURIComponent(name.slice(0, -".json".length)));
    return [...new Set([...kept, ...sharedFormIds(this.#replica)])].sort();
  }

  /** A form by its id. What an admin has shared counts. @throws {TinmanError} `CONFIG` when somebody has spoiled it. */
  get(id: string): FormSchema | undefined {
    const events = [...this.#replica.feeds.all()].reduce((sum, { last }) => sum + last, 0);
    const known = this.#known.get(id);
    if (known?.events === events) return known.form;
    const shared = sharedForm(this.#replica, id);
    const form = shared ?? this.#read(id);
    if (shared !== undefined && JSON.stringify(shared) !== JSON.stringify(known?.form ?? this.#read(id))) {
      this.#keep(shared);
    }
    this.#known.set(id, { form, events });
    return form;
  }

  /** Keeps a form, in place of an earlier edition, and shares it where this device is an admin; says whether it did. */
  put(form: FormSchema): boolean {
    const { members, key } = this.#replica;
    this.#known.delete(form.id);
    this.#keep(form);
    if (!members.isAdmin(key.device)) return false;
    if (JSON.stringify(sharedForm(this.#replica, form.id)) !== JSON.stringify(form)) {
      this.#replica.write(...formChanges(form));
    }
    return true;
  }

  #keep(form: FormSchema): void {
    this.#files.makeFolder(this.#folder);
    this.#files.replace(this.#path(form.id), new TextEncoder().encode(`${JSON.stringify(form, null, 2)}\n`));
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
      return parseExactJson(text, { to: `set ${field}` }) as FieldValue;
    } catch (cause) {
      if (isTinmanError(cause)) throw cause;
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
