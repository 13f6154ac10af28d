import type { Processor } from "./processor.ts";
import type { Task } from "./task.ts";

/** What waits for one processor, first in first out, and how many events it may take at once. */
export class Inbox {
  readonly processor: Processor;
  readonly priority: number;
  /** Slots that are free. */
  free: number;
  /** Whether it is in the queue of those that can start something. Kept by that queue. */
  isReady = false;
  /** How many waited here so far. */
  received = 0;
  /** Handled without an error, tries after an error, and events given up. */
  handled = 0;
  retried = 0;
  skipped = 0;
  emitted = 0;
  #first: Task | undefined;
  #last: Task | undefined;

  constructor(processor: Processor) {
    this.processor = processor;
    this.priority = processor.priority ?? 0;
    this.free = processor.concurrency ?? 1;
  }

  /** The one that waits longest. */
  get first(): Task | undefined {
    return this.#first;
  }

  add(task: Task): void {
    this.received++;
    if (this.#last === undefined) this.#first = task;
    else this.#last.next = task;
    this.#last = task;
  }

  /** Takes out the first; there has to be one. */
  take(): Task {
    const task = this.#first!;
    this.#first = task.next;
    if (this.#first === undefined) this.#last = undefined;
    task.next = undefined;
    return task;
  }

  /** Takes out all. */
  clear(): void {
    this.#first = this.#last = undefined;
  }

  /** As it was when it was made, for another run. */
  reset(): void {
    this.clear();
    this.isReady = false;
    this.free = this.processor.concurrency ?? 1;
    this.received =
      this.handled =
      this.retried =
      this.skipped =
      this.emitted =
        0;
  }
}
