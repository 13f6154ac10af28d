/// <reference lib="dom" />
import { h, setAttribute, setText } from "./dom.ts";
import { UNKNOWN } from "./format.ts";
import { Spark } from "./spark.ts";

/** A number that matters, with what it is and what it means. */
export class NumberTile {
  readonly element: HTMLElement;
  readonly #value = h("span", { text: UNKNOWN });
  readonly #unit = h("small");
  readonly #note = h("div", { class: "note" });
  readonly #spark: Spark | undefined;

  constructor(title: string, { spark = false }: { readonly spark?: boolean } = {}) {
    this.#spark = spark ? new Spark() : undefined;
    this.element = h(
      "article",
      { class: "card", "aria-label": title },
      h("h2", { text: title }),
      h("div", { class: "value" }, this.#value, this.#unit),
      this.#note,
      this.#spark?.element,
    );
  }

  /** Shows a value, its unit, what it means, whether that is good, and how it was. */
  show(value: string, { unit = "", note = "", tone, values }: {
    readonly unit?: string;
    readonly note?: string;
    readonly tone?: "good" | "warn" | "bad" | undefined;
    readonly values?: readonly number[];
  } = {}): void {
    setText(this.#value, value);
    setText(this.#unit, unit);
    setText(this.#note, note);
    setAttribute(this.#note, "title", note);
    setAttribute(this.#value, "data-tone", tone);
    if (values !== undefined) this.#spark?.show(values);
  }
}
