/// <reference lib="dom" />
import { h } from "./dom.ts";

// Names of one family differ at their end.
const TAIL = 12;

/** A name that is cut before its last letters where there is no room for all of it. */
export function nameCut(name: string): HTMLElement {
  const letters = [...name];
  const at = Math.max(0, letters.length - TAIL);
  const part = (from: number, to?: number) => letters.slice(from, to).join("");
  return h(
    "span",
    { class: "name-cut" },
    h("span", { class: "cut", text: part(0, at) }),
    h("span", { text: part(at) }),
  );
}
