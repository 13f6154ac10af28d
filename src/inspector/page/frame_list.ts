/// <reference lib="dom" />
import { h, keyed, setAttribute } from "./dom.ts";
import * as format from "./format.ts";
import type { Shown } from "./frame_details.ts";
import { valueLine } from "./value_tree.ts";

/** Rows that are kept; the oldest go. */
export const MAX_ROWS = 500;

/** Frames of one channel, the newest first, of which one is chosen. */
export class FrameList {
  readonly element: HTMLElement;
  readonly #body = h("tbody");
  readonly #empty = h("p", { class: "dim empty" });
  readonly #onChoose: (shown: Shown) => void;
  #rows: Shown[] = [];
  #chosen: number | undefined;

  constructor(onChoose: (shown: Shown) => void) {
    this.#onChoose = onChoose;
    const head = ["#", "time", "bytes", "value"].map((title, i) =>
      h("th", { scope: "col", class: i < 3 ? "num" : undefined, text: title })
    );
    this.element = h(
      "div",
      { class: "table frames" },
      h("table", { "aria-label": "frames" }, h("thead", {}, h("tr", {}, ...head)), this.#body),
      this.#empty,
    );
  }

  /** All rows, newest first. */
  get rows(): readonly Shown[] {
    return this.#rows;
  }

  /** Shows these, newest first, and what to say when there are none. */
  show(rows: readonly Shown[], empty: string): void {
    this.#rows = rows.slice(0, MAX_ROWS);
    this.#empty.textContent = empty;
    this.#empty.hidden = rows.length > 0;
    keyed(this.#body, this.#rows, {
      key: ({ row }) => `${row.index}`,
      make: (shown) => {
        const { row: { index, timeNs, size, value, problem } } = shown;
        const choose = () => this.#onChoose(shown);
        return h(
          "tr",
          {
            class: "link",
            tabindex: "0",
            onClick: choose,
            onKeydown: (event) => (event as KeyboardEvent).key === "Enter" && choose(),
          },
          h("td", { class: "num dim", text: format.count(index) }),
          h("td", { class: "num", title: format.time(timeNs), text: format.time(timeNs, { date: false }) }),
          h("td", { class: "num", text: format.bytes(size) }),
          problem === undefined
            ? h("td", { class: "mono cut", text: valueLine(value) })
            : h("td", { class: "cut", "data-tone": "bad", text: problem }),
        );
      },
      update: (element, { row }) =>
        setAttribute(element, "aria-selected", row.index === this.#chosen ? "true" : undefined),
    });
  }

  /** Marks a row. */
  choose(index: number | undefined): void {
    this.#chosen = index;
    this.show(this.#rows, this.#empty.textContent ?? "");
  }

  /** The row above or below the chosen one. */
  step(by: 1 | -1): void {
    const at = this.#rows.findIndex(({ row }) => row.index === this.#chosen);
    const next = this.#rows[Math.min(this.#rows.length - 1, Math.max(0, at + by))];
    if (next === undefined) return;
    this.#onChoose(next);
    this.#body.children[this.#rows.indexOf(next)]?.scrollIntoView({ block: "nearest" });
  }
}
