/** Things by the time at which they are due: a binary heap. A thing may become due later while it is in here. */
export class DueQueue<T> {
  readonly #dueOf: (thing: T) => number;
  readonly #heap: { at: number; readonly thing: T }[] = [];

  /** `dueOf` says when a thing is due now. */
  constructor(dueOf: (thing: T) => number) {
    this.#dueOf = dueOf;
  }

  /** Adds a thing, which must not be in here. */
  add(thing: T): void {
    const heap = this.#heap;
    const entry = { at: this.#dueOf(thing), thing };
    let i = heap.length;
    while (i > 0) {
      const above = (i - 1) >> 1;
      if (heap[above]!.at <= entry.at) break;
      heap[i] = heap[above]!;
      i = above;
    }
    heap[i] = entry;
  }

  /** Takes out all that is due by now, in no order. */
  take(now: number): T[] {
    const taken: T[] = [];
    while (this.#heap.length > 0 && this.#heap[0]!.at <= now) {
      const { thing } = this.#heap[0]!;
      const at = this.#dueOf(thing);
      if (at <= now) {
        taken.push(thing);
        this.#replaceFirst(undefined);
      } else this.#replaceFirst({ at, thing });
    }
    return taken;
  }

  #replaceFirst(entry: { at: number; readonly thing: T } | undefined): void {
    const heap = this.#heap;
    const sinking = entry ?? heap.pop()!;
    if (heap.length === 0) return;
    let i = 0;
    for (;;) {
      let below = 2 * i + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && heap[below + 1]!.at < heap[below]!.at) below++;
      if (heap[below]!.at >= sinking.at) break;
      heap[i] = heap[below]!;
      i = below;
    }
    heap[i] = sinking;
  }
}
