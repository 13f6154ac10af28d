/// <reference lib="dom" />
import type { Palette } from "../time/canvas.ts";
import { drawScale } from "./curves.ts";
import { number } from "./series.ts";

/** The spectrum of one frame. */
export interface Spectrum {
  readonly title: string;
  readonly decibels: Float64Array;
  readonly top: number;
  readonly rate: number | undefined;
  readonly samples: number;
}

const AXIS = 24;
/** Below this there is nothing but rounding. */
const FLOOR_DB = -140;

/** Draws spectra over each other: decibels over frequency. */
export function drawSpectra(
  context: CanvasRenderingContext2D,
  { spectra, colours, palette, width, height, hoverX }: {
    readonly spectra: readonly (Spectrum | undefined)[];
    readonly colours: readonly string[];
    readonly palette: Palette;
    readonly width: number;
    readonly height: number;
    readonly hoverX: number | undefined;
  },
): void {
  const shown = spectra.flatMap((each, i) =>
    each === undefined ? [] : [{ ...each, colour: colours[i % colours.length]! }]
  );
  if (shown.length === 0) return;
  const top = Math.max(...shown.map((each) => each.top));
  const values = shown.flatMap(({ decibels }) => [...decibels].filter((each) => each > FLOOR_DB));
  const high = Math.ceil((values.reduce((a, b) => Math.max(a, b), -60) + 5) / 10) * 10;
  const low = Math.max(FLOOR_DB, Math.floor((values.reduce((a, b) => Math.min(a, b), high - 20) - 5) / 10) * 10);
  const tall = height - AXIS;
  const y = (value: number) => (high - Math.max(low, value)) / (high - low) * tall;
  drawScale(context, { from: low, to: high, y, width, palette, most: Math.max(2, Math.floor(tall / 48)) });
  const unit = shown[0]!.rate === undefined ? "cycles a sample" : "Hz";
  const step = roundUp(top / Math.max(2, width / 110));
  context.textAlign = "center";
  for (let n = 0; n * step <= top; n++) {
    const x = n * step / top * width;
    context.fillStyle = palette.line;
    context.fillRect(x, 0, 1, tall);
    context.fillStyle = palette.dim;
    const text = `${number(Number((n * step).toPrecision(10)))}${n === 1 ? ` ${unit}` : ""}`;
    if (x > 12 && x < width - 16) context.fillText(text, x, height - AXIS / 2);
  }
  for (const { decibels, colour, top: own } of shown) {
    context.strokeStyle = colour;
    context.lineWidth = 1.25;
    context.beginPath();
    decibels.forEach((value, i) => {
      const x = i / Math.max(1, decibels.length - 1) * own / top * width;
      if (i === 0) context.moveTo(x, y(value));
      else context.lineTo(x, y(value));
    });
    context.stroke();
  }
  if (hoverX === undefined) return;
  context.fillStyle = palette.dim;
  context.fillRect(hoverX, 0, 1, tall);
  context.textAlign = hoverX > width - 160 ? "right" : "left";
  const hz = hoverX / width * top;
  shown.forEach(({ decibels, colour, top: own, title }, i) => {
    const value = decibels[Math.round(hz / own * (decibels.length - 1))];
    if (value === undefined) return;
    context.fillStyle = colour;
    const text = `${number(Number(hz.toPrecision(5)))} ${unit} · ${value.toFixed(1)} dB · ${title}`;
    context.fillText(text, hoverX + (context.textAlign === "left" ? 8 : -8), 14 + i * 16);
  });
}

/** Where a spectrum is loudest, but for what stands still. */
export function peakOf({ decibels, top }: Spectrum): { readonly at: number; readonly decibels: number } {
  let best = Math.min(1, decibels.length - 1);
  for (let i = best; i < decibels.length; i++) if (decibels[i]! > decibels[best]!) best = i;
  return { at: best / Math.max(1, decibels.length - 1) * top, decibels: decibels[best]! };
}

function roundUp(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((each) => each * power).find((each) => each >= least) ?? power * 10;
}
