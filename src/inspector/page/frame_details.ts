/// <reference lib="dom" />
import { ask } from "./api.ts";
import { copyAsJson, detailsPanel, valueOrProblem } from "./details_panel.ts";
import { h, setText } from "./dom.ts";
import * as format from "./format.ts";
import { hexDump } from "./hex.ts";
import type { View } from "./page.ts";
import type { FrameRow } from "../snapshot.ts";

/** A row, and as many of its bytes as came with it. */
export interface Shown {
  readonly row: FrameRow;
  readonly data: Uint8Array | undefined;
}

/** So much is fetched without being asked for. */
const SMALL_BYTES = 65_536;

/** One frame: its value to unfold, its bytes, and all of it when it was cut. */
export class FrameDetails {
  readonly element: HTMLElement;
  readonly #view: View;
  readonly #title = h("h2");
  readonly #facts = h("p", { class: "dim num" });
  readonly #value = h("div");
  readonly #hex = h("pre", { class: "hex" });
  readonly #hexHead = h("h3", { text: "Bytes" });
  readonly #all = h("button", { text: "Fetch all of it" });
  readonly #copy = h("button", { text: "Copy as JSON" });
  #shown: Shown | undefined;
  #channel = "";

  constructor(view: View, { onClose }: { readonly onClose: () => void }) {
    this.#view = view;
    this.#all.addEventListener("click", () => void this.#fetchAll());
    this.#copy.addEventListener("click", () => void copyAsJson(view, this.#shown?.row.value));
    this.element = detailsPanel(
      { label: "frame", className: "frame", title: this.#title, onClose },
      this.#facts,
      h("div", { class: "row" }, this.#copy, this.#all),
      this.#value,
      this.#hexHead,
      this.#hex,
    );
  }

  /** Shows a frame of a channel; nothing for none. */
  show(shown: Shown | undefined, channel: string): void {
    if (shown === this.#shown && channel === this.#channel) return;
    [this.#shown, this.#channel] = [shown, channel];
    this.element.hidden = shown === undefined;
    if (shown === undefined) return;
    const { row, data } = shown;
    setText(this.#title, `Frame ${format.count(row.index)}`);
    setText(this.#facts, `${format.time(row.timeNs)} · ${format.bytes(row.size)}`);
    const isHere = data === undefined ? row.size <= SMALL_BYTES : data.length === row.size;
    this.#all.hidden = isHere && !isCut(row.value);
    this.#showValue(row);
    this.#showBytes(data, row.size);
    // What is not here yet is small in a recording: it is fetched at once.
    if (data === undefined && isHere) void this.#fetchBytes();
  }

  #showValue({ value, problem }: FrameRow): void {
    this.#value.replaceChildren(valueOrProblem(value, problem));
    this.#copy.disabled = problem !== undefined;
  }

  #showBytes(data: Uint8Array | undefined, size: number): void {
    setText(
      this.#hexHead,
      data === undefined || data.length === size ? "Bytes" : `Bytes, the first ${format.bytes(data.length)}`,
    );
    setText(this.#hex, data === undefined ? "…" : hexDump(data));
  }

  async #fetchAll(): Promise<void> {
    const shown = this.#shown!;
    try {
      const row = await this.#view.get("frame", { channel: this.#channel, index: shown.row.index }) as FrameRow;
      if (this.#shown !== shown) return;
      this.#all.hidden = true;
      this.#shown = { ...shown, row };
      this.#showValue(row);
      await this.#fetchBytes();
    } catch (error) {
      this.#view.say((error as Error).message);
    }
  }

  async #fetchBytes(): Promise<void> {
    const shown = this.#shown!;
    const query = new URLSearchParams({ channel: this.#channel, index: `${shown.row.index}`, as: "bytes" });
    const response = await ask(`/api/sources/${this.#view.source.id}/frame?${query}`, { signal: this.#view.signal });
    if (!response.ok || this.#shown !== shown) return;
    this.#showBytes(new Uint8Array(await response.arrayBuffer()), shown.row.size);
  }
}

/** Whether a part of a value was left out. */
function isCut(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { $, items, length, size, hex } = value as Readonly<Record<string, unknown>>;
  if ($ === "text" || $ === "more") return true;
  if ($ === "bytes") return String(hex).length / 2 < Number(length);
  if ($ === "array" || $ === "object" || $ === "map" || $ === "set") {
    if ((items as unknown[]).length < Number(length ?? size)) return true;
  }
  return Object.values(value).some((each) => isCut(each));
}
