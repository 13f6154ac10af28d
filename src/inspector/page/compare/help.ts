/// <reference lib="dom" />
import { h } from "../dom.ts";

/** What to do where there is nothing to compare with. */
export function help(): HTMLElement {
  return h(
    "div",
    { class: "hint" },
    h("p", { text: "There is nothing to compare this with." }),
    h("p", {}, h("code", { text: "tinman inspect ONE OTHER" }), " shows two recordings beside each other."),
    h(
      "p",
      {},
      h("code", { text: "tinman replay ONE nodes.ts --verify --speed 1 --inspect" }),
      " compares a replay while it runs.",
    ),
  );
}
