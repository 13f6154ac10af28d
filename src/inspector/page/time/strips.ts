/// <reference lib="dom" />
import { nameCut } from "../name_cut.ts";
import { h, keyed, setAttribute, setText } from "../dom.ts";
import * as format from "../format.ts";
import { Canvas, type Palette } from "./canvas.ts";
import type { Strip, Strips } from "./recording.ts";
import { AXIS, drawAxis } from "./axis.ts";
import { drawBookmark, drawCursor, drawFlag, drawLine, drawLoop, type Overlay } from "./marks.ts";
import { listenTo, type PointerHandlers } from "./pointer.ts";
import type { TimeWindow } from "./time_window.ts";

const ROW = 28;

/** What somebody does with the strips. */
export interface StripHandlers extends PointerHandlers {
  readonly signal: AbortSignal;
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
            nameCut(name),
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
