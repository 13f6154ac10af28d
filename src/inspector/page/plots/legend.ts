/// <reference lib="dom" />
import { h, keyed, setText } from "../dom.ts";

/** A line of the legend, as texts. */
export interface LegendRow {
  readonly key: string;
  readonly title: string;
  readonly colour: string;
  readonly cells: readonly string[];
}

/** What is shown, as a table: a colour, a name, numbers, and a way to take it away. */
export class Legend {
  readonly element: HTMLElement;
  readonly #head = h("tr");
  readonly #body = h("tbody");
  readonly #onRemove: (key: string) => void;

  constructor(onRemove: (key: string) => void) {
    this.#onRemove = onRemove;
    this.element = h(
      "div",
      { class: "table legend" },
      h("table", { "aria-label": "what is shown" }, h("thead", {}, this.#head), this.#body),
    );
  }

  /** Shows these; `titles` stand above the cells. */
  show(titles: readonly string[], rows: readonly LegendRow[]): void {
    this.element.hidden = rows.length === 0;
    keyed(this.#head, ["field", ...titles, " "], {
      key: (title) => title,
      make: (title) => h("th", { scope: "col", class: title === "field" ? undefined : "num", text: title }),
    });
    keyed(this.#body, rows, {
      key: ({ key }) => `${key} ${titles.length}`,
      make: ({ key, title }) =>
        h(
          "tr",
          {},
          h("td", { title }, h("span", { class: "swatch" }), title),
          ...titles.map(() => h("td", { class: "num" })),
          h(
            "td",
            { class: "num" },
            h("button", {
              class: "quiet",
              "aria-label": `take ${title} away`,
              text: "✕",
              onClick: () => this.#onRemove(key),
            }),
          ),
        ),
      update: (element, { colour, cells }) => {
        element.querySelector<HTMLElement>(".swatch")!.style.background = colour;
        cells.forEach((cell, i) => setText(element.children[i + 1]!, cell));
      },
    });
  }
}
