/// <reference lib="dom" />
import { h, setAttribute, setText } from "./dom.ts";
import { UNKNOWN } from "./format.ts";

/** A number that matters, with what it is and what it means. */
export class NumberTile {
  readonly element: HTMLElement;
  readonly #value = h("span", { text: UNKNOWN });
  readonly #unit = h("small");
  readonly #note = h("div", { class: "note" });

  constructor(title: string) {
    this.element = h(
      "article",
      { class: "card", "aria-label": title },
      h("h2", { text: title }),
      h("div", { class: "value" }, this.#value, this.#unit),
      this.#note,
    );
  }

  /** Shows a value, its unit, what it means, and whether that is good. */
  show(value: string, { unit = "", note = "", tone }: {
    readonly unit?: string;
    readonly note?: string;
    readonly tone?: "good" | "warn" | "bad" | undefined;
  } = {}): void {
    setText(this.#value, value);
    setText(this.#unit, unit);
    setText(this.#note, note);
    setAttribute(this.#note, "title", note);
    setAttribute(this.#value, "data-tone", tone);
  }
}
