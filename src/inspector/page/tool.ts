/// <reference lib="dom" />
import { h } from "./dom.ts";

/** A button of a few letters, with what it does and its key for who points at it or hears it. */
export function tool(text: string, title: string, action: () => void): HTMLButtonElement {
  return h("button", { text, title, "aria-label": title, onClick: action });
}
