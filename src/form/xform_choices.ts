import type { FormProblems } from "./problems.ts";
import type { FieldType, FormChoice } from "./schema.ts";
import { readItemset } from "./xform_body.ts";
import type { XFormTexts } from "./xform_texts.ts";
import { elementOf, elementsOf, textOf, type XmlElement } from "./xml.ts";

/** The lists of choices of an XForm: its further instances, and those that stand in the body. */
export class XFormChoices {
  readonly #texts: XFormTexts;
  readonly #problems: FormProblems;
  readonly #lists = new Map<string, readonly FormChoice[]>();
  readonly #files = new Map<string, string>();

  constructor(model: XmlElement, texts: XFormTexts, problems: FormProblems) {
    this.#texts = texts;
    this.#problems = problems;
    for (const instance of elementsOf(model, "instance").slice(1)) {
      const { id = "", src } = instance.attributes;
      if (src !== undefined) this.#files.set(id, src.slice(src.lastIndexOf("/") + 1));
      else if (id !== "__proto__") {
        const items = elementsOf(elementOf(instance, "root") ?? instance, "item");
        this.#lists.set(id, this.#read(items.map((item) => this.#choice(item)), id, instance.line));
      }
    }
  }

  /** What a field chooses from. */
  of(
    path: string,
    type: FieldType,
    control: XmlElement | undefined,
  ): { list?: string; choicesFile?: string; choiceFilter?: string } {
    if (control === undefined || (type !== "select_one" && type !== "select_multiple" && type !== "rank")) return {};
    const itemset = readItemset(control);
    const place = { row: control.line };
    if (itemset.kind === "unserved") {
      this.#problems.warn(
        place,
        `${path}: choices from ${itemset.what} are not served: answers are not compared with them`,
      );
      return { choicesFile: itemset.what };
    }
    if (itemset.kind === "inline") return { list: this.#addInline(path, itemset.items, control.line) };
    const file = this.#files.get(itemset.list);
    if (file !== undefined) {
      this.#problems.warn(place, `${path}: choices from a file are not served: answers are not compared with ${file}`);
      return { choicesFile: file };
    }
    if (!this.#lists.has(itemset.list)) {
      this.#problems.error(place, `${path}: the form has no instance ${itemset.list}`);
      return {};
    }
    return { list: itemset.list, ...(itemset.filter !== undefined && { choiceFilter: itemset.filter }) };
  }

  /** Every list, by its name. */
  lists(): Readonly<Record<string, readonly FormChoice[]>> {
    return Object.fromEntries(this.#lists);
  }

  #addInline(path: string, items: readonly XmlElement[], line: number): string {
    const choices = items.map((item): FormChoice => {
      const label = elementOf(item, "label");
      return this.#make(
        textOf(elementOf(item, "value") ?? item).trim(),
        this.#texts.of(label),
        this.#texts.mediaOf(label),
      );
    });
    const list = this.#lists.has(path) ? `${path}#` : path;
    this.#lists.set(list, this.#read(choices, path, line));
    return list;
  }

  #choice(item: XmlElement): FormChoice {
    let [name, label] = ["", undefined as Readonly<Record<string, string>> | undefined];
    const extra: [string, string][] = [];
    let media: FormChoice["media"];
    for (const each of elementsOf(item)) {
      const text = textOf(each).trim();
      if (each.name === "name") name = text;
      else if (each.name === "label") label = text === "" ? undefined : { default: text };
      else if (each.name === "itextId") {
        label = this.#texts.byId(text);
        media = this.#texts.mediaOf({ ...each, attributes: { ref: `jr:itext('${text}')` } });
      } else if (text !== "" && each.name !== "__proto__") extra.push([each.name, text]);
    }
    return this.#make(name, label, media, extra.length === 0 ? undefined : Object.fromEntries(extra));
  }

  #make(name: string, label: FormChoice["label"], media: FormChoice["media"], extra?: FormChoice["extra"]): FormChoice {
    return { name, ...(label && { label }), ...(extra && { extra }), ...(media && { media }) };
  }

  #read(choices: readonly FormChoice[], list: string, line: number): readonly FormChoice[] {
    const names = new Map<string, FormChoice>();
    for (const choice of choices) {
      if (choice.name === "" || /[^\S ]/.test(choice.name)) {
        this.#problems.error(
          { row: line },
          `list ${list}: expected a name in one line, found ${JSON.stringify(choice.name.slice(0, 80))}`,
        );
      } else if (names.has(choice.name)) this.#problems.warn({ row: line }, `list ${list} has ${choice.name} twice`);
      if (!names.has(choice.name)) names.set(choice.name, choice);
    }
    return [...names.values()];
  }
}
