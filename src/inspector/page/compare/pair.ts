/// <reference lib="dom" />
import { h, keyed, setText } from "../dom.ts";
import { valueTree } from "../value_tree.ts";
import { diffTrees } from "./tree_diff.ts";

/** One side: what it is, and its value. */
export interface Side {
  readonly title: string;
  /** The same above a column. */
  readonly short: string;
  readonly note: string;
  readonly value?: unknown;
  readonly problem?: string;
}

/** Two values beside each other, and above them where they differ. */
export class Pair {
  readonly element: HTMLElement;
  readonly #title = h("h2");
  readonly #rows = h("tbody");
  readonly #table: HTMLElement;
  readonly #sides = h("div", { class: "sides" });
  #shown = "";

  constructor() {
    this.#table = h(
      "div",
      { class: "table differences" },
      h(
        "table",
        { "aria-label": "where they differ" },
        h(
          "thead",
          {},
          h("tr", {}, ...["where", "this", "the other"].map((text) => h("th", { scope: "col", text }))),
        ),
        this.#rows,
      ),
    );
    this.element = h("section", { class: "pair", "aria-label": "values" }, this.#title, this.#table, this.#sides);
    this.element.hidden = true;
  }

  /** Shows two of them; nothing for none. */
  show(title: string, sides: readonly [Side, Side] | undefined): void {
    const shown = JSON.stringify([title, sides]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.element.hidden = sides === undefined;
    if (sides === undefined) return;
    setText(this.#title, title);
    const [a, b] = sides;
    const heads = this.#table.querySelectorAll("th");
    setText(heads[1]!, a.short);
    setText(heads[2]!, b.short);
    const hasBoth = "value" in a && "value" in b;
    this.#table.hidden = !hasBoth;
    keyed(this.#rows, hasBoth ? diffTrees(a.value, b.value) : [], {
      key: ({ path, a, b }) => JSON.stringify([path, a, b]),
      make: ({ path, a, b }) =>
        h(
          "tr",
          {},
          h("td", { class: "mono", text: path || "the value" }),
          h("td", { class: "mono", text: a ?? "nothing", "data-tone": a === undefined ? "warn" : "good" }),
          h("td", { class: "mono", text: b ?? "nothing", "data-tone": b === undefined ? "warn" : "bad" }),
        ),
    });
    this.#sides.replaceChildren(...sides.map(({ title, note, problem, ...rest }) =>
      h(
        "article",
        { class: "side" },
        h("h3", { text: title }),
        h("p", { class: "dim num", text: note }),
        problem !== undefined
          ? h("pre", { class: "error", text: problem })
          : "value" in rest
          ? valueTree(rest.value)
          : h("p", { class: "dim", text: "nothing there" }),
      )
    ));
  }
}
