import { type FrameCursor, type LoadedBlock, NO_BLOCK } from "./cursor.ts";

/** Frames that were found before, in the order of time. */
export class HeldCursor implements FrameCursor {
  hi = 0;
  lo = 0;
  start = 0;
  length = 0;
  index = -1;
  block: LoadedBlock = NO_BLOCK;
  readonly #frames: readonly Omit<FrameCursor, "next">[];
  #next = 0;

  /** Stands before the first of them. */
  constructor(frames: readonly Omit<FrameCursor, "next">[]) {
    this.#frames = frames;
  }

  next(): boolean {
    const frame = this.#frames[this.#next++];
    if (frame !== undefined) Object.assign(this, frame);
    return frame !== undefined;
  }
}
