/// <reference lib="dom" />
import { Canvas, type Palette } from "../time/canvas.ts";
import { listenTo } from "../time/pointer.ts";
import type { TimeWindow } from "../time/time_window.ts";
import { drawCurves } from "./curves.ts";
import { drawMap, type MapWindow, moved, unwrapped, windowOf, zoomed } from "./map_view.ts";
import type { Shown, ViewKind } from "./shown.ts";
import { drawSpectra } from "./spectrum_view.ts";

const SERIES_COLOURS = 8;

/** What the board asks for when it draws. */
export interface BoardState {
  readonly kind: ViewKind;
  readonly visible: readonly Shown[];
  readonly window: TimeWindow | undefined;
  readonly cursorNs: number | undefined;
  readonly isOverlay: boolean;
  readonly isLive: boolean;
}

/** Where plots are drawn, and what a pointer does there. */
export class Board {
  readonly canvas: Canvas;
  readonly #state: () => BoardState;
  #map: MapWindow | undefined;
  #hoverX: number | undefined;

  constructor({ signal, state, onCursor, onWindow }: {
    readonly signal: AbortSignal;
    readonly state: () => BoardState;
    readonly onCursor: (ns: number) => void;
    readonly onWindow: () => void;
  }) {
    this.#state = state;
    this.canvas = new Canvas({
      label: "plot; the table below has its numbers",
      className: "plot",
      signal,
      draw: (context, width, height, palette) => this.#draw(context, width, height, palette),
    });
    const timeWindow = () => {
      const { kind, window } = state();
      return kind === "time" ? window : undefined;
    };
    listenTo(this.canvas.element, { window: timeWindow, onScrub: onCursor, onHover: () => {}, onWindow });
    this.#listen(this.canvas.element);
  }

  /** Colours of the series, in order. */
  get colours(): string[] {
    return this.canvas.colours("series", SERIES_COLOURS);
  }

  /** The map shows all again. */
  resetMap(): void {
    this.#map = undefined;
  }

  /** Zooms the map, if that is what is shown; says whether it was. */
  zoomMap(factor: number): boolean {
    if (this.#state().kind !== "map" || this.#map === undefined) return false;
    this.#map = zoomed(this.#map, factor, 0, 0);
    this.canvas.redraw();
    return true;
  }

  #listen(element: HTMLElement): void {
    element.addEventListener("pointermove", (event) => {
      const { kind } = this.#state();
      if (kind === "map" && event.buttons === 1 && this.#map !== undefined) {
        this.#map = moved(this.#map, event.movementX, event.movementY);
      }
      this.#hoverX = event.offsetX;
      if (kind !== "time") this.canvas.redraw();
    });
    element.addEventListener("pointerleave", () => {
      this.#hoverX = undefined;
      this.canvas.redraw();
    });
    element.addEventListener("wheel", (event) => {
      if (this.#state().kind !== "map" || this.#map === undefined) return;
      event.preventDefault();
      const [dx, dy] = [event.offsetX - element.clientWidth / 2, event.offsetY - element.clientHeight / 2];
      this.#map = zoomed(this.#map, 1.0015 ** -event.deltaY, dx, dy);
      this.canvas.redraw();
    }, { passive: false });
  }

  #draw(context: CanvasRenderingContext2D, width: number, height: number, palette: Palette): void {
    const { kind, visible, window, cursorNs, isOverlay, isLive } = this.#state();
    const { colours } = this;
    // An axis of nothing would have times of nothing.
    if (window === undefined || visible.length === 0) return;
    if (kind === "spectrum") {
      const spectra = visible.map(({ spectrum }) => spectrum);
      return drawSpectra(context, { spectra, colours, palette, width, height, hoverX: this.#hoverX });
    }
    if (kind === "time") {
      return drawCurves(context, { series: visible, window, palette, colours, width, height, isOverlay, cursorNs });
    }
    const tracks = unwrapped(visible.map(({ points }) => points));
    const map = this.#map ?? windowOf(tracks, width, height);
    if (map === undefined) return;
    // It keeps still once all is there, or somebody has moved it.
    if (!isLive && visible.every(({ done }) => done >= 1)) this.#map = map;
    drawMap(context, { tracks, window: map, colours, palette, width, height, cursorNs });
  }
}
