import { join, Problems } from "../jsonc/mod.ts";
import { checkForm } from "./check_form.ts";
import { cannotRead, formatProblem, FormProblems } from "./problems.ts";
import {
  fieldTypes,
  type FormChoice,
  type FormField,
  type FormGroup,
  type FormSchema,
  parentOf,
  type Texts,
} from "./schema.ts";

const MAX_ITEMS = 10_000;
const MAX_CHOICES = 100_000;
const MAX_TEXT = 20_000;

/**
 * A form from a value that came from outside, such as another peer: shape, names and expressions are checked, and only
 * what a form has is taken.
 *
 * @throws {TinmanError} `CONFIG` with all problems.
 */
export function readFormSchema(value: unknown): FormSchema {
  const reader = new SchemaReader();
  const form = reader.form(value);
  const { found } = reader.problems;
  if (found.length === 0) {
    const problems = new FormProblems();
    checkForm(form, problems, (path, rule) => ({ column: rule === undefined ? path : `${path}.${rule}` }));
    found.push(...problems.found.filter(({ level }) => level === "error").map(formatProblem));
  }
  if (found.length > 0) throw cannotRead(found.join("; "), { problems: found });
  return form;
}

class SchemaReader {
  readonly problems = new Problems();
  readonly #paths = new Map<string, boolean>();

  form(value: unknown): FormSchema {
    const keys = ["v", "id", "title", "version", "languages", "defaultLanguage", "groups", "fields", "choices"];
    const raw = this.problems.object(value, "", keys);
    if (raw.v !== 1) this.problems.add("v", `expected 1, found ${String(JSON.stringify(raw.v)).slice(0, 40)}`);
    const languages = this.problems.list(raw.languages, "languages", 200);
    const groups = this.problems.list(raw.groups, "groups", MAX_ITEMS).map((each, i) =>
      this.#group(each, `groups[${i}]`)
    );
    const fields = this.problems.list(raw.fields, "fields", MAX_ITEMS).map((each, i) =>
      this.#field(each, `fields[${i}]`)
    );
    const choices = this.#choices(raw.choices);
    fields.forEach(({ list }, i) => {
      if (list !== undefined && !Object.hasOwn(choices, list)) {
        this.problems.add(`fields[${i}].list`, `there is no list ${list}`);
      }
    });
    return {
      v: 1,
      id: this.#text(raw.id, "id", 200) ?? "",
      title: this.#text(raw.title, "title") ?? "",
      ...this.#optional(raw, "", ["version", "defaultLanguage"]),
      languages: languages.flatMap((each, i) => this.#text(each, `languages[${i}]`, 200) ?? []),
      ...(typeof raw.defaultLanguage === "string" && { defaultLanguage: raw.defaultLanguage }),
      groups,
      fields,
      choices,
    };
  }

  #group(value: unknown, at: string): FormGroup {
    const texts = ["relevant", "appearance", "count"];
    const raw = this.problems.object(value, at, ["path", "repeat", "label", ...texts]);
    const path = this.#path(raw.path, at, true);
    const repeat = this.problems.flag(raw.repeat, join(at, "repeat"));
    const label = this.#texts(raw.label, join(at, "label"));
    return { path, repeat, ...(label && { label }), ...this.#optional(raw, at, texts) };
  }

  #field(value: unknown, at: string): FormField {
    const first = ["list", "choicesFile", "choiceFilter", "required"];
    const rest = ["relevant", "readonly", "default", "calculation", "appearance"];
    const translated = ["label", "hint", "guidance", "requiredMessage", "constraintMessage"] as const;
    const keys = ["path", "type", "metadata", ...first, "constraint", ...rest, ...translated, "parameters", "media"];
    const raw = this.problems.object(value, at, keys);
    const texts = Object.fromEntries(translated.map((key) => [key, this.#texts(raw[key], join(at, key))]));
    const given = (key: (typeof translated)[number]) => texts[key] === undefined ? {} : { [key]: texts[key] };
    const parameters = this.#texts(raw.parameters, join(at, "parameters"));
    const media = this.#media(raw.media, join(at, "media"));
    return {
      path: this.#path(raw.path, at, false),
      type: this.problems.oneOf(raw.type, join(at, "type"), fieldTypes) ?? "text",
      ...this.#optional(raw, at, ["metadata"]),
      ...given("label"),
      ...given("hint"),
      ...given("guidance"),
      ...this.#optional(raw, at, first),
      ...given("requiredMessage"),
      ...this.#optional(raw, at, ["constraint"]),
      ...given("constraintMessage"),
      ...this.#optional(raw, at, rest),
      ...(parameters && { parameters }),
      ...(media && { media }),
    };
  }

  #choices(value: unknown): Record<string, readonly FormChoice[]> {
    const lists = Object.entries(this.problems.object(value, "choices")).map(([list, all]) => {
      const at = join("choices", list);
      if (list === "__proto__") this.problems.add(at, "a list cannot have this name");
      const names = new Set<string>();
      const choices = this.problems.list(all, at, MAX_CHOICES).map((each, i) =>
        this.#choice(each, `${at}[${i}]`, names)
      );
      return [list, choices] as const;
    });
    return Object.fromEntries(lists);
  }

  #choice(value: unknown, at: string, names: Set<string>): FormChoice {
    const raw = this.problems.object(value, at, ["name", "label", "extra", "media"]);
    const name = this.#text(raw.name, join(at, "name"), 200) ?? "";
    if (/[^\S ]/.test(name) || name.trim() !== name || name === "" || names.has(name)) {
      this.problems.add(join(at, "name"), "expected a name of its own, in one line");
    }
    names.add(name);
    const label = this.#texts(raw.label, join(at, "label"));
    const extra = this.#texts(raw.extra, join(at, "extra"));
    const media = this.#media(raw.media, join(at, "media"));
    return { name, ...(label && { label }), ...(extra && { extra }), ...(media && { media }) };
  }

  /** Groups come before what is in them, and nothing is there twice. */
  #path(value: unknown, at: string, group: boolean): string {
    const path = this.#text(value, join(at, "path"), 2000) ?? "";
    const parent = parentOf(path);
    if (this.#paths.has(path)) this.problems.add(join(at, "path"), "it is in the form twice");
    if (parent !== "" && this.#paths.get(parent) !== true) {
      this.problems.add(join(at, "path"), `there is no group ${parent} before it`);
    }
    this.#paths.set(path, group);
    return path;
  }

  #optional(raw: Readonly<Record<string, unknown>>, at: string, keys: readonly string[]): Record<string, string> {
    const found = keys.filter((key) => raw[key] !== undefined && key !== "defaultLanguage").flatMap((key) => {
      const text = this.#text(raw[key], join(at, key));
      return text === undefined ? [] : [[key, text] as const];
    });
    return Object.fromEntries(found);
  }

  #texts(value: unknown, at: string): Texts | undefined {
    if (value === undefined) return undefined;
    const entries = Object.entries(this.problems.object(value, at));
    if (entries.length > 200) this.problems.add(at, `it has ${entries.length} texts, more than 200`);
    return Object.fromEntries(entries.slice(0, 200).map(([key, text]) => [key, this.#text(text, join(at, key)) ?? ""]));
  }

  #media(value: unknown, at: string): Readonly<Record<string, Texts>> | undefined {
    if (value === undefined) return undefined;
    const entries = Object.entries(this.problems.object(value, at, ["image", "audio", "video", "big-image"]));
    return Object.fromEntries(entries.map(([key, texts]) => [key, this.#texts(texts, join(at, key)) ?? {}]));
  }

  // Labels have lines, tabs and writing from right to left, so only the length is held.
  #text(value: unknown, at: string, max = MAX_TEXT): string | undefined {
    if (typeof value === "string" && value.length <= max && value.isWellFormed()) return value;
    this.problems.add(at, typeof value === "string" ? `expected at most ${max} characters of text` : "expected a text");
    return undefined;
  }
}
