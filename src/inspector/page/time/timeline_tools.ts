/// <reference lib="dom" />
import type { Page, View } from "../page.ts";
import { tool } from "../tool.ts";

/** What somebody does on a timeline, by button and by key. */
export interface TimelineActions {
  jumpToError(which: "first" | "next"): void;
  loopFrom(): void;
  loopTo(): void;
  loopNot(): void;
  bookmark(): void;
  nextBookmark(): void;
  zoom(factor: number): void;
  showAll(): void;
  goToBegin(): void;
  goToEnd(): void;
  takeOffer(): void;
  close(): void;
}

/** What the keys do, those of playing too. */
export const timelineKeyHelp: NonNullable<Page["keys"]> = [
  ["Space", "play, pause"],
  ["→ ←", "the next frame, the one before (of a replay: one, ten)"],
  ["↑ ↓", "twice the speed, half of it"],
  ["[ ]", "loop from here, to here; \\ no loop"],
  ["b", "bookmark; B the next one"],
  ["e", "the first error; n the next warning or error"],
  ["z x a", "zoom in, out, show all"],
  ["Home End", "the beginning, the end"],
  ["Enter", "have the replay go to the cursor"],
  ["q", "end the replay (twice)"],
];

/** The buttons. */
export function timelineTools(actions: TimelineActions): HTMLElement[] {
  return [
    tool("First error", "the first error (e)", () => actions.jumpToError("first")),
    tool("[ In", "loop from here ([)", () => actions.loopFrom()),
    tool("Out ]", "loop to here (])", () => actions.loopTo()),
    tool("★ Bookmark", "bookmark this place, or not any more (b)", () => actions.bookmark()),
    tool("+", "zoom in (z)", () => actions.zoom(0.5)),
    tool("−", "zoom out (x)", () => actions.zoom(2)),
    tool("All", "show all of it (a)", () => actions.showAll()),
  ];
}

/** The keys. */
export function timelineKeys({ onKey }: Pick<View, "onKey">, actions: TimelineActions): void {
  const keys: Readonly<Record<string, () => void>> = {
    e: () => actions.jumpToError("first"),
    n: () => actions.jumpToError("next"),
    "[": actions.loopFrom,
    "]": actions.loopTo,
    "\\": actions.loopNot,
    b: actions.bookmark,
    B: actions.nextBookmark,
    z: () => actions.zoom(0.5),
    x: () => actions.zoom(2),
    a: actions.showAll,
    Home: actions.goToBegin,
    End: actions.goToEnd,
    Enter: actions.takeOffer,
    Escape: actions.close,
  };
  for (const [key, action] of Object.entries(keys)) onKey(key, action);
}
