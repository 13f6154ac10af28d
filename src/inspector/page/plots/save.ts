/// <reference lib="dom" />
import { ask } from "../api.ts";
import type { View } from "../page.ts";
import { saveAs } from "../time/canvas.ts";
import type { Feed } from "./feeds.ts";
import { csvOf, type Shown, type ViewKind } from "./shown.ts";

/** Saves the numbers that are shown as a table: those of a recording all of them, not only what a picture has room for. */
export function saveNumbers(
  view: View,
  { visible, kind, isLive, feed }: {
    readonly visible: readonly Shown[];
    readonly kind: ViewKind;
    readonly isLive: boolean;
    readonly feed: Feed | undefined;
  },
): void {
  const window = feed?.window;
  if (visible.length === 0 || feed === undefined || window === undefined) return view.say("There is nothing to save");
  if (isLive || kind === "spectrum") {
    return saveAs(new Blob([csvOf(visible, kind, (ns) => feed.timeNs(ns))], { type: "text/csv" }), "plot.csv");
  }
  const query = new URLSearchParams({
    from: `${feed.timeNs(Math.max(0, window.fromNs))}`,
    to: `${feed.timeNs(window.toNs)}`,
  });
  for (const { channel, path, path2 } of visible) {
    query.append("series", JSON.stringify([channel, path]));
    if (path2 !== undefined) query.append("series", JSON.stringify([channel, path2]));
  }
  void ask(`/api/sources/${view.source.id}/plot.csv?${query}`).then(async (response) => {
    if (!response.ok) throw new Error(`the server said ${response.status}`);
    saveAs(await response.blob(), "plot.csv");
  }).catch((error: Error) => view.say(error.message));
}
