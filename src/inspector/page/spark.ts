/// <reference lib="dom" />
import { s } from "./dom.ts";

const [WIDTH, HEIGHT] = [120, 28];

/** A small curve of the last minute. Its numbers stand beside it, so it is no text for who cannot see it. */
export class Spark {
  readonly element: SVGSVGElement;
  readonly #area = s("path", { class: "area" });
  readonly #line = s("path");

  constructor() {
    this.element = s(
      "svg",
      { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
      this.#area,
      this.#line,
    );
  }

  /** Shows up to 120 values, the newest at the right. */
  show(values: readonly number[]): void {
    const most = Math.max(...values, 1e-9);
    const points = values.map((value, i) =>
      `${WIDTH - values.length + 1 + i} ${(HEIGHT - 2 - value / most * (HEIGHT - 4)).toFixed(1)}`
    );
    this.#line.setAttribute("d", points.length < 2 ? "" : `M${points.join("L")}`);
    const from = WIDTH - values.length + 1;
    this.#area.setAttribute("d", points.length < 2 ? "" : `M${from} ${HEIGHT}L${points.join("L")}L${WIDTH} ${HEIGHT}Z`);
  }
}
