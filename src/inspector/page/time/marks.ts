/// <reference lib="dom" />
import { AXIS } from "./axis.ts";
import { visible } from "../visible.ts";
import type { Palette } from "./canvas.ts";
import type { Loop } from "./loop.ts";
import type { Mark } from "./recording.ts";

/** What is drawn over the strips. */
export interface Overlay {
  readonly cursorNs: number;
  readonly hoverNs: number | undefined;
  /** Where a replay is. */
  readonly headNs: number | undefined;
  readonly loop: Loop;
  readonly bookmarks: readonly { readonly atNs: number; readonly label: string }[];
  readonly marks: readonly Mark[];
}

/** Shades what is outside of a loop. */
export function drawLoop(
  context: CanvasRenderingContext2D,
  { inNs, outNs, x, width, height, palette }: Loop & {
    readonly x: (ns: number) => number;
    readonly width: number;
    readonly height: number;
    readonly palette: Palette;
  },
): void {
  if (inNs === undefined && outNs === undefined) return;
  const [from, to] = [inNs === undefined ? 0 : x(inNs), outNs === undefined ? width : x(outNs)];
  context.fillStyle = palette.raised;
  // The times above stay readable.
  if (inNs !== undefined) context.fillRect(0, AXIS, Math.max(0, from), height);
  if (outNs !== undefined) context.fillRect(to, AXIS, Math.max(0, width - to), height);
  context.fillStyle = palette.warn;
  if (inNs !== undefined) context.fillRect(from - 1, 0, 2, height);
  if (outNs !== undefined) context.fillRect(to - 1, 0, 2, height);
}

/** A place where something went wrong. */
export function drawFlag(
  context: CanvasRenderingContext2D,
  x: number,
  { top, colour }: { readonly top: number; readonly colour: string },
): void {
  context.fillStyle = colour;
  context.beginPath();
  context.moveTo(x - 4, top);
  context.lineTo(x + 4, top);
  context.lineTo(x, top + 7);
  context.fill();
}

/** A place that somebody named. */
export function drawBookmark(
  context: CanvasRenderingContext2D,
  x: number,
  { label: given, height, palette }: { readonly label: string; readonly height: number; readonly palette: Palette },
): void {
  const label = visible(given);
  context.fillStyle = palette.accent;
  context.fillRect(x - 0.5, 0, 1, height);
  context.textAlign = "left";
  const wide = Math.min(140, context.measureText(label).width) + 8;
  context.fillRect(x, AXIS - 1, wide, 15);
  context.fillStyle = palette.surface;
  context.fillText(label, x + 4, AXIS + 7, 140);
}

/** A line from top to bottom. */
export function drawLine(
  context: CanvasRenderingContext2D,
  x: number,
  { height, colour }: { readonly height: number; readonly colour: string },
): void {
  context.fillStyle = colour;
  context.fillRect(x - 0.75, 0, 1.5, height);
}

/** The place that is looked at. */
export function drawCursor(
  context: CanvasRenderingContext2D,
  x: number,
  { height, colour }: { readonly height: number; readonly colour: string },
): void {
  drawLine(context, x, { height, colour });
  context.beginPath();
  context.moveTo(x - 5, 0);
  context.lineTo(x + 5, 0);
  context.lineTo(x, 8);
  context.fill();
}
