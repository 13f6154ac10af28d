import type { DataFrame } from "./frame.ts";

/** The key of {@linkcode StageAhead}. */
export const AHEAD: unique symbol = Symbol("ahead");

/** Frames that wait for a stage, the next is number 0. A stage that works elsewhere begins with them. */
export interface StageAhead {
  readonly [AHEAD]?: (index: number) => DataFrame | undefined;
}
