/// <reference lib="dom" />
import { s, setAttribute, setText } from "../dom.ts";
import * as format from "../format.ts";
import { cut } from "./node_box.ts";
import type { SnapshotChannel, SnapshotEdge } from "../../snapshot.ts";

/** How wide the fill of a queue is, before the arrow of its reader. */
const QUEUE_WIDTH = 26;

/** An arrow of the picture: what flows, and how full its reader's queue is. */
export class EdgeLine {
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
