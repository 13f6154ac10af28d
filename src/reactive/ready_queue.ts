import type { Inbox } from "./inbox.ts";

/**
 * The inboxes that have work and a free slot, as a binary heap (Williams 1964): the lowest priority first, and among
 * equals the one whose work is oldest, then the one that comes first in the pipeline: the order is always the same.
 */
export class ReadyQueue {
  readonly #heap: Inbox[] = [];

  /** How many there are. */
  get size(): number {
    return this.#heap.length;
  }

  /** Puts in an inbox that has work, a free slot, and is not in. */
  add(inbox: Inbox): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent]!;
      if (!isBefore(inbox, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = inbox;
    inbox.isReady = true;
  }

  /** Takes out the first. */
  take(): Inbox {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    first.isReady = false;
    if (last === first) return first;
    const size = heap.length;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }

  /** Takes out all. */
  clear(): void {
    for (const inbox of this.#heap) inbox.isReady = false;
    this.#heap.length = 0;
  }
}

function isBefore(a: Inbox, b: Inbox): boolean {
  if (a.priority !== b.priority) return a.priority < b.priority;
  return a.firstAge < b.firstAge || (a.firstAge === b.firstAge && a.place < b.place);
}
