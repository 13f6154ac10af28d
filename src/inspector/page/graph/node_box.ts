/// <reference lib="dom" />
import { s, setAttribute, setText } from "../dom.ts";
import * as format from "../format.ts";
import type { SnapshotNode } from "../../snapshot.ts";

/** How large a node is in the picture, and what stands for somebody outside of it. */
export const [WIDTH, HEIGHT] = [176, 60];
export const PILL = { width: 132, height: 28 };

/** A node of the picture. */
export class NodeBox {
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

/** What stands where a channel comes from elsewhere, or nobody reads it. */
export function pill(text: string, { x, y }: { readonly x: number; readonly y: number }, isFeed: boolean): SVGGElement {
  return s(
    "g",
    { class: "pillbox", transform: `translate(${x} ${y})` },
    s("title", { text: isFeed ? `${text}: it comes from elsewhere` : `${text}: nobody reads it` }),
    s("rect", { ...PILL, rx: PILL.height / 2 }),
    s("text", { x: PILL.width / 2, y: 18, "text-anchor": "middle", text: cut(isFeed ? text : "nobody reads", 17) }),
  );
}

/** A text that has room for so many letters. */
export function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
