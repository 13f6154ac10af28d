/**
 * What happens on an edge when frames come faster than they go: `block` makes the sender wait, `drop_oldest` keeps the
 * newest frames, `drop_newest` the oldest, and `sample` thins evenly: beyond half of the room, one frame of so many goes in.
 */
export type ShedPolicy = "block" | "drop_oldest" | "drop_newest" | "sample";

/** All policies. */
export const SHED_POLICIES: readonly ShedPolicy[] = ["block", "drop_oldest", "drop_newest", "sample"];

/** Options of {@linkcode ShedQueue}. */
export interface ShedOptions<T = unknown> {
  /** What gives when there is no room. */
  readonly policy: Exclude<ShedPolicy, "block">;
  /** How many may wait. @default {100} */
  readonly capacity?: number;
  /** For `sample`: one of how many goes in while the queue is more than half full. @default {4} */
  readonly keepOneOf?: number;
  /** Called for each that is dropped, with how many these are. */
  readonly onDrop?: ((count: number, dropped: T) => void) | undefined;
}

/** A bounded queue that always takes what is offered, and drops by its policy. Every drop is counted. */
export class ShedQueue<T> {
  readonly #policy: ShedOptions["policy"];
  readonly #keepOneOf: number;
  readonly #onDrop: ((count: number, dropped: T) => void) | undefined;
  readonly #slots: (T | undefined)[];
  #first = 0;
  #size = 0;
  #sinceKept = 0;
  #dropped = 0;

  /** An empty one. */
  constructor({ policy, capacity = 100, keepOneOf = 4, onDrop }: ShedOptions<T>) {
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw new RangeError(`Cannot let ${capacity} frames wait: it is a whole number from 1 up`);
    }
    if (!Number.isInteger(keepOneOf) || keepOneOf < 1) {
      throw new RangeError(`Cannot keep one of ${keepOneOf} frames: it is a whole number from 1 up`);
    }
    [this.#policy, this.#keepOneOf, this.#onDrop] = [policy, keepOneOf, onDrop];
    this.#slots = new Array<T | undefined>(capacity).fill(undefined);
  }

  /** How many wait. */
  get size(): number {
    return this.#size;
  }

  /** How many were dropped. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Puts `value` at the end, or drops it or another one. */
  offer(value: T): void {
    if (this.#policy === "sample" && !this.#isSampled()) return this.#drop(value);
    if (this.#size === this.#slots.length) {
      if (this.#policy !== "drop_oldest") return this.#drop(value);
      this.#drop(this.take()!);
    }
    this.#slots[(this.#first + this.#size++) % this.#slots.length] = value;
  }

  /** Takes the first; undefined when none waits. */
  take(): T | undefined {
    if (this.#size === 0) return undefined;
    const value = this.#slots[this.#first];
    this.#slots[this.#first] = undefined;
    this.#first = (this.#first + 1) % this.#slots.length;
    this.#size--;
    return value;
  }

  #isSampled(): boolean {
    if (this.#size * 2 < this.#slots.length) {
      this.#sinceKept = 0;
      return true;
    }
    this.#sinceKept = (this.#sinceKept + 1) % this.#keepOneOf;
    return this.#sinceKept === 0;
  }

  #drop(value: T): void {
    this.#dropped++;
    this.#onDrop?.(1, value);
  }
}
