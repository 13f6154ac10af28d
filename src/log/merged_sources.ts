import type { FrameCursor } from "./cursor.ts";
import type { Merge } from "./merge.ts";

/** Goes through several recordings at once, earliest frame first; frames of one time come in the order of the recordings. */
export class MergedSources {
  /** Which one the frame is of. */
  source = 0;
  readonly #merges: readonly Merge[];
  readonly #heads: (FrameCursor | undefined)[] = [];

  /** Takes one merge of each recording. */
  constructor(merges: readonly Merge[]) {
    this.#merges = merges;
  }

  /** The cursor on the next frame; it moves on when it is asked again. */
  next(): FrameCursor | undefined {
    const heads = this.#heads;
    if (heads.length === 0) { for (const merge of this.#merges) heads.push(merge.next()); }
    else heads[this.source] = this.#merges[this.source]!.next();
    let first: FrameCursor | undefined;
    for (let i = 0; i < heads.length; i++) {
      const head = heads[i];
      if (head === undefined) continue;
      if (first !== undefined && (head.hi > first.hi || head.hi === first.hi && head.lo >= first.lo)) continue;
      [first, this.source] = [head, i];
    }
    return first;
  }
}
