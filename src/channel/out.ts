import { TinmanError } from "../errors/mod.ts";
import { DEFAULT_CAPACITY } from "./channel.ts";
import type { OutEnd } from "./ends.ts";
import { In } from "./in.ts";
import { DONE, Ring, type RingOptions } from "./ring.ts";

/** Options of {@linkcode Out.subscribe}. */
export interface SubscribeOptions {
  /** How many values may wait for this subscriber. @default {10} */
  readonly capacity?: number;
  /** For runtimes: numbers everything that happens in a run, for a reader that must know what came first. */
  readonly order?: { next: number };
}

/** Decides when those go on who waited for room, see `runtime/turnstile.ts`. */
export interface Exit {
  /**
   * Somebody begins to wait for room: to publish the value with the sequence number `at`, or only to know that there is
   * room for it. Returns what is to be called when there is; `goOn` answers it.
   */
  wait(at: number, options: { readonly toPublish: boolean; readonly goOn: () => void }): () => void;
}

/**
 * The sending half of a channel. Every subscriber gets every value published after it subscribed.
 *
 * - `publish()` resolves once the value is accepted: at once while the slowest subscriber has room.
 * - Without subscribers it is a no-op.
 * - After `close()` it rejects with `CLOSED`, which carries the unsent value.
 *
 * @example Broadcast to two subscribers
 * ```ts
 * import { Out } from "tinman";
 *
 * const out = new Out<string>();
 * const [a, b] = [out.subscribe(), out.subscribe()];
 * await out.publish("hello");
 * out.close();
 * for await (const text of a) console.log(text); // hello
 * for await (const text of b) console.log(text); // hello
 * ```
 */
export class Out<T> implements OutEnd<T> {
  readonly #ring: Ring<T>;
  /** Whether the run has asked its nodes to end. */
  #isEnding = false;
  #exit: Exit | undefined;
  #allowance: { left: number; readonly reason: unknown } | undefined;

  /** Makes a channel of its own; a run gives options to its channels. */
  constructor(options: RingOptions<T> = {}) {
    this.#ring = new Ring(options);
  }

  /** Hands `value` to every subscriber; the promise resolves when all of them have room for it. */
  publish(value: T): Promise<void> {
    const ring = this.#ring;
    if (ring.head >= ring.limit || this.#allowance !== undefined) {
      if (ring.closing) return this.#refuse(this.#closedError(value));
      if (this.#allowance !== undefined && --this.#allowance.left < 0) return this.#refuse(this.#allowance.reason);
      if (!ring.hasRoom() || ring.mustWait) return this.#wait({ put: value });
    }
    if (ring.tap !== undefined) return this.#putTapped(value);
    ring.put(value);
    return --ring.slice.budget < 0 ? ring.slice.spent() ?? DONE : DONE;
  }

  /** Hands over `value` if all subscribers have room now, and says whether it did. Throws `CLOSED` after `close()`. */
  tryPublish(value: T): boolean {
    const ring = this.#ring;
    if (ring.closing) throw this.#closedError(value);
    if (!ring.hasRoom() || ring.mustWait) return false;
    ring.put(value);
    return true;
  }

  /** Whether a value published now would be taken at once. */
  hasRoom(): boolean {
    return this.#ring.hasRoom();
  }

  /** How many values were published so far. */
  get published(): number {
    return this.#ring.head;
  }

  /** How many get what is published now. */
  get subscribers(): number {
    return this.#ring.subscribers;
  }

  /** Whether {@linkcode Out.close} was called. */
  get closing(): boolean {
    return this.#ring.closing;
  }

  /** Whether published values wait for room. */
  get blocked(): boolean {
    return this.#ring.blocked;
  }

  /** Resolves when there is room for what was published so far, and for one value more. */
  ready(): Promise<void> {
    const ring = this.#ring;
    return ring.closed || ring.hasRoom() && !ring.mustWait ? DONE : this.#wait(undefined);
  }

  /** Adds a subscriber. */
  subscribe(options: SubscribeOptions = {}): In<T> {
    const { capacity = DEFAULT_CAPACITY, order } = options;
    checkCapacity(this.#ring.name, capacity);
    if (order !== undefined) this.#ring.keepOrder(order);
    return new In(this.#ring, capacity);
  }

  /** For runtimes: {@linkcode Ring.admitEarly} */
  admitEarly(): boolean {
    return this.#ring.admitEarly();
  }

  /** For runtimes: {@linkcode Ring.stretch} */
  stretch(): boolean {
    return this.#ring.stretch();
  }

  /** For runtimes: from now on `exit` says when those go on who wait for room. */
  putBehind(exit: Exit | undefined): void {
    this.#exit = exit;
  }

  /** For runtimes: {@linkcode Ring.waitAt} */
  waitAt(at: number): void {
    this.#ring.waitAt(at);
  }

  /** For runtimes: from now on takes `count` more values, then refuses with `reason`. */
  allow(count: number, reason: unknown): void {
    this.#isEnding = true;
    this.#allowance ??= { left: count, reason };
  }

  /** Ends the channel behind what was published. Never waits; twice is fine. */
  close(): void {
    this.#ring.close();
  }

  /** Ends the channel now: publishers that wait are refused with `reason`. */
  abort(reason: unknown): void {
    this.#isEnding = true;
    this.#ring.abort(reason);
  }

  /** Same as {@linkcode Out.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  // In a function of its own: with the `try` in it, `publish()` takes more than twice as long.
  #putTapped(value: T): Promise<void> {
    const { slice } = this.#ring;
    try {
      this.#ring.put(value);
    } catch (error) {
      this.#ring.onRefuse?.(error);
      return Promise.reject(error);
    }
    return --slice.budget < 0 ? slice.spent() ?? DONE : DONE;
  }

  #wait(value: { readonly put: T } | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = (reason: unknown) => {
      // Who published without waiting must not bring the process down when the run ends.
      promise.catch(() => {});
      reject(reason);
    };
    const ring = this.#ring;
    const { nextAt: at, mustWait } = ring;
    const sender = { value, resolve, reject, abort };
    if (ring.lineUp(sender) && this.#exit !== undefined) {
      sender.resolve = this.#exit.wait(at, { toPublish: value !== undefined, goOn: resolve });
      // Whoever had to wait then may have room today.
      if (mustWait) ring.admitEarly();
    }
    return promise;
  }

  #refuse(reason: unknown): Promise<void> {
    const refused = Promise.reject(reason);
    // Who publishes without waiting must not bring the process down when the run ends.
    if (this.#isEnding) refused.catch(() => {});
    else this.#ring.onRefuse?.(reason);
    return refused;
  }

  #closedError(unsent: T): TinmanError<"CLOSED"> {
    return new TinmanError("CLOSED", `Cannot publish to "${this.#ring.name}": it is closed`, { unsent });
  }
}

/** Throws a `GRAPH` error unless `capacity` is a whole number from 1 to 2^24. */
export function checkCapacity(channel: string, capacity: number): void {
  if (Number.isInteger(capacity) && capacity >= 1 && capacity <= 2 ** 24) return;
  throw new TinmanError(
    "GRAPH",
    `Cannot use capacity ${capacity} for channel "${channel}": not a whole number from 1 to 2^24`,
    {
      channel,
      hint: "leave it out for 10, or give a small whole number",
    },
  );
}
