/// <reference lib="dom" />
import { h, setAttribute, setText } from "../dom.ts";
import type { Page, View } from "../page.ts";
import { tool } from "../tool.ts";
import { type ViewKind, VIEWS } from "./shown.ts";

/** What somebody does above a plot. */
export interface PlotHandlers {
  readonly onView: (kind: ViewKind) => void;
  readonly onMode: () => void;
  readonly onPause: () => void;
  readonly onSpan: (spanS: number) => void;
  readonly onOverlay: () => void;
  readonly onZoom: (factor: number) => void;
  readonly onAll: () => void;
  /** A share of the recording, 0 to 1. */
  readonly onTime: (share: number) => void;
  /** So many pixels to the right. */
  readonly onMove: (pixels: number) => void;
}

/** What to do where nothing is shown yet. */
export const HINTS: Readonly<Record<ViewKind, string>> = {
  time: "Choose fields at the left: each becomes a curve.",
  spectrum: "Choose samples of a frame at the left: fields that end in [*].",
  map: "Choose a position at the left: a channel with latitude and longitude.",
};

/** What the keys do. */
export const plotKeyHelp: NonNullable<Page["keys"]> = [
  ["Space", "hold what comes, go on"],
  ["1 2 3", "over time, spectrum, map"],
  ["y", "all curves on one scale"],
  ["z x a", "zoom in, out, show all"],
  ["← →", "move the cursor"],
];

/** The keys. */
export function plotKeys({ onKey }: Pick<View, "onKey">, handlers: PlotHandlers): void {
  VIEWS.forEach((name, i) => onKey(`${i + 1}`, () => handlers.onView(name)));
  onKey(" ", handlers.onPause);
  onKey("y", handlers.onOverlay);
  onKey("z", () => handlers.onZoom(0.5));
  onKey("x", () => handlers.onZoom(2));
  onKey("a", handlers.onAll);
  onKey("ArrowRight", () => handlers.onMove(1));
  onKey("ArrowLeft", () => handlers.onMove(-1));
}

const SPANS_S = [10, 30, 60, 300, 900];
const SLIDER = 10_000;
const TITLES: Readonly<Record<ViewKind, string>> = { time: "Time", spectrum: "Spectrum", map: "Map" };

/** The buttons above a plot; each view and mode has those that mean something there. */
export class PlotControls {
  readonly elements: readonly HTMLElement[];
  readonly #views: readonly HTMLButtonElement[];
  readonly #pause: HTMLButtonElement;
  readonly #mode: HTMLButtonElement;
  readonly #span: HTMLSelectElement;
  readonly #overlay: HTMLButtonElement;
  readonly #slider = h("input", { type: "range", class: "when", "aria-label": "time", min: 0, max: SLIDER, step: 1 });
  readonly #range: HTMLElement;

  constructor(handlers: PlotHandlers, spanS: number) {
    const { onView, onMode, onPause, onSpan, onOverlay, onZoom, onAll, onTime } = handlers;
    this.#views = VIEWS.map((name) => h("button", { text: TITLES[name], onClick: () => onView(name) }));
    this.#pause = h("button", { text: "Hold", onClick: onPause });
    this.#mode = h("button", { onClick: onMode });
    this.#overlay = h("button", { text: "One scale", title: "all curves on one scale (y)", onClick: onOverlay });
    this.#range = h(
      "span",
      { class: "row" },
      tool("+", "zoom in (z)", () => onZoom(0.5)),
      tool("−", "zoom out (x)", () => onZoom(2)),
      tool("All", "show all of it (a)", onAll),
    );
    this.#span = h(
      "select",
      { "aria-label": "how much is shown", onChange: () => onSpan(this.spanS) },
      ...SPANS_S.map((s) => h("option", { value: s, text: s < 60 ? `${s} s` : `${s / 60} min` })),
    );
    this.#span.value = `${SPANS_S.find((each) => each === spanS) ?? 60}`;
    this.#slider.addEventListener("input", () => onTime(Number(this.#slider.value) / SLIDER));
    this.elements = [
      h("div", { class: "switch", role: "group", "aria-label": "view" }, ...this.#views),
      ...[this.#mode, this.#pause, this.#span, this.#overlay, this.#range, this.#slider],
    ];
  }

  /** How much of what comes is shown, in seconds. */
  get spanS(): number {
    return Number(this.#span.value);
  }

  /** Shows what fits a view and a mode. */
  show({ kind, isLive, hasBoth, isOverlay }: {
    readonly kind: ViewKind;
    readonly isLive: boolean;
    /** Whether there is something live and something recorded. */
    readonly hasBoth: boolean;
    readonly isOverlay: boolean;
  }): void {
    this.#views.forEach((button, i) => setAttribute(button, "aria-pressed", `${VIEWS[i] === kind}`));
    this.#mode.hidden = !hasBoth;
    setText(this.#mode, isLive ? "Live" : "Recorded");
    this.#mode.title = isLive ? "show what was recorded" : "show what comes now";
    this.#pause.hidden = this.#span.hidden = !isLive;
    this.#range.hidden = kind === "spectrum" || isLive && kind === "time";
    this.#overlay.hidden = kind !== "time";
    this.#slider.hidden = isLive || kind === "time";
    this.showOverlay(isOverlay);
  }

  /** Whether it is held. */
  showPause(isPaused: boolean): void {
    setText(this.#pause, isPaused ? "Go on" : "Hold");
    setAttribute(this.#pause, "aria-pressed", `${isPaused}`);
  }

  /** Whether all curves have one scale. */
  showOverlay(isOverlay: boolean): void {
    setAttribute(this.#overlay, "aria-pressed", `${isOverlay}`);
  }

  /** Where the cursor is, unless somebody moves it. */
  showTime(share: number): void {
    if (!this.#slider.matches(":active")) this.#slider.value = `${Math.round(share * SLIDER)}`;
  }
}
