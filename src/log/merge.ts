import type { FrameCursor, LoadedBlock } from "./cursor.ts";

/**
 * Goes through several logs at once, earliest frame first; frames of the same time come by channel, then as they stand.
 * A binary heap of cursors, each standing on its next frame.
 */
export class Merge {
  readonly #heap: FrameCursor[] = [];
  #taken = false;

  /** Merges cursors that stand before their first frame. */
  constructor(cursors: readonly FrameCursor[]) {
    for (const cursor of cursors) if (cursor.next()) this.#heap.push(cursor);
    for (let i = (this.#heap.length >> 1) - 1; i >= 0; i--) this.#sink(i);
  }

  /**
   * The cursor on the earliest frame that was not given yet, undefined when all are at their end. It only moves on when
   * it is asked again, so that all frames in front of a damaged block come before the error.
   */
  next(): FrameCursor | undefined {
    if (this.#taken) this.#advance();
    const first = this.#heap[0];
    this.#taken = first !== undefined;
    return first;
  }

  #advance(): void {
    const heap = this.#heap;
    if (heap[0]!.next()) {
      if (heap.length > 1) this.#sink(0);
      return;
    }
    const last = heap.pop()!;
    if (heap.length === 0) return;
    heap[0] = last;
    this.#sink(0);
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const moving = heap[from]!;
    let at = from;
    for (let child = 2 * at + 1; child < heap.length; child = 2 * at + 1) {
      let least = heap[child]!;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, least)) least = heap[++child]!;
      if (!isBefore(least, moving)) break;
      heap[at] = least;
      at = child;
    }
    heap[at] = moving;
  }
}

function isBefore(a: FrameCursor, b: FrameCursor): boolean {
  if (a.hi !== b.hi) return a.hi < b.hi;
  return a.lo === b.lo ? isFirstOfEqual(a.block, b.block) : a.lo < b.lo;
}

function isFirstOfEqual(a: LoadedBlock, b: LoadedBlock): boolean {
  return a.channel === b.channel ? a.at < b.at : a.channel < b.channel;
}

/** One item of {@linkcode mergeByTime}: which source it came from, by position. */
export interface MergedItem<T> {
  /** Position of its source in the list that was given. */
  readonly source: number;
  /** The item as the source gave it. */
  readonly item: T;
}

/**
 * Merges any sources of things that have a time, each of them sorted, into one; of equal times the earlier source comes
 * first. It looks one item ahead in each source. Leaving the loop early ends all sources.
 */
export async function* mergeByTime<T extends { readonly timeNs: bigint }>(
  sources: readonly (AsyncIterable<T> | Iterable<T>)[],
): AsyncGenerator<MergedItem<T>, void, void> {
  const iterators = sources.map((source) =>
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  );
  const open = new Set(iterators);
  const heads: (T | undefined)[] = [];
  const pull = async (i: number) => {
    const { done, value } = await iterators[i]!.next();
    heads[i] = done ? undefined : value;
    if (done) open.delete(iterators[i]!);
  };
  try {
    for (let i = 0; i < iterators.length; i++) await pull(i);
    for (;;) {
      let first: number | undefined;
      heads.forEach((head, i) => {
        if (head !== undefined && (first === undefined || head.timeNs < heads[first]!.timeNs)) first = i;
      });
      if (first === undefined) return;
      yield { source: first, item: heads[first]! };
      await pull(first);
    }
  } finally {
    for (const iterator of open) await iterator.return?.();
  }
}
