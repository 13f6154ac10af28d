import { checkForm } from "./check_form.ts";
import type { FormImport } from "./import.ts";
import { cannotRead, FormProblems } from "./problems.ts";
import type { FormField, FormGroup, FormSchema } from "./schema.ts";
import { type Body, readBody } from "./xform_body.ts";
import { XFormChoices } from "./xform_choices.ts";
import { typeOf } from "./xform_types.ts";
import { readText, XFormTexts } from "./xform_texts.ts";
import { elementOf, elementsOf, parseXml, textOf, type XmlElement } from "./xml.ts";

const MAX_BYTES = 32 * 1024 * 1024;

/**
 * Reads an XForm as ODK and Kobo have it (https://getodk.github.io/xforms-spec/): the first instance says what there is,
 * binds say what values are, the body how they are asked for, itext in which words.
 *
 * @throws {TinmanError} `CONFIG` when it is no XForm; `TOO_LARGE`.
 */
export function importXForm(bytes: Uint8Array): FormImport {
  if (bytes.length > MAX_BYTES) throw cannotRead(`it has ${bytes.length} bytes, more than ${MAX_BYTES}`);
  const html = parseXml(bytes, "the XForm");
  const head = elementOf(html, "head");
  const model = elementOf(head, "model");
  const root = elementsOf(elementsOf(model ?? html, "instance")[0] ?? html)[0];
  if (html.name !== "html" || model === undefined || root === undefined || root === head) {
    throw cannotRead("it is XML, and no XForm: an XForm has html, head, model, instance", {
      hint: "in Kobo: Form → Download XML; an XLSForm can be read as it is",
    });
  }
  return new XFormReader(html, model, root).read();
}

class XFormReader {
  readonly #title: string;
  readonly #root: XmlElement;
  readonly #problems = new FormProblems();
  readonly #texts: XFormTexts;
  readonly #body: Body;
  readonly #choices: XFormChoices;
  readonly #binds = new Map<string, XmlElement>();
  readonly #setvalues = new Map<string, string>();
  readonly #lines = new Map<string, number>();
  readonly #groups: FormGroup[] = [];
  readonly #fields: FormField[] = [];
  #version: string | undefined;

  constructor(html: XmlElement, model: XmlElement, root: XmlElement) {
    const head = elementOf(html, "head");
    const title = elementOf(head, "title");
    this.#title = title === undefined ? "" : textOf(title).trim();
    this.#root = root;
    this.#texts = new XFormTexts(model);
    this.#body = readBody(elementOf(html, "body"), strip);
    this.#choices = new XFormChoices(model, this.#texts, this.#problems);
    for (const bind of elementsOf(model, "bind")) {
      const { nodeset = "" } = bind.attributes;
      const path = strip(nodeset);
      if (this.#binds.has(path)) {
        this.#problems.warn({ row: bind.line }, `${nodeset} is bound twice; the first one counts`);
      } else this.#binds.set(path, bind);
    }
    for (const { attributes } of elementsOf(model, "setvalue")) {
      const first = /odk-instance-first-load|xforms-ready/.test(attributes.event ?? "");
      if (first && attributes.ref !== undefined) this.#setvalues.set(strip(attributes.ref), attributes.value ?? "");
    }
  }

  read(): FormImport {
    this.#walk(this.#root, "");
    const { attributes } = this.#root;
    const version = attributes.version ?? attributes["orx:version"] ?? this.#version;
    const { defaultLanguage, languages } = this.#texts;
    const id = attributes.id ?? attributes["xmlns"] ?? this.#root.name;
    const plain = this.#fields.some(({ label }) => label !== undefined && Object.hasOwn(label, "default"));
    const form: FormSchema = {
      v: 1,
      id,
      title: this.#title === "" ? id : this.#title,
      ...(version !== undefined && version !== "" && { version }),
      languages: plain && !languages.includes("default") ? [...languages, "default"] : languages,
      ...(defaultLanguage !== undefined && defaultLanguage !== "default" && { defaultLanguage }),
      groups: this.#groups,
      fields: this.#fields,
      choices: this.#choices.lists(),
    };
    checkForm(form, this.#problems, (path, rule) => {
      const row = this.#lines.get(path);
      return { ...(row !== undefined && { row }), ...(rule !== undefined && { column: rule }) };
    });
    const problems = this.#problems;
    return { problems: problems.list(), ...(!problems.fatal && { form }) };
  }

  /** The instance says which fields there are, and in which order. */
  #walk(parent: XmlElement, around: string): void {
    const seen = new Set<string>();
    for (const element of elementsOf(parent)) {
      const path = around === "" ? element.name : `${around}/${element.name}`;
      // A repeat stands twice in an instance: as a template, and as the first one of its kind.
      if (seen.has(path) || path === "meta" || path === "formhub") continue;
      seen.add(path);
      const repeats = this.#body.repeats.has(path);
      const bind = this.#binds.get(path);
      this.#lines.set(path, bind?.line ?? element.line);
      if (repeats || this.#body.groups.has(path) || elementsOf(element).length > 0) {
        this.#addGroup(path, repeats, bind);
        this.#walk(element, path);
      } else if (path === "__version__") {
        this.#version = /^\s*'([^']*)'\s*$/.exec(bind?.attributes.calculate ?? "")?.[1];
      } else this.#addField(path, element, bind);
    }
  }

  #addGroup(path: string, repeat: boolean, bind: XmlElement | undefined): void {
    const group = this.#body.groups.get(path);
    const label = this.#texts.of(elementOf(group, "label"));
    const relevant = expressionOf(bind, "relevant");
    const appearance = group?.attributes.appearance;
    const count = this.#body.repeats.get(path)?.attributes["jr:count"]?.trim();
    this.#groups.push({
      path,
      repeat,
      ...(label !== undefined && { label }),
      ...(relevant !== undefined && { relevant }),
      ...(appearance !== undefined && { appearance }),
      ...(count !== undefined && { count }),
    });
  }

  #addField(path: string, element: XmlElement, bind: XmlElement | undefined): void {
    const control = this.#body.controls.get(path);
    const { type, metadata, problem } = typeOf(bind, control?.element);
    if (problem !== undefined) {
      this.#problems.error({ row: bind?.line ?? element.line, column: "type" }, `${path}: ${problem}`);
    }
    const [label, hint] = [elementOf(control?.element, "label"), elementOf(control?.element, "hint")];
    const given = {
      label: this.#texts.of(label),
      hint: this.#texts.of(hint),
      guidance: this.#texts.of(hint, "guidance"),
      ...this.#choices.of(path, type, control?.element),
      required: yes(expressionOf(bind, "required")),
      requiredMessage: this.#texts.byReference(bind?.attributes["jr:requiredMsg"]),
      constraint: expressionOf(bind, "constraint"),
      constraintMessage: this.#texts.byReference(bind?.attributes["jr:constraintMsg"]),
      relevant: expressionOf(bind, "relevant"),
      // A note is one because nobody can write in it.
      readonly: type === "note" ? undefined : yes(expressionOf(bind, "readonly")),
      default: this.#setvalues.get(path) ?? (readText(element) || undefined),
      calculation: expressionOf(bind, "calculate"),
      appearance: control?.appearance,
      parameters: type === "range" ? rangeOf(control!.element) : undefined,
      media: this.#texts.mediaOf(label),
    };
    const said = Object.entries(given).filter(([, value]) => value !== undefined);
    this.#fields.push({ path, type, ...(metadata !== undefined && { metadata }), ...Object.fromEntries(said) });
  }
}

/** `/data/group/name` without the name of the whole form. */
function strip(path: string): string {
  return path.trim().replace(/^\/[^/]*\/?/, "").replace(/\/+$/, "");
}

function expressionOf(bind: XmlElement | undefined, name: string): string | undefined {
  const text = bind?.attributes[name]?.trim();
  return text === undefined || text === "" ? undefined : text;
}

function yes(text: string | undefined): string | undefined {
  if (text === undefined || /^(false\(\)|false|no)$/.test(text)) return undefined;
  return /^(true|yes)$/.test(text) ? "true()" : text;
}

function rangeOf({ attributes: { start, end, step } }: XmlElement): Readonly<Record<string, string>> {
  const given = Object.entries({ start, end, step }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Record<string, string>;
}
