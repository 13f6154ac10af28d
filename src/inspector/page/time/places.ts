/// <reference lib="dom" />
import { h, keyed } from "../dom.ts";
import type { View } from "../page.ts";
import { type Bookmark, cleanLabel, readBookmarks, toggleBookmark, writeBookmarks } from "./bookmarks.ts";
import { offset } from "./time_window.ts";

/** Bookmarks, as buttons with names to write; the address has them. */
export class Places {
  readonly element = h("ul", { class: "places", "aria-label": "bookmarks" });
  readonly #view: View;
  readonly #onGo: (ns: number) => void;
  readonly #onChange: () => void;
  #all: Bookmark[];

  constructor(view: View, { onGo, onChange }: { readonly onGo: (ns: number) => void; readonly onChange: () => void }) {
    [this.#view, this.#onGo, this.#onChange] = [view, onGo, onChange];
    this.#all = readBookmarks(view.param("places"));
    this.#show();
  }

  /** All of them, in the order of time. */
  get all(): readonly Bookmark[] {
    return this.#all;
  }

  /** Adds a place, or takes away what is within `nearNs`. */
  toggle(atNs: number, nearNs: number): void {
    this.#change(toggleBookmark(this.#all, atNs, nearNs));
  }

  /** Goes to the next one behind a time; behind the last to the first. */
  next(ns: number): void {
    const next = this.#all.find(({ atNs }) => atNs > ns) ?? this.#all[0];
    if (next !== undefined) this.#onGo(next.atNs);
  }

  #change(all: Bookmark[]): void {
    this.#all = all;
    this.#view.setParam("places", writeBookmarks(all));
    this.#show();
    this.#onChange();
  }

  #show(): void {
    keyed(this.element, this.#all, {
      key: ({ atNs }) => `${atNs}`,
      make: ({ atNs }) => {
        const about = `name of the bookmark at ${offset(atNs)}`;
        const name = h("input", { class: "label", "aria-label": about, maxlength: 40 });
        name.addEventListener("change", () => {
          const label = cleanLabel(name.value);
          this.#change(this.#all.map((each) => each.atNs === atNs ? { ...each, label } : each));
        });
        return h(
          "li",
          {},
          h("button", { class: "quiet num", text: `★ ${offset(atNs)}`, onClick: () => this.#onGo(atNs) }),
          name,
        );
      },
      update: (element, { label }) => void ((element.lastElementChild as HTMLInputElement).value = label),
    });
  }
}
