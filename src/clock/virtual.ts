import { setImmediate } from "node:timers";
import { BaseClock } from "./base.ts";
import { TimerQueue } from "./timer_queue.ts";

/**
 * A clock that moves only when it is told to. Timers fire one by one, by deadline and then by the order of asking, so
 * that the same program sees the same times in the same order, run after run.
 *
 * @example Ten seconds in no time
 * ```ts
 * import { VirtualClock } from "tinman";
 *
 * const clock = new VirtualClock();
 * const slept = clock.sleep(10_000);
 * clock.fireNext();
 * await slept;
 * console.log(clock.now()); // 10000000000n
 * ```
 */
export class VirtualClock extends BaseClock {
  /** {@linkcode Clock.originNs}: where it started. */
  readonly originNs: bigint;
  readonly #timers = new TimerQueue();
  #elapsedNs = 0;

  /** Starts at `startNs`, nanoseconds since 1970. */
  constructor(startNs: bigint = 0n) {
    super();
    this.originNs = startNs;
  }

  /** {@linkcode Clock.elapsedNs}: how far it was moved. */
  elapsedNs(): number {
    return this.#elapsedNs;
  }

  /** {@linkcode Clock.at}: what is due stays first in line until {@linkcode fireNext}, however far the clock is moved. */
  at(elapsedNs: number, wake: () => void): () => void {
    return this.#timers.add(Math.ceil(elapsedNs), wake);
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.pending;
  }

  /** When the first timer is due, counted from the origin; `Infinity` when none is. */
  get nextElapsedNs(): number {
    return this.#timers.nextNs;
  }

  /** When the first timer is due, or undefined when none is. May lie in the past, see {@linkcode advanceTo}. */
  nextDeadlineNs(): bigint | undefined {
    const next = this.#timers.nextNs;
    return next === Infinity ? undefined : this.originNs + BigInt(next);
  }

  /** Moves now forward to `timeNs`, never back. Fires nothing: what fell due stays first in line. */
  advanceTo(timeNs: bigint): void {
    this.advanceElapsedTo(Number(timeNs - this.originNs));
  }

  /** {@linkcode advanceTo} for hot paths, counted from the origin. */
  advanceElapsedTo(elapsedNs: number): void {
    if (elapsedNs > this.#elapsedNs) this.#elapsedNs = elapsedNs;
  }

  /** Fires the first timer, after moving now to its deadline if that lies ahead. Returns the deadline, if there was one. */
  fireNext(): bigint | undefined {
    // A sleep without end is never due.
    if (this.#timers.nextNs === Infinity) return undefined;
    this.advanceElapsedTo(this.#timers.nextNs);
    return this.originNs + BigInt(this.#timers.fireNext()!);
  }

  /** Fires all that is pending now, in order, and returns how many that were. Timers asked for afterwards wait. */
  flush(): number {
    let fired = 0;
    while (this.fireNext() !== undefined) fired++;
    return fired;
  }

  /**
   * Fires all that falls due up to `timeNs`, letting whoever waited go on in between, and moves now there. A tool for
   * tests; engines drive the clock by {@linkcode fireNext}.
   */
  async runTo(timeNs: bigint): Promise<void> {
    const lastNs = Number(timeNs - this.originNs);
    await settled();
    while (this.#timers.nextNs <= lastNs) {
      this.fireNext();
      await settled();
    }
    this.advanceElapsedTo(lastNs);
  }
}

/** One turn of the event loop: all promise reactions have run by then. */
function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
