/// <reference lib="dom" />
import { h, keyed, setAttribute, setText } from "./dom.ts";

/** One column of a {@linkcode DataTable}. */
export interface Column<T> {
  /** What stands above it; also its name in the URL. */
  readonly title: string;
  /** What stands in a cell; text alone. */
  readonly text: (row: T) => string;
  /** What it is sorted by; texts are, where this is missing. */
  readonly sort?: (row: T) => number | string;
  /** Whether it is a number, set to the right. @default {false} */
  readonly isNumber?: boolean;
  /** A state that the cell shows as colour: `good`, `warn`, `bad`. */
  readonly tone?: (row: T) => string | undefined;
  /** What is said of a cell that somebody points at, such as why there is no number. */
  readonly hint?: (row: T) => string | undefined;
  /** A bar behind the text, 0 to 1. */
  readonly bar?: (row: T) => number | undefined;
}

/** Options of {@linkcode DataTable}. */
export interface DataTableOptions<T> {
  /** What the table is of, for who cannot see it. */
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly key: (row: T) => string;
  /** What happens when a row is chosen; rows are then buttons. */
  readonly onChoose?: (row: T) => void;
  /** Where the order is kept, as `title` or `-title`. */
  readonly order?: { get(): string; set(order: string): void };
  /** A class of its own, for the style sheet. */
  readonly className?: string;
  /** What is said when there are no rows. */
  readonly empty?: string;
}

/** A table that is sorted by a click, and updated in place: rows stay where they are until somebody sorts. */
export class DataTable<T> {
  readonly element: HTMLElement;
  readonly #options: DataTableOptions<T>;
  readonly #body = h("tbody");
  readonly #heads: HTMLElement[];
  readonly #empty: HTMLElement;
  #rows = new Map<string, T>();
  #order: string;

  constructor(options: DataTableOptions<T>) {
    this.#options = options;
    this.#order = options.order?.get() ?? "";
    this.#heads = options.columns.map(({ title, isNumber }) =>
      h(
        "th",
        { scope: "col", class: isNumber ? "num" : undefined },
        h("button", { class: "quiet", onClick: () => this.#sortBy(title), text: title }),
      )
    );
    this.#empty = h("p", { class: "dim empty", text: options.empty ?? "none" });
    this.element = h(
      "div",
      { class: options.className === undefined ? "table" : `table ${options.className}` },
      h("table", { "aria-label": options.label }, h("thead", {}, h("tr", {}, ...this.#heads)), this.#body),
      this.#empty,
    );
    this.#showOrder();
  }

  /** Shows these rows. */
  show(rows: readonly T[]): void {
    const { key, onChoose, columns } = this.#options;
    this.#rows = new Map(rows.map((row) => [key(row), row]));
    this.#empty.hidden = rows.length > 0;
    keyed(this.#body, this.#sorted(rows), {
      key,
      make: (row) => {
        const id = key(row);
        const choose = onChoose && (() => onChoose(this.#rows.get(id) ?? row));
        return h(
          "tr",
          {
            ...(choose !== undefined && {
              tabindex: "0",
              class: "link",
              onClick: choose,
              onKeydown: (event) => (event as KeyboardEvent).key === "Enter" && choose(),
            }),
          },
          ...columns.map(({ isNumber }) => h("td", { class: isNumber ? "num" : undefined })),
        );
      },
      update: (element, row) => columns.forEach((column, i) => update(element.children[i] as HTMLElement, column, row)),
    });
  }

  #sorted(rows: readonly T[]): readonly T[] {
    const down = this.#order.startsWith("-");
    const column = this.#options.columns.find(({ title }) => title === this.#order.replace(/^-/, ""));
    if (column === undefined) return rows;
    const by = column.sort ?? column.text;
    return rows.toSorted((a, b) => {
      const [x, y] = [by(a), by(b)];
      return (x < y ? -1 : x > y ? 1 : 0) * (down ? -1 : 1);
    });
  }

  #sortBy(title: string): void {
    // Numbers: the largest first. The third click is the order in which they came.
    const { isNumber } = this.#options.columns.find((each) => each.title === title)!;
    const steps = isNumber ? [`-${title}`, title, ""] : [title, `-${title}`, ""];
    this.#order = steps[(steps.indexOf(this.#order) + 1) % steps.length]!;
    this.#options.order?.set(this.#order);
    this.#showOrder();
    this.show([...this.#rows.values()]);
  }

  #showOrder(): void {
    this.#options.columns.forEach(({ title }, i) => {
      const sort = this.#order === title ? "ascending" : this.#order === `-${title}` ? "descending" : undefined;
      setAttribute(this.#heads[i]!, "aria-sort", sort);
    });
  }
}

function update<T>(cell: HTMLElement, { text, tone, hint, bar }: Column<T>, row: T): void {
  const label = text(row);
  setText(cell, label);
  setAttribute(cell, "title", hint?.(row) ?? (label.length > 24 ? label : undefined));
  setAttribute(cell, "data-tone", tone?.(row));
  const filled = bar?.(row);
  if (bar !== undefined) cell.style.setProperty("--bar", filled === undefined ? "0%" : `${Math.round(filled * 100)}%`);
}
