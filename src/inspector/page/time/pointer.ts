/// <reference lib="dom" />
import type { TimeWindow } from "./time_window.ts";

/** What somebody does with a pointer in time. */
export interface PointerHandlers {
  /** Puts the cursor somewhere. */
  readonly onScrub: (ns: number) => void;
  readonly onHover: (ns: number | undefined) => void;
  /** The window was moved or zoomed. */
  readonly onWindow: () => void;
}

/** Pointer and wheel: drag to scrub, wheel to zoom, with shift or sideways to move, a drag with shift to zoom into it. */
export function listenTo(
  canvas: HTMLCanvasElement,
  { window, onScrub, onHover, onWindow }: PointerHandlers & {
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
