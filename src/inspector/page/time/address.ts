/// <reference lib="dom" />
import type { View } from "../page.ts";
import { type TimeWindow, writeSeconds } from "./time_window.ts";

/** Keeps the cursor and what is shown around it in the address, soon: browsers refuse one that changes all the time. */
export function placeInAddress({ setParam, signal }: Pick<View, "setParam" | "signal">): (
  place: () => { readonly cursorNs: number | undefined; readonly window: TimeWindow | undefined } | undefined,
) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  signal.addEventListener("abort", () => clearTimeout(timer));
  return (place) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const { cursorNs, window } = place() ?? {};
      if (window === undefined) return;
      setParam("at", cursorNs === undefined ? "" : writeSeconds(cursorNs));
      setParam("from", window.isAll ? "" : writeSeconds(Math.max(0, window.fromNs)));
      setParam("to", window.isAll ? "" : writeSeconds(window.toNs));
    }, 150);
  };
}
