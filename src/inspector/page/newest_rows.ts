/// <reference lib="dom" />
import { h, keyed, setAttribute, setText } from "./dom.ts";

/** Rows that are kept; the oldest go. */
export const MAX_ROWS = 500;

/** Options of {@linkcode NewestRows}. */
export interface NewestRowsOptions<T> {
  /** What the table is of, for who cannot see it. */
  readonly label: string;
  /** Classes of its own, for the style sheet. */
  readonly className: string;
  /** What stands above the columns, numbers first. */
  readonly columns: readonly string[];
  /** How many of them are numbers, set to the right. */
  readonly numbers: number;
  /** What tells a row from all others. */
  readonly key: (row: T) => string;
  /** A cell for each column; a row does not change. */
  readonly cells: (row: T) => readonly HTMLElement[];
  readonly onChoose: (row: T) => void;
}

/** What came, the newest first, of which one is chosen. */
export class NewestRows<T> {
  readonly element: HTMLElement;
  readonly #options: NewestRowsOptions<T>;
  readonly #body = h("tbody");
  readonly #empty = h("p", { class: "dim empty" });
  #rows: readonly T[] = [];
  #chosen: string | undefined;

  constructor(options: NewestRowsOptions<T>) {
    this.#options = options;
    const { label, className, columns, numbers } = options;
    const head = columns.map((title, i) =>
      h("th", { scope: "col", class: i < numbers ? "num" : undefined, text: title })
    );
    this.element = h(
      "div",
      { class: `table ${className}` },
      h("table", { "aria-label": label }, h("thead", {}, h("tr", {}, ...head)), this.#body),
      this.#empty,
    );
  }

  /** All rows, newest first. */
  get rows(): readonly T[] {
    return this.#rows;
  }

  /** Shows these, newest first, and what to say when there are none. */
  show(rows: readonly T[], empty: string): void {
    const { key, cells, onChoose } = this.#options;
    this.#rows = rows.slice(0, MAX_ROWS);
    setText(this.#empty, empty);
    this.#empty.hidden = rows.length > 0;
    keyed(this.#body, this.#rows, {
      key,
      make: (row) => {
        const choose = () => onChoose(row);
        return h(
          "tr",
          {
            class: "link",
            tabindex: "0",
            onClick: choose,
            onKeydown: (event) => (event as KeyboardEvent).key === "Enter" && choose(),
          },
          ...cells(row),
        );
      },
      update: (element, row) => setAttribute(element, "aria-selected", key(row) === this.#chosen ? "true" : undefined),
    });
  }

  /** Marks a row. */
  choose(key: string | undefined): void {
    this.#chosen = key;
    this.show(this.#rows, this.#empty.textContent ?? "");
  }

  /** The row above or below the chosen one. */
  step(by: 1 | -1): void {
    const { key, onChoose } = this.#options;
    const at = this.#rows.findIndex((row) => key(row) === this.#chosen);
    const next = this.#rows[Math.min(this.#rows.length - 1, Math.max(0, at + by))];
    if (next === undefined) return;
    onChoose(next);
    this.#body.children[this.#rows.indexOf(next)]?.scrollIntoView({ block: "nearest" });
  }
}
