/// <reference lib="dom" />
import { Canvas } from "./canvas.ts";
import type { Strips } from "./recording.ts";
import type { TimeWindow } from "./time_window.ts";

/** All of the recording on one line, and which part of it is shown below: drag it to see another one. */
export class OverviewBar {
  readonly canvas: Canvas;
  #whole: Strips | undefined;
  #window: TimeWindow | undefined;
  #cursorNs = 0;

  constructor(signal: AbortSignal, onWindow: () => void) {
    this.canvas = new Canvas({
      label: "the whole recording, and the part that is shown",
      className: "whole",
      signal,
      draw: (context, width, height, palette) => {
        const [whole, window] = [this.#whole, this.#window];
        if (whole === undefined || window === undefined) return;
        const span = whole.toNs - whole.fromNs;
        const x = (ns: number) => (ns - whole.fromNs) / span * width;
        const sums = new Float32Array(whole.columns);
        for (const { counts } of whole.channels) counts.forEach((count, i) => sums[i]! += count);
        const most = sums.reduce((a, b) => Math.max(a, b), 1);
        context.fillStyle = palette.accent;
        context.globalAlpha = 0.45;
        const wide = width / whole.columns + 0.5;
        sums.forEach((sum, i) => {
          if (sum === 0) return;
          const tall = Math.max(2, Math.sqrt(sum / most) * (height - 6));
          context.fillRect(i / whole.columns * width, height - 3 - tall, wide, tall);
        });
        const [from, to] = [Math.max(0, x(window.fromNs)), Math.min(width, x(window.toNs))];
        context.globalAlpha = 0.75;
        context.fillStyle = palette.ground;
        context.fillRect(0, 0, from, height);
        context.fillRect(to, 0, width - to, height);
        context.globalAlpha = 1;
        context.strokeStyle = palette.accent;
        context.lineWidth = 1.5;
        context.strokeRect(from + 0.75, 0.75, Math.max(3, to - from) - 1.5, height - 1.5);
        context.fillStyle = palette.text;
        context.fillRect(x(this.#cursorNs) - 0.75, 0, 1.5, height);
      },
    });
    const move = (event: PointerEvent) => {
      const [whole, window] = [this.#whole, this.#window];
      if (whole === undefined || window === undefined || event.buttons !== 1) return;
      const at = whole.fromNs + event.offsetX / this.canvas.width * (whole.toNs - whole.fromNs);
      const span = window.toNs - window.fromNs;
      window.show(at - span / 2, at + span / 2);
      onWindow();
    };
    const { element } = this.canvas;
    element.addEventListener("pointerdown", (event) => {
      element.setPointerCapture(event.pointerId);
      move(event);
    });
    element.addEventListener("pointermove", move);
  }

  /** Shows the part. */
  show(whole: Strips, window: TimeWindow, cursorNs: number): void {
    [this.#whole, this.#window, this.#cursorNs] = [whole, window, cursorNs];
    this.canvas.redraw();
  }
}
