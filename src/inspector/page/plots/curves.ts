/// <reference lib="dom" />
import type { Palette } from "../time/canvas.ts";
import { visible } from "../visible.ts";
import { drawAxis } from "../time/axis.ts";
import type { TimeWindow } from "../time/time_window.ts";
import { marksIn, placeIn, rangeAround } from "./scale.ts";
import { number, rangeOf, type Series, titleOf, valueAt } from "./series.ts";

const AXIS = 22;
const GAP = 6;

/** How curves are drawn. */
export interface CurvesLook {
  readonly series: readonly Series[];
  readonly window: TimeWindow;
  readonly palette: Palette;
  readonly colours: readonly string[];
  readonly width: number;
  readonly height: number;
  /** All in one field, and not one below the other. */
  readonly isOverlay: boolean;
  readonly cursorNs: number | undefined;
}

/** Draws curves over time, each with a scale of its own, or all over each other on one. */
export function drawCurves(context: CanvasRenderingContext2D, look: CurvesLook): void {
  const { series, window, palette, width, height, isOverlay, cursorNs } = look;
  drawAxis(context, { window, width, height, palette });
  if (series.length === 0) return;
  const fields = isOverlay ? [series.map((_, i) => i)] : series.map((_, i) => [i]);
  const tall = (height - AXIS - GAP) / fields.length;
  fields.forEach((shown, n) => {
    const top = AXIS + n * tall;
    if (n > 0) {
      context.fillStyle = palette.line;
      context.fillRect(0, Math.round(top), width, 1);
    }
    drawField(context, look, { shown, top: top + GAP, tall: tall - GAP * 2 });
  });
  if (cursorNs !== undefined) {
    const x = window.x(cursorNs, width);
    context.fillStyle = palette.text;
    context.fillRect(x - 0.5, 0, 1, height);
  }
}

function drawField(
  context: CanvasRenderingContext2D,
  { series, window, palette, colours, width, cursorNs }: CurvesLook,
  { shown, top, tall }: { readonly shown: readonly number[]; readonly top: number; readonly tall: number },
): void {
  const ranges = shown.flatMap((i) => rangeOf(series[i]!.points, window) ?? []);
  const low = Math.min(...ranges.map(({ low }) => low));
  const high = Math.max(...ranges.map(({ high }) => high));
  const range = rangeAround(low, high);
  const y = (value: number) => top + tall - placeIn(range, value) * tall;
  const scale = { ...range, y, width, palette, most: Math.max(2, Math.floor(tall / 34)) };
  if (ranges.length > 0) drawScale(context, { ...scale, part: "lines" });
  context.save();
  context.beginPath();
  context.rect(0, top - GAP, width, tall + GAP * 2);
  context.clip();
  for (const i of shown) {
    const { points } = series[i]!;
    context.strokeStyle = context.fillStyle = colours[i % colours.length]!;
    context.lineWidth = 1.25;
    context.lineJoin = "round";
    drawLine(context, points, { window, width, y });
    const value = cursorNs === undefined ? undefined : valueAt(points, cursorNs);
    if (value !== undefined) {
      context.beginPath();
      context.arc(window.x(cursorNs!, width), y(value), 3.5, 0, 7);
      context.fill();
    }
  }
  context.restore();
  if (ranges.length > 0) drawScale(context, { ...scale, part: "labels" });
  context.textAlign = "right";
  shown.forEach((i, n) => {
    const { done } = series[i]!;
    const title = `${visible(titleOf(series[i]!))}${done < 1 ? ` · ${Math.floor(done * 100)} % read` : ""}`;
    const wide = context.measureText(title).width;
    context.fillStyle = palette.surface;
    context.globalAlpha = 0.85;
    context.fillRect(width - 12 - wide, top - 2 + n * 16, wide + 8, 16);
    context.globalAlpha = 1;
    context.fillStyle = colours[i % colours.length]!;
    context.fillText(title, width - 8, top + 7 + n * 16);
  });
}

function drawLine(
  context: CanvasRenderingContext2D,
  points: Float64Array,
  { window, width, y }: { readonly window: TimeWindow; readonly width: number; readonly y: (value: number) => number },
): void {
  const scale = width / (window.toNs - window.fromNs);
  const isSparse = points.length / 2 < width / 12;
  const gap = gapOf(points);
  context.beginPath();
  for (let i = 0; i < points.length; i += 2) {
    const [px, py] = [(points[i]! - window.fromNs) * scale, y(points[i + 1]!)];
    if (i === 0 || points[i]! - points[i - 2]! > gap) context.moveTo(px, py);
    else context.lineTo(px, py);
  }
  context.stroke();
  if (!isSparse) return;
  for (let i = 0; i < points.length; i += 2) {
    context.fillRect((points[i]! - window.fromNs) * scale - 1.5, y(points[i + 1]!) - 1.5, 3, 3);
  }
}

/** Points further apart than this are not joined: nothing was there in between. */
function gapOf(points: Float64Array): number {
  if (points.length < 16) return Infinity;
  const steps = new Float64Array(points.length / 2 - 1);
  for (let i = 0; i < steps.length; i++) steps[i] = points[i * 2 + 2]! - points[i * 2]!;
  return steps.sort()[Math.floor(steps.length * 0.9)]! * 8;
}

/** Round values at the left, and lines where they are. */
export function drawScale(
  context: CanvasRenderingContext2D,
  { from, to, y, width, palette, most, part }: {
    /** What of it: labels stand over the curves. @default {all} */
    readonly part?: "lines" | "labels";
    readonly from: number;
    readonly to: number;
    readonly y: (value: number) => number;
    readonly width: number;
    readonly palette: Palette;
    readonly most: number;
  },
): void {
  const { step, values } = marksIn({ from, to }, most);
  context.textAlign = "left";
  for (const value of values) {
    const at = Math.round(y(value)) + 0.5;
    context.fillStyle = palette.line;
    if (part !== "labels") context.fillRect(0, at, width, 1);
    if (part === "lines") continue;
    const text = label(value, step);
    context.fillStyle = palette.surface;
    context.globalAlpha = 0.7;
    context.fillRect(4, at - 7, context.measureText(text).width + 4, 14);
    context.globalAlpha = 1;
    context.fillStyle = palette.dim;
    context.fillText(text, 6, at);
  }
}

/** With so many digits that two steps do not look the same. */
function label(value: number, step: number): string {
  const digits = Math.ceil(Math.log10(Math.abs(value) / step));
  return digits > 4 && Math.abs(value) >= 1e12
    ? value.toExponential(Math.min(16, digits))
    : number(Number(value.toPrecision(12)));
}
