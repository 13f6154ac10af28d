import { BaseClock, type Clock, type WaitOptions } from "../clock/mod.ts";
import type { Journal } from "./journal.ts";
import type { Turnstile } from "./turnstile.ts";
import type { Loop } from "./waits.ts";

/** What a node's clock is made of. */
export interface NodeClockOptions {
  /** The run's clock. */
  readonly clock: Clock;
  /** Given to the node's readings, which a replay answers as they were answered live. */
  readonly journal: Journal;
  /** How many values the node has taken, so that a reading stands at its place among them. Only for nodes without turnstile. */
  readonly taken: () => number;
  /** Through which the node's timers come, unless it handles one thing at a time anyway. Made at its first wait. */
  readonly turnstile: () => Turnstile | undefined;
  /** Ends `every()` loops: the node is asked to come to an end. */
  readonly ending: AbortSignal;
  /** Refuses all waits. */
  readonly aborted: AbortSignal;
}

/** The run's time as one node sees it: its readings are journaled, its timers come through its turnstile. */
export class NodeClock extends BaseClock {
  readonly originNs: bigint;
  readonly #options: NodeClockOptions;
  readonly #waits = new Set<() => void>();
  #taken = 0;
  /** Who is about to wait, and leaves the node for it: a loop over ticks, or any fiber. A deadline or `at()` waits for nobody. */
  #waiter: Loop | "fiber" | undefined;

  constructor(options: NodeClockOptions) {
    super();
    this.#options = options;
    this.originNs = options.clock.originNs;
    // A deadline that nobody needs any more would keep the process up.
    options.aborted.addEventListener("abort", () => this.#waits.forEach((takeBack) => takeBack()));
  }

  /** How many waits for the time are under way. */
  get waiting(): number {
    return this.#waits.size;
  }

  elapsedNs(): number {
    const { clock, journal, taken } = this.#options;
    const before = taken();
    if (before > this.#taken) {
      journal.turns(before - this.#taken);
      this.#taken = before;
    }
    return journal.clock(clock.elapsedNs());
  }

  at(elapsedNs: number, wake: () => void): () => void {
    const { clock } = this.#options;
    const turnstile = this.#options.turnstile();
    const ticks = this.#waiter === "fiber" ? undefined : this.#waiter;
    if (this.#waiter !== undefined) turnstile?.left(ticks);
    const resume = () => {
      if (this.#waits.delete(takeBack)) wake();
    };
    const turn = turnstile?.setTimer(resume, ticks);
    const takeBackTimer = clock.at(elapsedNs, turn?.due ?? resume);
    const takeBack = () => {
      if (!this.#waits.delete(takeBack)) return;
      takeBackTimer();
      turn?.takeBack();
    };
    this.#waits.add(takeBack);
    return takeBack;
  }

  override sleep(ms: number, options: WaitOptions = {}): Promise<void> {
    return this.#as("fiber", () => super.sleep(ms, { signal: either(options.signal, this.#options.aborted) }));
  }

  override sleepUntil(timeNs: bigint, options: WaitOptions = {}): Promise<void> {
    const signal = either(options.signal, this.#options.aborted);
    return this.#as("fiber", () => super.sleepUntil(timeNs, { signal }));
  }

  override every(ms: number, options: WaitOptions = {}): AsyncIterableIterator<bigint> {
    const { ending } = this.#options;
    const ticks = super.every(ms, { signal: either(options.signal, ending) });
    const loop = { ended: false };
    const next = () => this.#as(loop, () => ticks.next());
    return {
      async next() {
        try {
          return ending.aborted ? { done: true, value: undefined } : await next();
        } catch (reason) {
          loop.ended = true;
          if (!ending.aborted) throw reason;
          return { done: true, value: undefined };
        }
      },
      return() {
        loop.ended = true;
        return ticks.return!();
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  #as<T>(waiter: Loop | "fiber", wait: () => T): T {
    this.#waiter = waiter;
    try {
      return wait();
    } finally {
      this.#waiter = undefined;
    }
  }
}

function either(given: AbortSignal | undefined, own: AbortSignal): AbortSignal {
  return given === undefined ? own : AbortSignal.any([given, own]);
}
