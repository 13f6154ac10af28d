/// <reference lib="dom" />
import { nameCut } from "./name_cut.ts";
import { h, keyed, setAttribute, setText } from "./dom.ts";
import * as format from "./format.ts";
import type { SnapshotChannel } from "../snapshot.ts";

/** Names of channels to choose from, with what goes through them, and a field to find one. */
export class ChannelList {
  readonly element: HTMLElement;
  readonly #items = h("ul", { class: "channels" });
  readonly #find = h("input", { type: "search", placeholder: "Find a channel", "aria-label": "find a channel" });
  readonly #onChoose: (name: string) => void;
  #shown: readonly [readonly SnapshotChannel[], string] = [[], ""];

  constructor(onChoose: (name: string) => void) {
    this.#onChoose = onChoose;
    this.#find.addEventListener("input", () => this.show(...this.#shown));
    this.element = h("nav", { class: "chooser", "aria-label": "channels" }, this.#find, this.#items);
  }

  /** Shows channels, of which one is chosen. */
  show(channels: readonly SnapshotChannel[], chosen: string): void {
    this.#shown = [channels, chosen];
    this.#find.hidden = channels.length < 12;
    const wanted = this.#find.value.toLowerCase();
    keyed(this.#items, channels.filter(({ name }) => name.toLowerCase().includes(wanted)), {
      key: ({ name }) => name,
      make: ({ name }) => {
        const choose = () => {
          this.#onChoose(name);
          this.show(this.#shown[0], name);
        };
        return h(
          "li",
          {},
          h(
            "button",
            { class: "quiet", title: name, onClick: choose },
            nameCut(name),
            h("span", { class: "num dim" }),
          ),
        );
      },
      update: (element, { name, hz, count }) => {
        const button = element.firstElementChild!;
        setAttribute(button, "aria-current", name === chosen ? "true" : undefined);
        setText(button.lastElementChild!, hz === undefined ? format.count(count) : `${format.rate(hz)}/s`);
      },
    });
  }
}
