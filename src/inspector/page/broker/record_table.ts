/// <reference lib="dom" />
import type { RecordRow } from "../../broker_records.ts";
import { h, keyed, setAttribute, setText } from "../dom.ts";
import * as format from "../format.ts";
import { valueLine } from "../value_tree.ts";

/** Rows that are kept; the oldest go. */
export const MAX_RECORDS = 500;

/** What tells a record from all others of its topic. */
export function recordKey({ partition, offset }: Pick<RecordRow, "partition" | "offset">): string {
  return `${partition}:${offset}`;
}

/** Records of a topic, the newest first, of which one is chosen. */
export class RecordTable {
  readonly element: HTMLElement;
  readonly #body = h("tbody");
  readonly #empty = h("p", { class: "dim empty" });
  readonly #onChoose: (row: RecordRow) => void;
  #rows: readonly RecordRow[] = [];
  #chosen = "";

  constructor(onChoose: (row: RecordRow) => void) {
    this.#onChoose = onChoose;
    const head = ["partition", "offset", "time", "bytes", "key", "value"].map((title, i) =>
      h("th", { scope: "col", class: i < 4 ? "num" : undefined, text: title })
    );
    this.element = h(
      "div",
      { class: "table frames records" },
      h("table", { "aria-label": "records" }, h("thead", {}, h("tr", {}, ...head)), this.#body),
      this.#empty,
    );
  }

  /** All rows, newest first. */
  get rows(): readonly RecordRow[] {
    return this.#rows;
  }

  /** Shows these, newest first, and what to say when there are none. */
  show(rows: readonly RecordRow[], empty: string): void {
    this.#rows = rows.slice(0, MAX_RECORDS);
    setText(this.#empty, empty);
    this.#empty.hidden = rows.length > 0;
    keyed(this.#body, this.#rows, {
      key: recordKey,
      make: (row) => this.#make(row),
      update: (element, row) =>
        setAttribute(element, "aria-selected", recordKey(row) === this.#chosen ? "true" : undefined),
    });
  }

  /** Marks a row. */
  choose(key: string): void {
    this.#chosen = key;
    this.show(this.#rows, this.#empty.textContent ?? "");
  }

  /** The row above or below the chosen one. */
  step(by: 1 | -1): void {
    const at = this.#rows.findIndex((row) => recordKey(row) === this.#chosen);
    const next = this.#rows[Math.min(this.#rows.length - 1, Math.max(0, at + by))];
    if (next === undefined) return;
    this.#onChoose(next);
    this.#body.children[this.#rows.indexOf(next)]?.scrollIntoView({ block: "nearest" });
  }

  #make(row: RecordRow): HTMLElement {
    const { partition, offset, timestampMs, size, key, value, problem } = row;
    const choose = () => this.#onChoose(row);
    const timeNs = `${timestampMs}000000`;
    return h(
      "tr",
      {
        class: "link",
        tabindex: "0",
        onClick: choose,
        onKeydown: (event) => (event as KeyboardEvent).key === "Enter" && choose(),
      },
      h("td", { class: "num dim", text: `${partition}` }),
      h("td", { class: "num", text: format.count(offset) }),
      h("td", { class: "num", title: format.time(timeNs), text: format.time(timeNs, { date: false }) }),
      h("td", { class: "num", text: format.bytes(size) }),
      h("td", { class: "mono cut", text: key === undefined ? format.UNKNOWN : valueLine(key, 80) }),
      problem !== undefined
        ? h("td", { class: "cut", "data-tone": "bad", text: problem })
        : value === undefined
        ? h("td", { class: "dim", text: "removed: this key is gone" })
        : h("td", { class: "mono cut", text: valueLine(value) }),
    );
  }
}
