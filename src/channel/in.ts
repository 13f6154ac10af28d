import { TinmanError } from "../errors/mod.ts";
import type { InEnd } from "./ends.ts";
import { DONE } from "./ring.ts";
import type { Cursor, Ring } from "./ring.ts";

/** Decides in which order the inputs of one node are handed out, see `runtime/turnstile.ts`. */
export interface Gate {
  /** A fiber asks for the next value of `input`; {@linkcode In.handOut} answers it. */
  ask(input: In<unknown>): void;
  /** Something arrived for `input`, or its channel closed. */
  arrived(input: In<unknown>): void;
}

/**
 * The receiving half of a channel: an async iterable of what was published since it subscribed.
 *
 * - Values come in the order of publication, each once.
 * - After the channel closed, what is queued still comes; then the loop ends, and ends again at once if started anew.
 * - Leaving a loop early (`break`, `throw`) or `close()` takes it off the channel, and publishers stop waiting for it.
 * - One reader: a second `next()` while one waits is a `CLOSED` error.
 */
export class In<T> implements InEnd<T>, Cursor {
  /** Sequence number of the next value, for the ring. */
  at = 0;
  /** Whether somebody waits for the next value, for the ring. */
  parked = false;
  /** How many values may wait. */
  readonly capacity: number;
  /** For runtimes: whether the reader has been told that nothing more comes, or has left. */
  ended = false;
  /** For runtimes: called once, when the reader has been told that nothing more comes, or has left. */
  onEnd: (() => void) | undefined;
  #ring: Ring<T>;
  #answer: ((result: IteratorResult<T>) => void) | undefined;
  #task: (() => void) | undefined;
  #gate: Gate | undefined;
  #left = false;
  #ending = false;
  #waited = false;
  readonly #from: number;

  /** Use {@linkcode Out.subscribe}. */
  constructor(ring: Ring<T>, capacity: number) {
    [this.#ring, this.capacity] = [ring, capacity];
    ring.subscribe(this);
    this.#from = this.at;
  }

  /** How many values wait; none any more after {@linkcode In.close}. */
  get size(): number {
    return this.#left ? 0 : this.#ring.head - this.at;
  }

  /** Whether nothing will come any more. */
  get done(): boolean {
    return this.#left || (this.#ring.closed || this.#ending) && this.at === this.#ring.head;
  }

  /** Whether {@linkcode In.tryNext} would give something. */
  get ready(): boolean {
    return this.at < this.#ring.head || this.done;
  }

  /** When the next value was published, as a number that grows over the whole run. Only kept where a gate needs it. */
  get order(): number {
    return this.#ring.orderAt(this);
  }

  /** For runtimes: whether somebody ever asked for a value. */
  get asked(): boolean {
    return this.#waited || this.at > this.#from;
  }

  /** The next value, or `done` at the end. */
  next(): Promise<IteratorResult<T>> {
    if (this.#gate !== undefined) return this.#wait();
    if (this.at < this.#ring.head && !this.#left) {
      return Promise.resolve({ value: this.#ring.take(this), done: false });
    }
    return this.done ? Promise.resolve(this.#end()) : this.#wait();
  }

  /** The next value if one is there, without waiting. */
  tryNext(): IteratorResult<T> | undefined {
    if (this.at < this.#ring.head && !this.#left) return { value: this.#ring.take(this), done: false };
    return this.done ? this.#end() : undefined;
  }

  /** For runtimes: a value that waits, 0 for the next one, without taking it; undefined where there is none. */
  peek(index: number): T | undefined {
    return index < this.size ? this.#ring.peek(this, index) : undefined;
  }

  /** For runtimes: how many values {@linkcode In.take} may give now; none while a gate says when they are handed out. */
  get free(): number {
    return this.#gate === undefined ? this.size : 0;
  }

  /** For runtimes: the next value. {@linkcode In.size} must not be zero. */
  take(): T {
    return this.#ring.take(this);
  }

  /** For runtimes: ends the input as soon as it is empty, though its channel goes on. */
  endWhenEmpty(): void {
    this.#ending = true;
    if (this.parked && this.done) {
      this.parked = false;
      this.arrived();
    }
  }

  /**
   * For runtimes: ends the input behind what was published so far, though its channel goes on. Publishers stop waiting for
   * this reader; what waits for it stays.
   */
  endHere(): void {
    if (!this.#left) this.#ring = this.#ring.cut(this);
  }

  /** Leaves the channel; publishers stop waiting for this reader. Twice is fine. */
  close(): void {
    if (this.#left) return;
    this.#left = true;
    this.#ring.unsubscribe(this);
    if (this.parked) {
      this.parked = false;
      this.arrived();
    } else {
      this.#end();
    }
  }

  /** Called by `for await` when its loop is left early. */
  return(): Promise<IteratorResult<T>> {
    this.close();
    return Promise.resolve({ value: undefined, done: true });
  }

  /** Itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Same as {@linkcode In.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Same as {@linkcode In.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  /** For runtimes: has `task` called, once, when something is there; it then takes values with {@linkcode In.tryNext}. */
  whenReady(task: () => void): void {
    this.#waited = true;
    this.#task = task;
    this.parked = true;
    if (this.ready) this.#ringNow();
  }

  /** For runtimes: from now on `gate` says when a value is handed out. */
  putBehind(gate: Gate): void {
    this.#gate = gate;
    if (this.#answer !== undefined) gate.ask(this as In<unknown>);
  }

  // A microtask later the publisher may have put another value; a reader that is one value behind finds each next one
  // in the ring, and need not park for it. This doubles the rate of a loop that publishes and a loop that reads.
  readonly #handOutLater = (): void => {
    if (this.#answer !== undefined) this.handOut();
  };

  /** For gates: answers the fiber that asked. Something must be {@linkcode In.ready}. */
  handOut(): void {
    const answer = this.#answer!;
    this.#answer = undefined;
    this.parked = false;
    answer(this.tryNext()!);
  }

  /** Called by the ring, see {@linkcode Cursor}. */
  arrived(): void {
    if (this.#gate !== undefined) {
      this.parked = this.#answer !== undefined;
      this.#gate.arrived(this as In<unknown>);
    } else if (this.#answer !== undefined) {
      void DONE.then(this.#handOutLater);
    } else {
      this.#ringNow();
    }
  }

  #ringNow(): void {
    const task = this.#task;
    this.#task = undefined;
    this.parked = false;
    task?.();
  }

  #end(): IteratorResult<T> {
    const { onEnd } = this;
    this.onEnd = undefined;
    this.ended = true;
    onEnd?.();
    return { value: undefined, done: true };
  }

  #wait(): Promise<IteratorResult<T>> {
    this.#waited = true;
    if (this.#answer !== undefined) {
      return Promise.reject(
        new TinmanError("CLOSED", `Cannot read "${this.#ring.name}" twice at a time: a next() waits already`, {
          hint: "read an input in one loop, or give a second input to a second node",
        }),
      );
    }
    return new Promise((resolve) => {
      this.#answer = resolve;
      this.parked = true;
      this.#gate?.ask(this as In<unknown>);
    });
  }
}
