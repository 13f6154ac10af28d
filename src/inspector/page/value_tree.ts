/// <reference lib="dom" />
import { h } from "./dom.ts";
import * as format from "./format.ts";
import { visible } from "./visible.ts";

/** Fields of an object that are open at first. */
const OPEN_FIELDS = 24;

/** A decoded value, as `toTree()` of the server wrote it, to unfold. It stands there as text, whatever is in it. */
export function valueTree(value: unknown): HTMLElement {
  return h("div", { class: "tree mono", role: "tree" }, branch(undefined, value, 0));
}

/** The same on one line, cut. */
export function valueLine(value: unknown, most = 240): string {
  const text = line(value, 0);
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** What was written for a value that JSON has none for. */
type Special = Readonly<Record<string, unknown>> & { readonly $: string };

function branch(name: string | undefined, value: unknown, depth: number): HTMLElement {
  const items = itemsOf(value);
  const key = name === undefined ? undefined : h("span", { class: "key", text: `${keyText(name)}: ` });
  if (items === undefined) return h("div", { class: "leaf", role: "treeitem" }, key, leaf(value));
  const { entries, head, more } = items;
  const details = h(
    "details",
    { role: "treeitem" },
    h(
      "summary",
      {},
      key,
      h("span", { class: "dim", text: `${head} ` }),
      h("span", { class: "brief", text: brief(value) }),
    ),
  );
  let isFilled = false;
  const fill = () => {
    if (isFilled) return;
    isFilled = true;
    details.append(h(
      "div",
      { class: "children", role: "group" },
      ...entries.map(([key, each]) => branch(key, each, depth + 1)),
      more > 0 && h("div", { class: "dim", text: `… ${format.count(more)} more` }),
    ));
  };
  details.addEventListener("toggle", fill);
  if (depth === 0 || depth < 3 && entries.length <= OPEN_FIELDS && !Array.isArray(value)) {
    fill();
    details.open = true;
  }
  return details;
}

interface Items {
  readonly head: string;
  readonly entries: readonly (readonly [string, unknown])[];
  /** How many are not there. */
  readonly more: number;
}

function itemsOf(value: unknown): Items | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) return list(value, value.length, "");
  if (!isSpecial(value)) {
    const entries = Object.entries(value);
    return { head: `{${entries.length}}`, entries, more: 0 };
  }
  const { $, items, length, size, type } = value;
  if ($ === "array") return list(items as unknown[], Number(length), type === undefined ? "" : String(type));
  if ($ === "set") return list(items as unknown[], Number(size), "Set ");
  if ($ !== "object" && $ !== "map") return undefined;
  const entries = (items as [unknown, unknown][]).map(([key, each]) =>
    [typeof key === "string" ? key : line(key, 0), each] as const
  );
  return { head: `${$ === "map" ? "Map " : ""}{${size}}`, entries, more: Number(size) - entries.length };
}

function list(items: readonly unknown[], length: number, type: string): Items {
  return { head: `${type}[${length}]`, entries: items.map((each, i) => [`${i}`, each]), more: length - items.length };
}

function leaf(value: unknown): HTMLElement {
  const kind = value === null ? "null" : isSpecial(value) ? value.$ : typeof value;
  return h("span", { class: `value ${kind}`, text: line(value, 0) });
}

/** Control characters are shown, so that nothing hides in a text. */
function quoted(text: string): string {
  return visible(JSON.stringify(text));
}

/** A name as it is, where nothing hides in it. */
function keyText(name: string): string {
  const text = quoted(name);
  return name === "" || name.trim() !== name || text.length !== name.length + 2 ? text : name;
}

function line(value: unknown, depth: number): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (isSpecial(value)) {
    if (value.$ === "text") return `${quoted(String(value.text))} … ${format.count(Number(value.length))} characters`;
    if (value.$ === "bigint") return `${value.text}n`;
    if (value.$ === "bytes") {
      return `${format.bytes(Number(value.length))} ${String(value.hex).slice(0, 48)}${
        Number(value.length) > 24 ? "…" : ""
      }`;
    }
    if (value.$ === "undefined") return "undefined";
    if (value.$ === "more") return `${value.type} …`;
    if ("text" in value) return String(value.text);
  }
  const { entries, more } = itemsOf(value)!;
  if (depth > 2) return Array.isArray(value) ? "[…]" : "{…}";
  const isList = Array.isArray(value) || isSpecial(value) && (value.$ === "array" || value.$ === "set");
  const parts = entries.slice(0, 16).map(([key, each]) =>
    isList ? line(each, depth + 1) : `${keyText(key)}: ${line(each, depth + 1)}`
  );
  if (more > 0 || entries.length > 16) parts.push("…");
  return isList ? `[${parts.join(", ")}]` : parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`;
}

function brief(value: unknown): string {
  return valueLine(value, 96);
}

function isSpecial(value: unknown): value is Special {
  return typeof value === "object" && value !== null && typeof (value as Special).$ === "string";
}

/** The value as JSON that other programs read: bigint, NaN and dates as text, bytes as hex, what was cut as it is. */
export function plainJson(value: unknown): string {
  return JSON.stringify(value, (_, each) => {
    if (!isSpecial(each)) return each;
    if ("items" in each) {
      return each.$ === "object" || each.$ === "map"
        ? Object.fromEntries(
          (each.items as [unknown, unknown][]).map(([key, one]) => [typeof key === "string" ? key : line(key, 0), one]),
        )
        : each.items;
    }
    return each.$ === "bytes" ? each.hex : each.text ?? null;
  }, 2);
}
