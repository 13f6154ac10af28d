import { TinmanError } from "../errors/mod.ts";

/** Options of {@linkcode Semaphore}. */
export interface SemaphoreOptions {
  /** How many may hold a permit at a time. */
  readonly permits: number;
  /** How many may wait for one; whoever comes on top is refused. @default {1024} */
  readonly maxWaiting?: number;
  /** What is held, for messages. @default {"a permit"} */
  readonly what?: string;
}

/** Options of {@linkcode Semaphore.acquire}. */
export interface AcquireOptions {
  /** Whoever has the least goes first; those with the same go in the order in which they came. @default {0} */
  readonly due?: number;
  /** Gives up the wait by rejecting with the signal's reason. */
  readonly signal?: AbortSignal;
}

interface Waiter {
  readonly due: number;
  readonly admit: () => void;
}

/** Lets so many in at a time, and the others wait in a fair line of bounded length. */
export class Semaphore {
  readonly #permits: number;
  readonly #maxWaiting: number;
  readonly #what: string;
  // Sorted, so that most come and go at the ends.
  readonly #line: Waiter[] = [];
  #held = 0;

  /** All permits are free. */
  constructor({ permits, maxWaiting = 1024, what = "a permit" }: SemaphoreOptions) {
    if (!Number.isInteger(permits) || permits < 1) {
      throw new RangeError(`Cannot let in ${permits} at a time: it is a whole number from 1 up`);
    }
    if (!(maxWaiting >= 0)) throw new RangeError(`Cannot let ${maxWaiting} wait: it is zero or more`);
    [this.#permits, this.#maxWaiting, this.#what] = [permits, maxWaiting, what];
  }

  /** How many hold a permit. */
  get held(): number {
    return this.#held;
  }

  /** How many wait for one. */
  get waiting(): number {
    return this.#line.length;
  }

  /**
   * Waits for a permit. What it resolves with gives the permit back; calling that twice is fine.
   *
   * @throws {TinmanError} `UNAVAILABLE` at once when the line is full.
   */
  async acquire({ due = 0, signal }: AcquireOptions = {}): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.#held < this.#permits) this.#held++;
    else await this.#wait(due, signal);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#release();
    };
  }

  #wait(due: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#line.length >= this.#maxWaiting) return Promise.reject(this.#fullError());
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#line.splice(this.#line.indexOf(waiter), 1);
        reject(signal!.reason);
      };
      const waiter: Waiter = {
        due,
        admit: () => {
          signal?.removeEventListener("abort", giveUp);
          resolve();
        },
      };
      signal?.addEventListener("abort", giveUp, { once: true });
      this.#line.splice(this.#placeOf(due), 0, waiter);
    });
  }

  /** Behind all who are due no later. */
  #placeOf(due: number): number {
    let at = this.#line.length;
    while (at > 0 && this.#line[at - 1]!.due > due) at--;
    return at;
  }

  #release(): void {
    // The permit goes to the next in line, so that nobody who comes now can take it first.
    const next = this.#line.shift();
    if (next === undefined) this.#held--;
    else next.admit();
  }

  #fullError(): TinmanError<"UNAVAILABLE"> {
    return new TinmanError(
      "UNAVAILABLE",
      `Cannot get ${this.#what}: ${this.#held} are held and ${this.#line.length} wait already`,
      { what: this.#what, hint: "try again later, or allow more to run or to wait" },
    );
  }
}
