import type { Texts } from "./schema.ts";
import { elementOf, elementsOf, type XmlElement } from "./xml.ts";

/** The translations of an XForm: texts by their id, then by what they are for (`label`, `guidance`, `image`). */
export class XFormTexts {
  /** In the order of the form. */
  readonly languages: string[] = [];
  /** The one that the form begins in. */
  readonly defaultLanguage: string | undefined;
  readonly #texts = new Map<string, Map<string, Record<string, string>>>();

  constructor(model: XmlElement | undefined) {
    for (const translation of elementsOf(elementOf(model, "itext") ?? EMPTY, "translation")) {
      const { lang = "default", default: first } = translation.attributes;
      if (lang === "__proto__" || this.languages.includes(lang) || this.languages.length >= 200) continue;
      this.languages.push(lang);
      if (first !== undefined && first !== "false()") this.defaultLanguage ??= lang;
      for (const text of elementsOf(translation, "text")) this.#take(text, lang);
    }
  }

  /** The texts of a label, a hint or a message: `jr:itext('id')` in `ref`, or what stands in the element. */
  of(element: XmlElement | undefined, form = "label"): Texts | undefined {
    if (element === undefined) return undefined;
    const { ref } = element.attributes;
    if (ref !== undefined) return this.byReference(ref, form);
    const text = form === "label" ? readText(element) : "";
    return text === "" ? undefined : { default: text };
  }

  /** The texts that `jr:itext('id')` names; other text is itself. */
  byReference(text: string | undefined, form = "label"): Texts | undefined {
    if (text === undefined) return undefined;
    const id = /^\s*jr:itext\(\s*(?:'([^']*)'|"([^"]*)")\s*\)\s*$/.exec(text);
    if (id === null) return form === "label" && text.trim() !== "" ? { default: text } : undefined;
    return this.byId(id[1] ?? id[2]!, form);
  }

  /** The texts with an id. */
  byId(id: string, form = "label"): Texts | undefined {
    const found = this.#texts.get(id)?.get(form);
    return found === undefined || Object.keys(found).length === 0 ? undefined : found;
  }

  /** The files that are shown with a text. */
  mediaOf(element: XmlElement | undefined): Readonly<Record<string, Texts>> | undefined {
    const ref = element?.attributes.ref;
    const found = ["image", "audio", "video", "big-image"].flatMap((form) => {
      const texts = this.byReference(ref, form);
      return texts === undefined ? [] : [[form, texts] as const];
    });
    return found.length === 0 ? undefined : Object.fromEntries(found);
  }

  #take(text: XmlElement, lang: string): void {
    const id = text.attributes.id ?? "";
    const forms = this.#texts.get(id) ?? new Map<string, Record<string, string>>();
    this.#texts.set(id, forms);
    for (const value of elementsOf(text, "value")) {
      const form = value.attributes.form ?? "label";
      const shown = readText(value).replace(/^jr:\/\/[a-z]+\//, "");
      // pyxform writes a lone dash where a language has no text.
      if (shown === "" || shown === "-") continue;
      const texts = forms.get(form) ?? {};
      forms.set(form, texts);
      texts[lang] = shown;
    }
  }
}

/** The text of an element, with `${name}` for each value that is shown in it. */
export function readText(element: XmlElement): string {
  const text = element.content.map((each) => {
    if (typeof each === "string") return each;
    if (each.name !== "output") return readText(each);
    const value = (each.attributes.value ?? each.attributes.ref ?? "").trim();
    return `\${${value.slice(value.lastIndexOf("/") + 1)}}`;
  });
  return text.join("").trim();
}

const EMPTY: XmlElement = { name: "", attributes: {}, content: [], line: 0 };
