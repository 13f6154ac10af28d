import { elementOf, elementsOf, type XmlElement } from "./xml.ts";

/** How a field is asked for. */
export interface Control {
  /** The element: `input`, `select1`, `upload`. */
  readonly element: XmlElement;
  readonly appearance?: string;
}

/** What the body of an XForm says, by path. */
export interface Body {
  readonly controls: ReadonlyMap<string, Control>;
  readonly groups: ReadonlyMap<string, XmlElement>;
  readonly repeats: ReadonlyMap<string, XmlElement>;
}

const CONTROLS = new Set(["input", "select1", "select", "rank", "range", "upload", "trigger", "secret"]);

/** Reads the body; `strip` makes a path of the form of `/data/group/name`. */
export function readBody(body: XmlElement | undefined, strip: (path: string) => string): Body {
  const controls = new Map<string, Control>();
  const groups = new Map<string, XmlElement>();
  const repeats = new Map<string, XmlElement>();
  const walk = (parent: XmlElement, around: string) => {
    for (const element of elementsOf(parent)) {
      const { ref, nodeset, appearance } = element.attributes;
      const given = ref ?? nodeset;
      const path = given === undefined
        ? around
        : strip(given.trim().startsWith("/") ? given : `${around}/${given.trim()}`);
      if (CONTROLS.has(element.name) && given !== undefined) {
        // The first one counts; a form may ask for one field in two places.
        if (!controls.has(path)) controls.set(path, { element, ...(appearance !== undefined && { appearance }) });
      } else if (element.name === "group" || element.name === "repeat") {
        if (element.name === "repeat") repeats.set(path, element);
        else if (given !== undefined) groups.set(path, element);
        walk(element, element.name === "group" && given === undefined ? around : path);
      }
    }
  };
  if (body !== undefined) walk(body, "");
  return { controls, groups, repeats };
}

/** Where the choices of a control are. */
export type Itemset =
  | { readonly kind: "inline"; readonly items: readonly XmlElement[] }
  | { readonly kind: "list"; readonly list: string; readonly filter?: string }
  | { readonly kind: "unserved"; readonly what: string };

/** Reads what a select may choose from: `<item>`s, or those of an `instance('list')` that a `[filter]` takes. */
export function readItemset(control: XmlElement): Itemset {
  const itemset = elementOf(control, "itemset");
  if (itemset === undefined) return { kind: "inline", items: elementsOf(control, "item") };
  let nodeset = (itemset.attributes.nodeset ?? "").trim();
  // In which order choices are shown is no matter here.
  const shuffled =
    /^randomize\(\s*(instance\([\s\S]*\])\s*(?:,[^\]]*)?\)$|^randomize\(\s*(instance\([^[\]]*?item)\s*(?:,[^\]]*)?\)$/
      .exec(nodeset);
  if (shuffled !== null) nodeset = shuffled[1] ?? shuffled[2]!;
  const found = /^instance\(\s*(?:'([^']*)'|"([^"]*)")\s*\)\s*\/\s*root\s*\/\s*item\s*(?:\[([\s\S]*)\])?$/.exec(
    nodeset,
  );
  if (found === null) return { kind: "unserved", what: nodeset.slice(0, 120) };
  const [, single, double, filter] = found;
  return { kind: "list", list: single ?? double!, ...(filter !== undefined && { filter: filter.trim() }) };
}
