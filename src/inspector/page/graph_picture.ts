/// <reference lib="dom" />
import { h, s, setAttribute, setText } from "./dom.ts";
import * as format from "./format.ts";
import { type Layout, layOut } from "./graph_layout.ts";
import type { Snapshot, SnapshotChannel, SnapshotEdge, SnapshotNode } from "../snapshot.ts";

const [WIDTH, HEIGHT] = [176, 60];
const PILL = { width: 132, height: 28 };
/** How wide the fill of a queue is, before the arrow of its reader. */
const QUEUE_WIDTH = 26;
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

class NodeBox {
  readonly element: SVGGElement;
  readonly #detail = s("text", { x: 14, y: 40, class: "detail" });
  readonly #rail = s("rect", { class: "rail", x: 14, y: HEIGHT - 11, width: WIDTH - 28, height: 4, rx: 2 });
  readonly #busy = s("rect", { class: "busy", x: 14, y: HEIGHT - 11, height: 4, rx: 2, width: 0 });
  readonly #blocked = s("rect", { class: "blocked", x: 14, y: HEIGHT - 11, height: 4, rx: 2, width: 0 });
  readonly #badge = s("text", { class: "badge", x: WIDTH - 12, y: 22, "text-anchor": "end" });
  readonly #title = s("title");

  constructor(id: string, { x, y }: { readonly x: number; readonly y: number }, choose: () => void) {
    this.element = s(
      "g",
      {
        class: "node",
        transform: `translate(${x} ${y})`,
        tabindex: "0",
        role: "button",
        onClick: (event) => (event.stopPropagation(), choose()),
        onKeydown: (event) => (event as KeyboardEvent).key === "Enter" && choose(),
      },
      this.#title,
      s("rect", { class: "box", width: WIDTH, height: HEIGHT, rx: 10 }),
      s("rect", { class: "state", x: 0, y: 14, width: 4, height: HEIGHT - 28, rx: 2 }),
      s("text", { x: 14, y: 22, class: "name", text: cut(id, 21) }),
      this.#detail,
      this.#rail,
      this.#busy,
      this.#blocked,
      this.#badge,
    );
  }

  show({ id, type, state, busy, blocked, errors, restarts, hz }: SnapshotNode): void {
    const load = [
      ...busy === undefined ? [] : [`busy ${format.share(busy)}`],
      ...blocked === undefined || blocked < 0.005 ? [] : [`blocked ${format.share(blocked)}`],
    ].join(" · ");
    setText(this.#detail, load === "" ? type : load);
    setAttribute(this.#rail, "visibility", busy === undefined ? "hidden" : undefined);
    const room = WIDTH - 28;
    const [busyWidth, blockedWidth] = [room * (busy ?? 0), room * (blocked ?? 0)];
    setAttribute(this.#busy, "width", busyWidth.toFixed(1));
    setAttribute(this.#blocked, "width", Math.min(room - busyWidth, blockedWidth).toFixed(1));
    setAttribute(this.#blocked, "x", (14 + busyWidth).toFixed(1));
    setText(this.#badge, errors > 0 ? `${format.count(errors)} ✕` : restarts > 0 ? `${format.count(restarts)} ↻` : "");
    setAttribute(this.element, "data-state", errors > 0 && state === "running" ? "erring" : state);
    const said = [
      id,
      type,
      state,
      load,
      hz === undefined ? "" : `${format.rate(hz)}/s`,
      errors > 0 ? `${errors} errors` : "",
    ];
    setText(this.#title, said.filter((each) => each !== "").join(", "));
  }
}

class EdgeLine {
  readonly line: SVGGElement;
  readonly label: SVGGElement;
  readonly #ends: readonly (string | undefined)[];
  readonly #rate = s("tspan", { class: "rate" });
  readonly #volume: SVGTextElement;
  readonly #fill: SVGRectElement | undefined;
  readonly #name: string;

  /** `isFirst`: of several readers of a channel one arrow says what flows. */
  constructor(
    { from, to, channel, capacity, isFeedback }: SnapshotEdge,
    points: readonly { x: number; y: number }[],
    isFirst: boolean,
  ) {
    this.#ends = [from, to];
    // A stage's channel has its name: no need to say it twice.
    this.#name = channel === from ? "" : cut(channel, 16);
    const hasQueue = capacity !== undefined && to !== undefined && points.length > 1;
    const [first, last] = [points[0] ?? { x: 0, y: 0 }, points.at(-1) ?? { x: 0, y: 0 }];
    const bar = { class: "fill", x: last.x - 38, y: last.y - 2, height: 4, rx: 2 };
    if (hasQueue) this.#fill = s("rect", { ...bar, width: 0 });
    this.line = s(
      "g",
      { class: "edge", "data-feedback": isFeedback },
      s("path", { class: "wire", d: curve(points) }),
      points.length > 1 && s("path", { class: "arrow", d: arrow(points) }),
      hasQueue && s("rect", { ...bar, class: "rail", width: QUEUE_WIDTH }),
      this.#fill,
    );
    this.#volume = s("text", { x: first.x + 8, y: first.y + 13 });
    this.label = s(
      "g",
      { class: "label", visibility: isFirst ? undefined : "hidden" },
      s("text", { x: first.x + 8, y: first.y - 5 }, s("tspan", { text: this.#name }), this.#rate),
      this.#volume,
    );
  }

  show({ waiting, capacity, drops }: SnapshotEdge, flow: SnapshotChannel | undefined): void {
    const hz = flow?.hz;
    setText(this.#rate, `${this.#name === "" ? "" : " "}${hz === undefined ? "" : `${format.rate(hz)}/s`}`);
    const about = flow?.isEstimate ? "≈ " : "";
    setText(this.#volume, flow?.bytesPerS === undefined ? "" : about + format.bytesPerS(flow.bytesPerS));
    const full = waiting === undefined || capacity === undefined ? 0 : waiting / capacity;
    if (this.#fill !== undefined) setAttribute(this.#fill, "width", (QUEUE_WIDTH * Math.min(1, full)).toFixed(1));
    const state = drops > 0 || full >= 1
      ? "full"
      : full >= 0.7
      ? "filling"
      : hz !== undefined && hz > 0
      ? "flowing"
      : "still";
    setAttribute(this.line, "data-state", state);
    setAttribute(this.label, "data-state", state);
  }

  mark(id: string | undefined): void {
    const isOne = id !== undefined && this.#ends.includes(id);
    setAttribute(this.line, "aria-current", isOne ? "true" : undefined);
  }
}

/** Where the arrows of a node begin and end, so that they do not lie on each other; and which is the first of its channel. */
function portsOf(
  edges: readonly { readonly from: string; readonly to: string; readonly channel: string; readonly y: number }[],
) {
  const outputs = new Map<string, string[]>();
  // From above to below, as they come.
  const inputs = Map.groupBy(edges.toSorted((a, b) => a.y - b.y), ({ to }) => to);
  for (const { from, channel } of edges) {
    const known = outputs.get(from) ?? [];
    if (!known.includes(channel)) outputs.set(from, [...known, channel]);
  }
  const at = (i: number, count: number, most: number) => (i - (count - 1) / 2) * Math.min(most, 44 / count);
  const labelled = new Set<string>();
  return edges.map((edge) => {
    const { from, to, channel } = edge;
    const [channels, others] = [outputs.get(from)!, inputs.get(to)!];
    const key = JSON.stringify([from, channel]);
    const isFirst = !labelled.has(key);
    labelled.add(key);
    return {
      start: at(channels.indexOf(channel), channels.length, 30),
      end: at(others.indexOf(edge), others.length, 11),
      isFirst,
    };
  });
}

function pill(text: string, { x, y }: { readonly x: number; readonly y: number }, isFeed: boolean): SVGGElement {
  return s(
    "g",
    { class: "pillbox", transform: `translate(${x} ${y})` },
    s("title", { text: isFeed ? `${text}: it comes from elsewhere` : `${text}: nobody reads it` }),
    s("rect", { ...PILL, rx: PILL.height / 2 }),
    s("text", { x: PILL.width / 2, y: 18, "text-anchor": "middle", text: cut(isFeed ? text : "nobody reads", 17) }),
  );
}

function curve(points: readonly { readonly x: number; readonly y: number }[]): string {
  return points.map(({ x, y }, i) => {
    const before = points[i - 1];
    if (before === undefined) return `M${x} ${y}`;
    const bend = Math.min(64, Math.abs(x - before.x) / 2) * Math.sign(x - before.x);
    return `C${before.x + bend} ${before.y} ${x - bend} ${y} ${x} ${y}`;
  }).join("");
}

function arrow(points: readonly { readonly x: number; readonly y: number }[]): string {
  const [before, { x, y }] = [points.at(-2)!, points.at(-1)!];
  const back = before.x < x ? -7 : 7;
  return `M${x + back} ${y - 4}L${x} ${y}L${x + back} ${y + 4}Z`;
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
