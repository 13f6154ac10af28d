/// <reference lib="dom" />
import { h, s, setAttribute } from "../dom.ts";
import { EdgeLine } from "./edge_line.ts";
import { type Layout, layOut } from "./layout.ts";
import { HEIGHT, NodeBox, PILL, pill, WIDTH } from "./node_box.ts";
import { portsOf } from "./ports.ts";
import type { Snapshot, SnapshotEdge, SnapshotNode } from "../../snapshot.ts";

const ZOOMS = [0.4, 0.5, 0.65, 0.8, 1, 1.25, 1.6];

/** The graph as a picture: laid out when its shape changes, and updated in place by what flows. */
export class GraphPicture {
  readonly element: HTMLElement;
  readonly #onChoose: (id: string | undefined) => void;
  readonly #svg = s("svg", { role: "group", "aria-label": "graph", class: "drawing" });
  readonly #scroll: HTMLElement;
  #shape = "";
  #layout: Layout | undefined;
  #nodes = new Map<string, NodeBox>();
  #edges: EdgeLine[] = [];
  #zoom: number | undefined;
  #chosen: string | undefined;

  constructor(onChoose: (id: string | undefined) => void) {
    this.#onChoose = onChoose;
    this.#scroll = h("div", { class: "canvas", onClick: () => onChoose(undefined) }, this.#svg);
    new ResizeObserver(() => {
      if (this.#layout === undefined) return;
      this.#size();
      this.#reveal();
    }).observe(this.#scroll);
    const button = (text: string, label: string, act: () => void) =>
      h("button", { "aria-label": label, title: label, text, onClick: act });
    this.element = h(
      "div",
      { class: "picture" },
      this.#scroll,
      h(
        "div",
        { class: "zooms" },
        button("−", "smaller", () => this.zoom(-1)),
        button("+", "larger", () => this.zoom(1)),
        button("fit", "all of it", () => this.fit()),
      ),
    );
  }

  /** Shows a snapshot. */
  show({ nodes, edges, channels }: Snapshot): void {
    const shape = JSON.stringify([
      nodes.map(({ id }) => id),
      edges.map(({ from, to, channel }) => [from, to, channel]),
    ]);
    if (shape !== this.#shape) this.#build(nodes, edges);
    this.#shape = shape;
    for (const node of nodes) this.#nodes.get(node.id)?.show(node);
    const byName = new Map(channels.map((channel) => [channel.name, channel]));
    edges.forEach((edge, i) => this.#edges[i]?.show(edge, byName.get(edge.channel)));
  }

  /** Marks a node. */
  choose(id: string | undefined): void {
    const isNew = id !== this.#chosen;
    this.#chosen = id;
    for (const [each, box] of this.#nodes) setAttribute(box.element, "aria-current", each === id ? "true" : undefined);
    for (const edge of this.#edges) edge.mark(id);
    if (isNew) this.#reveal();
  }

  /** What is chosen is seen, also where its details take away room. */
  #reveal(): void {
    const box = this.#chosen === undefined ? undefined : this.#nodes.get(this.#chosen);
    box?.element.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** The next size, larger or smaller. */
  zoom(by: 1 | -1): void {
    const now = ZOOMS.findLastIndex((zoom) => zoom <= this.#scale + 0.01);
    this.#zoom = ZOOMS[Math.min(ZOOMS.length - 1, Math.max(0, now + by))]!;
    this.#size();
  }

  /** All of it, but never too small to read. */
  fit(): void {
    this.#zoom = undefined;
    this.#size();
  }

  get #scale(): number {
    if (this.#zoom !== undefined || this.#layout === undefined) return this.#zoom ?? 1;
    const { clientWidth, clientHeight } = this.#scroll;
    const { width, height } = this.#layout;
    return Math.min(1, Math.max(0.7, Math.min((clientWidth - 2) / width, (clientHeight - 2) / height)));
  }

  #size(): void {
    const { width, height } = this.#layout!;
    const scale = this.#scale;
    this.#svg.setAttribute("width", `${Math.round(width * scale)}`);
    this.#svg.setAttribute("height", `${Math.round(height * scale)}`);
  }

  #build(nodes: readonly SnapshotNode[], edges: readonly SnapshotEdge[]): void {
    const known = new Set(nodes.map(({ id }) => id));
    const loose = new Map<string, string>();
    const end = (id: string | undefined, name: string) => {
      if (id !== undefined && known.has(id)) return id;
      loose.set(name, name.slice(2));
      return name;
    };
    const ends = edges.map(({ from, to, channel }) => ({
      from: end(from, `< ${channel}`),
      to: end(to, `> ${channel}`),
    }));
    const boxes = [
      ...nodes.map(({ id }) => ({ id, width: WIDTH, height: HEIGHT })),
      ...[...loose.keys()].map((id) => ({ id, ...PILL })),
    ];
    const layout = this.#layout = layOut({ nodes: boxes, edges: ends });
    const comesFrom = (i: number) => layout.edges[i]!.at(-2)?.y ?? 0;
    const ports = portsOf(edges.map(({ channel }, i) => ({ ...ends[i]!, channel, y: comesFrom(i) })));
    this.#edges = edges.map((edge, i) => {
      const { start, end, isFirst } = ports[i]!;
      const points = layout.edges[i]!.map(({ x, y }, at, all) => ({
        x,
        y: y + (at === 0 ? start : at === all.length - 1 ? end : 0),
      }));
      return new EdgeLine(edge, points, isFirst);
    });
    this.#nodes = new Map(nodes.map((node) => {
      const box = new NodeBox(node.id, layout.nodes.get(node.id)!, () => this.#onChoose(node.id));
      return [node.id, box];
    }));
    this.#svg.setAttribute("viewBox", `0 0 ${layout.width} ${layout.height}`);
    this.#svg.replaceChildren(
      s("g", { class: "edges" }, ...this.#edges.map(({ line }) => line)),
      ...[...loose].map(([id, text]) => pill(text, layout.nodes.get(id)!, id.startsWith("<"))),
      ...[...this.#nodes.values()].map(({ element }) => element),
      s("g", { class: "labels" }, ...this.#edges.map(({ label }) => label)),
    );
    this.#size();
    this.choose(this.#chosen);
  }
}
