import type { Event } from "./event.ts";
import type { Processor } from "./processor.ts";
import { type Target, Task, type TaskHost } from "./task.ts";

/** An event on its way. Those that are to get it share this, and make something of their own when they start. */
export interface Delivery {
  readonly event: Event<object>;
  /** The number of the event in the run. */
  readonly age: number;
  /** Whether it came from outside, and so counts against what may wait of that. */
  readonly isExternal: boolean;
}

/** Places at the front that may be empty before the rest is copied to the front. */
const MAX_EMPTY = 64;

/** What waits for one processor, first in first out, and how many events it may take at once. */
export class Inbox {
  readonly processor: Processor;
  readonly priority: number;
  /** Its place among those of its pipeline. */
  readonly place: number;
  /** Slots that are free. */
  free: number;
  /** The age of the event that waits longest; `Infinity` when none does. */
  firstAge = Infinity;
  /** Whether it is in the queue of those that can start something. Kept by that queue. */
  isReady = false;
  /** Started, handled without an error, tries after an error, events given up, events emitted. */
  started = 0;
  handled = 0;
  retried = 0;
  skipped = 0;
  emitted = 0;
  /** The event that waits longest, and who gets it. Most inboxes never have another. */
  #delivery: Delivery | undefined;
  #target: Target | undefined;
  /** Each event that waits behind it, and then who gets that. What is before `#head` has moved up. */
  #behind: (Delivery | Target | undefined)[] = [];
  #head = 0;

  constructor(processor: Processor, place: number) {
    this.processor = processor;
    this.place = place;
    this.priority = processor.priority ?? 0;
    this.free = processor.concurrency ?? 1;
  }

  /** Adds an event that a handler of this processor is to get. */
  add(delivery: Delivery, target: Target): void {
    if (this.#delivery === undefined) this.#putFirst(delivery, target);
    else this.#behind.push(delivery, target);
  }

  /** Takes out the first; there has to be one. */
  take(host: TaskHost): Task {
    const { event, isExternal } = this.#delivery!;
    if (isExternal) host.external--;
    const task = new Task(host, { event, target: this.#target!, number: this.started++ });
    const [behind, head] = [this.#behind, this.#head];
    if (head === behind.length) {
      this.#delivery = this.#target = undefined;
      this.firstAge = Infinity;
    } else {
      this.#putFirst(behind[head] as Delivery, behind[head + 1] as Target);
      behind[head] = behind[head + 1] = undefined;
      this.#head += 2;
      this.#tidy();
    }
    return task;
  }

  /** Takes out all. */
  clear(): void {
    this.#delivery = this.#target = undefined;
    this.#behind = [];
    this.#head = 0;
    this.firstAge = Infinity;
  }

  /** As it was when it was made, for another run. */
  reset(): void {
    this.clear();
    this.isReady = false;
    this.free = this.processor.concurrency ?? 1;
    this.started =
      this.handled =
      this.retried =
      this.skipped =
      this.emitted =
        0;
  }

  #putFirst(delivery: Delivery, target: Target): void {
    this.#delivery = delivery;
    this.#target = target;
    this.firstAge = delivery.age;
  }

  // What is copied is less than what has moved up since the last time.
  #tidy(): void {
    if (this.#head < MAX_EMPTY || this.#head * 2 < this.#behind.length) return;
    this.#behind = this.#behind.slice(this.#head);
    this.#head = 0;
  }
}
