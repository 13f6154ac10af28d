import type { Clock, WaitOptions } from "../clock/mod.ts";

/** The clock of the node that a stage is in, which may be another one after a change of the pipeline. */
export class MovingClock implements Clock {
  readonly originNs: bigint;
  #clock: Clock;

  /** Begins as `clock`. */
  constructor(clock: Clock) {
    this.originNs = clock.originNs;
    this.#clock = clock;
  }

  /** Waits that are under way stay with the clock that they began with. */
  moveTo(clock: Clock): void {
    this.#clock = clock;
  }

  /** {@linkcode Clock.elapsedNs} */
  elapsedNs(): number {
    return this.#clock.elapsedNs();
  }

  /** {@linkcode Clock.now} */
  now(): bigint {
    return this.#clock.now();
  }

  /** {@linkcode Clock.at} */
  at(elapsedNs: number, wake: () => void): () => void {
    return this.#clock.at(elapsedNs, wake);
  }

  /** {@linkcode Clock.sleep} */
  sleep(ms: number, options?: WaitOptions): Promise<void> {
    return this.#clock.sleep(ms, options);
  }

  /** {@linkcode Clock.sleepUntil} */
  sleepUntil(timeNs: bigint, options?: WaitOptions): Promise<void> {
    return this.#clock.sleepUntil(timeNs, options);
  }

  /** {@linkcode Clock.every} */
  every(ms: number, options?: WaitOptions): AsyncIterableIterator<bigint> {
    return this.#clock.every(ms, options);
  }

  /** {@linkcode Clock.deadline} */
  deadline(ms: number): AbortSignal {
    return this.#clock.deadline(ms);
  }
}
