/// <reference lib="dom" />
import { ask } from "../api.ts";
import type { RecordRow } from "../../broker_records.ts";
import { copyAsJson, detailsPanel, valueOrProblem } from "../details_panel.ts";
import { h, setText } from "../dom.ts";
import * as format from "../format.ts";
import { hexDump } from "../hex.ts";
import type { View } from "../page.ts";
import { valueTree } from "../value_tree.ts";

/** One record: key, headers, its value to unfold, and its bytes. */
export class RecordDetails {
  readonly element: HTMLElement;
  readonly #view: View;
  readonly #topic: string;
  readonly #title = h("h2");
  readonly #facts = h("p", { class: "dim num" });
  readonly #key = h("div");
  readonly #value = h("div");
  readonly #headers = h("dl", { class: "facts mono" });
  readonly #headersHead = h("h3", { text: "Headers" });
  readonly #hex = h("pre", { class: "hex" });
  #row: RecordRow | undefined;

  constructor(view: View, { topic, onClose }: { readonly topic: string; readonly onClose: () => void }) {
    [this.#view, this.#topic] = [view, topic];
    this.element = detailsPanel(
      { label: "record", className: "frame", title: this.#title, onClose },
      this.#facts,
      h("div", { class: "row" }, h("button", { text: "Copy as JSON", onClick: () => void this.#copy() })),
      h("h3", { text: "Key" }),
      this.#key,
      h("h3", { text: "Value" }),
      this.#value,
      this.#headersHead,
      this.#headers,
      h("h3", { text: "Bytes of the value" }),
      this.#hex,
    );
  }

  /** Shows a record as the list knows it, then all of it; nothing for none. */
  show(row: RecordRow | undefined): void {
    if (row === this.#row) return;
    this.#row = row;
    this.element.hidden = row === undefined;
    if (row === undefined) return;
    setText(this.#title, `Offset ${format.count(row.offset)}`);
    const time = format.time(`${row.timestampMs}000000`);
    setText(this.#facts, `partition ${row.partition} · ${time} · ${format.bytes(row.size)}`);
    setText(this.#hex, "…");
    this.#fill(row);
    void this.#fetch(row);
  }

  #fill({ key, value, problem, headers }: RecordRow): void {
    this.#key.replaceChildren(
      key === undefined ? h("p", { class: "dim", text: "none: partitions are taken in turn" }) : valueTree(key),
    );
    this.#value.replaceChildren(
      problem === undefined && value === undefined
        ? h("p", { class: "dim", text: "none: what the key names is gone" })
        : valueOrProblem(value, problem),
    );
    this.#headersHead.hidden = headers.length === 0;
    this.#headers.replaceChildren(
      ...headers.map(({ name, value }) =>
        h("div", {}, h("dt", { text: name }), h("dd", {}, value === undefined ? "null" : valueTree(value)))
      ),
    );
  }

  async #fetch(row: RecordRow): Promise<void> {
    const { partition, offset } = row;
    const query = { topic: this.#topic, partition, offset };
    try {
      const all = await this.#view.get("broker/record", query) as RecordRow;
      if (this.#row !== row) return;
      this.#fill(all);
      const search = new URLSearchParams({ ...query, as: "bytes" } as unknown as Record<string, string>);
      const path = `/api/sources/${this.#view.source.id}/broker/record?${search}`;
      const response = await ask(path, { signal: this.#view.signal });
      if (!response.ok || this.#row !== row) return;
      setText(this.#hex, hexDump(new Uint8Array(await response.arrayBuffer())));
    } catch (error) {
      if (!this.#view.signal.aborted && this.#row === row) setText(this.#hex, (error as Error).message);
    }
  }

  #copy(): Promise<void> {
    const { partition, offset, timestampMs, key, value, headers } = this.#row!;
    return copyAsJson(this.#view, { partition, offset, timestampMs, key, value, headers });
  }
}
