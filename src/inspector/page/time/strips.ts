/// <reference lib="dom" />
import { h, keyed, setAttribute, setText } from "../dom.ts";
import * as format from "../format.ts";
import { Canvas, type Palette } from "./canvas.ts";
import type { Mark, Strip, Strips } from "./recording.ts";
import { offset, ticks, type TimeWindow } from "./time_window.ts";

const AXIS = 26;
const ROW = 28;

/** What is drawn over the strips. */
export interface Overlay {
  readonly cursorNs: number;
  readonly hoverNs: number | undefined;
  /** Where a replay is. */
  readonly headNs: number | undefined;
  readonly loop: { readonly inNs: number | undefined; readonly outNs: number | undefined };
  readonly bookmarks: readonly { readonly atNs: number; readonly label: string }[];
  readonly marks: readonly Mark[];
}

/** What somebody does with the strips. */
export interface StripHandlers {
  readonly signal: AbortSignal;
  /** Puts the cursor somewhere. */
  readonly onScrub: (ns: number) => void;
  readonly onHover: (ns: number | undefined) => void;
  /** The window was moved or zoomed. */
  readonly onWindow: () => void;
  readonly onChoose: (channel: string) => void;
}

/** A row for each channel: its name, and how dense its frames lie in time. */
export class StripView {
  readonly element: HTMLElement;
  readonly canvas: Canvas;
  readonly #labels = h("ul", { class: "labels", "aria-label": "channels" });
  readonly #handlers: StripHandlers;
  #strips: Strips | undefined;
  #window: TimeWindow | undefined;
  #overlay: Overlay | undefined;
  #chosen = "";

  constructor(handlers: StripHandlers) {
    this.#handlers = handlers;
    this.canvas = new Canvas({
      label: "frames of each channel in time; the table below says what is under the cursor",
      signal: handlers.signal,
      draw: (context, width, height, palette) => this.#draw(context, width, height, palette),
    });
    this.element = h(
      "div",
      { class: "strips" },
      h("div", { class: "names" }, h("div", { class: "axis dim", text: "channel" }), this.#labels),
      h("div", { class: "field" }, this.canvas.element),
    );
    listenTo(this.canvas.element, { ...handlers, window: () => this.#window });
  }

  /** Shows these, through a window that may be another one than they were fetched for. */
  show(strips: Strips, window: TimeWindow, { overlay, chosen }: { overlay: Overlay; chosen: string }): void {
    if (strips !== this.#strips || chosen !== this.#chosen) this.#showNames(strips.channels, chosen);
    [this.#strips, this.#window, this.#overlay, this.#chosen] = [strips, window, overlay, chosen];
    this.canvas.redraw();
  }

  #showNames(channels: readonly Strip[], chosen: string): void {
    this.canvas.element.style.height = `${AXIS + channels.length * ROW + 4}px`;
    keyed(this.#labels, channels, {
      key: ({ name }) => name,
      make: ({ name }) =>
        h(
          "li",
          {},
          h(
            "button",
            { class: "quiet", title: name, onClick: () => this.#handlers.onChoose(name) },
            h("span", { class: "cut", text: name }),
            h("span", { class: "num dim" }),
          ),
        ),
      update: (element, { name, count, damaged, drops }) => {
        const button = element.firstElementChild!;
        setAttribute(button, "aria-current", name === chosen ? "true" : undefined);
        setText(button.lastElementChild!, format.count(count));
        const problem = damaged[0]?.message ?? (drops > 0 ? `${format.count(drops)} frames were lost` : undefined);
        setAttribute(button, "data-tone", problem === undefined ? undefined : "bad");
        setAttribute(button, "title", problem === undefined ? name : `${name}: ${problem}`);
      },
    });
  }

  #draw(context: CanvasRenderingContext2D, width: number, height: number, palette: Palette): void {
    const [strips, window, overlay] = [this.#strips, this.#window, this.#overlay];
    if (strips === undefined || window === undefined || overlay === undefined) return;
    const x = (ns: number) => window.x(ns, width);
    drawAxis(context, { window, width, height, palette });
    drawLoop(context, { ...overlay.loop, x, width, height, palette });
    strips.channels.forEach((strip, i) => {
      const top = AXIS + i * ROW;
      if (strip.name === this.#chosen) {
        context.fillStyle = palette["accent-soft"];
        context.fillRect(0, top, width, ROW);
      }
      context.fillStyle = palette.line;
      context.fillRect(0, top + ROW - 1, width, 1);
      for (const { fromNs, toNs } of strip.damaged) {
        context.fillStyle = palette["bad-soft"];
        context.fillRect(x(fromNs), top, Math.max(3, x(toNs) - x(fromNs)), ROW - 1);
      }
      drawStrip(context, { strip, strips, window, width, top, colour: palette.accent });
    });
    for (const { atNs, level, about } of overlay.marks) {
      const row = strips.channels.findIndex(({ name }) => name === about);
      const top = row < 0 ? AXIS - 8 : AXIS + row * ROW + 2;
      drawFlag(context, x(atNs), { top, colour: level === "error" ? palette.bad : palette.warn });
    }
    for (const { atNs, label } of overlay.bookmarks) drawBookmark(context, x(atNs), { label, height, palette });
    if (overlay.hoverNs !== undefined) drawLine(context, x(overlay.hoverNs), { height, colour: palette.line });
    if (overlay.headNs !== undefined) drawLine(context, x(overlay.headNs), { height, colour: palette.good });
    drawCursor(context, x(overlay.cursorNs), { height, colour: palette.text });
  }
}

/** Pointer and wheel: drag to scrub, wheel to zoom, with shift or sideways to move, a drag with shift to zoom into it. */
export function listenTo(
  canvas: HTMLCanvasElement,
  { window, onScrub, onHover, onWindow }: Omit<StripHandlers, "onChoose" | "signal"> & {
    readonly window: () => TimeWindow | undefined;
  },
): void {
  const at = (event: MouseEvent) => window()?.at(event.offsetX, canvas.clientWidth);
  let isDown = false;
  canvas.addEventListener("pointerdown", (event) => {
    const ns = at(event);
    if (event.button !== 0 || ns === undefined) return;
    isDown = true;
    canvas.setPointerCapture(event.pointerId);
    onScrub(ns);
  });
  canvas.addEventListener("pointermove", (event) => {
    const ns = at(event);
    onHover(ns);
    if (isDown && ns !== undefined) onScrub(ns);
  });
  const up = () => void (isDown = false);
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("pointerleave", () => onHover(undefined));
  canvas.addEventListener("wheel", (event) => {
    const shown = window();
    const isSideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (shown === undefined || !isSideways && !event.ctrlKey && isScrollable(canvas)) return;
    event.preventDefault();
    if (isSideways) {
      const by = (event.deltaX || event.deltaY) / canvas.clientWidth;
      shown.pan(by * (shown.toNs - shown.fromNs));
    } else shown.zoom(1.0015 ** event.deltaY, at(event)!);
    onWindow();
  }, { passive: false });
}

/** Whether the wheel is needed to see all rows: then it zooms with ctrl. */
function isScrollable(canvas: HTMLElement): boolean {
  const around = canvas.closest(".strips");
  return around !== null && around.scrollHeight > around.clientHeight + 4;
}

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

function drawStrip(
  context: CanvasRenderingContext2D,
  { strip, strips, window, width, top, colour }: {
    readonly strip: Strip;
    readonly strips: Strips;
    readonly window: TimeWindow;
    readonly width: number;
    readonly top: number;
    readonly colour: string;
  },
): void {
  const { counts } = strip;
  const most = typicalMost(counts);
  if (most === 0) return;
  const { fromNs, toNs, columns } = strips;
  const step = (toNs - fromNs) / columns;
  const [wide, room] = [step / (window.toNs - window.fromNs) * width, ROW - 8];
  context.fillStyle = colour;
  context.beginPath();
  for (let i = 0; i < columns; i++) {
    const count = counts[i]!;
    if (count === 0) continue;
    const tall = Math.max(3, Math.min(1, Math.sqrt(count / most)) * room);
    // Neighbours touch, a frame alone is seen.
    context.rect(window.x(fromNs + i * step, width), top + ROW - 3 - tall, Math.max(1.2, wide + 0.4), tall);
  }
  context.globalAlpha = 0.8;
  context.fill();
  context.globalAlpha = 1;
}

/** The largest but the few that stand out: one burst does not make all else look empty. */
function typicalMost(counts: Float32Array): number {
  const some = counts.filter((count) => count > 0).sort();
  return some.length === 0 ? 0 : some[Math.min(some.length - 1, Math.floor(some.length * 0.98))]!;
}

function drawLoop(
  context: CanvasRenderingContext2D,
  { inNs, outNs, x, width, height, palette }: Overlay["loop"] & {
    readonly x: (ns: number) => number;
    readonly width: number;
    readonly height: number;
    readonly palette: Palette;
  },
): void {
  if (inNs === undefined && outNs === undefined) return;
  const [from, to] = [inNs === undefined ? 0 : x(inNs), outNs === undefined ? width : x(outNs)];
  context.fillStyle = palette.raised;
  if (inNs !== undefined) context.fillRect(0, 0, Math.max(0, from), height);
  if (outNs !== undefined) context.fillRect(to, 0, Math.max(0, width - to), height);
  context.fillStyle = palette.warn;
  if (inNs !== undefined) context.fillRect(from - 1, 0, 2, height);
  if (outNs !== undefined) context.fillRect(to - 1, 0, 2, height);
}

function drawFlag(
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

function drawBookmark(
  context: CanvasRenderingContext2D,
  x: number,
  { label, height, palette }: { readonly label: string; readonly height: number; readonly palette: Palette },
): void {
  context.fillStyle = palette.accent;
  context.fillRect(x - 0.5, 0, 1, height);
  context.textAlign = "left";
  const wide = Math.min(140, context.measureText(label).width) + 8;
  context.fillRect(x, AXIS - 1, wide, 15);
  context.fillStyle = palette.surface;
  context.fillText(label, x + 4, AXIS + 7, 140);
}

function drawLine(
  context: CanvasRenderingContext2D,
  x: number,
  { height, colour }: { readonly height: number; readonly colour: string },
): void {
  context.fillStyle = colour;
  context.fillRect(x - 0.75, 0, 1.5, height);
}

function drawCursor(
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
