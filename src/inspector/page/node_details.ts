/// <reference lib="dom" />
import { detailsPanel } from "./details_panel.ts";
import { h, keyed, setText } from "./dom.ts";
import * as format from "./format.ts";
import type { Snapshot, SnapshotEdge, SnapshotNode } from "../snapshot.ts";

/** What happens from the details of a node. */
export interface NodeDetailsOptions {
  readonly onClose: () => void;
  readonly onChannel: (name: string) => void;
}

/** All that is known of one node, beside the graph. */
export class NodeDetails {
  readonly element: HTMLElement;
  readonly #title = h("h2");
  readonly #facts = h("dl", { class: "facts" });
  readonly #error = h("pre", { class: "error" });
  readonly #inputs = h("ul", { class: "ports" });
  readonly #outputs = h("ul", { class: "ports" });
  readonly #onChannel: (name: string) => void;

  constructor({ onClose, onChannel }: NodeDetailsOptions) {
    this.#onChannel = onChannel;
    this.element = detailsPanel(
      { label: "node", className: "", title: this.#title, onClose },
      this.#facts,
      this.#error,
      h("h3", { text: "Reads" }),
      this.#inputs,
      h("h3", { text: "Publishes" }),
      this.#outputs,
    );
  }

  /** Shows a node; nothing for none. */
  show(node: SnapshotNode | undefined, { edges, channels }: Snapshot): void {
    this.element.hidden = node === undefined;
    if (node === undefined) return;
    setText(this.#title, node.id);
    const facts: readonly (readonly [string, string])[] = [
      ["type", node.type],
      ["state", node.state],
      ["frames", node.hz === undefined ? "n/a" : `${format.rate(node.hz)}/s`],
      ["busy", format.share(node.busy)],
      ["blocked", format.share(node.blocked)],
      ["errors", format.count(node.errors)],
      ["restarts", format.count(node.restarts)],
      ["dropped", format.count(node.drops)],
    ];
    keyed(this.#facts, facts, {
      key: ([name]) => name,
      make: ([name]) => h("div", {}, h("dt", { text: name }), h("dd", { class: "num" })),
      update: (element, [, value]) => setText(element.lastElementChild!, value),
    });
    const { lastError } = node;
    this.#error.hidden = lastError === undefined;
    setText(this.#error, lastError === undefined ? "" : `${format.time(lastError.timeNs)}\n${lastError.message}`);
    const hz = new Map(channels.map((channel) => [channel.name, channel.hz]));
    this.#ports(this.#inputs, edges.filter(({ to }) => to === node.id), hz);
    const outputs = new Map(edges.filter(({ from }) => from === node.id).map((edge) => [edge.channel, edge]));
    this.#ports(this.#outputs, [...outputs.values()].map(({ waiting: _, capacity: __, ...edge }) => edge), hz);
  }

  #ports(list: HTMLElement, edges: readonly SnapshotEdge[], hz: ReadonlyMap<string, number | undefined>): void {
    keyed(list, edges, {
      key: ({ channel, from = "" }) => `${channel}\n${from}`,
      make: ({ channel }) =>
        h(
          "li",
          {},
          h("button", { class: "quiet cut", text: channel, onClick: () => this.#onChannel(channel) }),
          h("span", { class: "num dim" }),
        ),
      update: (element, { channel, waiting, capacity }) => {
        const queue = waiting === undefined ? "" : ` · ${waiting} of ${capacity}`;
        setText(element.lastElementChild!, `${format.rate(hz.get(channel))}/s${queue}`);
      },
    });
    list.toggleAttribute("data-empty", edges.length === 0);
  }
}
