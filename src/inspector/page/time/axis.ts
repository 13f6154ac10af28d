/// <reference lib="dom" />
import type { Palette } from "./canvas.ts";
import { offset, ticks, type TimeWindow } from "./time_window.ts";

/** How high the axis is. */
export const AXIS = 26;

/** Times above, and lines where they are. */
export function drawAxis(
  context: CanvasRenderingContext2D,
  { window, width, height, palette, top = 0 }: {
    readonly window: TimeWindow;
    readonly width: number;
    readonly height: number;
    readonly palette: Palette;
    readonly top?: number;
  },
): void {
  const { stepNs, at } = ticks(window.fromNs, window.toNs, Math.floor(width / 88));
  context.textAlign = "left";
  for (const ns of at) {
    const x = Math.round(window.x(ns, width)) + 0.5;
    context.fillStyle = palette.line;
    context.fillRect(x, top, 1, height - top);
    context.fillStyle = palette.dim;
    if (x < width - 40) context.fillText(offset(ns, stepNs), x + 5, top + 11);
  }
}
