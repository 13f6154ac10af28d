import { type HeapItem, TimerHeap } from "./timer_heap.ts";

interface Timer extends HeapItem {
  readonly atNs: number;
  readonly order: number;
  readonly wake: () => void;
}

/**
 * Timers in the order in which they fire: by time, and for equal times by the order of asking. It does not know what
 * time it is; its owner fires what is due.
 */
export class TimerQueue {
  readonly #timers = new TimerHeap<Timer>(firesBefore);
  #asked = 0;

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** When the first timer is due, `Infinity` if there is none. */
  get nextNs(): number {
    return this.#timers.first?.atNs ?? Infinity;
  }

  /** Adds a timer; calling the result takes it back, and does nothing when it has fired. */
  add(atNs: number, wake: () => void): () => void {
    const timer: Timer = { atNs, wake, order: this.#asked++, position: -1 };
    this.#timers.add(timer);
    return () => this.#timers.remove(timer);
  }

  /** Takes the first timer out, fires it and returns its time; undefined when there is none. */
  fireNext(): number | undefined {
    const timer = this.#timers.first;
    if (timer === undefined) return undefined;
    this.#timers.remove(timer);
    timer.wake();
    return timer.atNs;
  }
}

function firesBefore(a: Timer, b: Timer): boolean {
  return a.atNs < b.atNs || (a.atNs === b.atNs && a.order < b.order);
}
