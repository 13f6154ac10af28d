/** What {@linkcode Ticks} needs of a clock. */
export interface TicksOptions {
  readonly originNs: bigint;
  /** At least 1; fractions are allowed and do not add up. */
  readonly periodNs: number;
  readonly signal: AbortSignal | undefined;
  elapsedNs(): number;
  wait(nowNs: number, untilNs: number, signal: AbortSignal): Promise<void>;
}

/** The ticks of `clock.every()`: tick k is due at `start + k · period`, however long the loop takes. */
export class Ticks implements AsyncIterableIterator<bigint> {
  readonly #clock: TicksOptions;
  readonly #startNs: number;
  readonly #left = new AbortController();
  readonly #signal: AbortSignal;
  #tick = 0;
  #ended = false;

  constructor(clock: TicksOptions) {
    const { periodNs, signal } = clock;
    if (!(periodNs >= 1 && periodNs < Infinity)) {
      throw new RangeError(`Cannot tick every ${periodNs / 1e6} ms: a period is a nanosecond or more`);
    }
    this.#clock = clock;
    this.#startNs = clock.elapsedNs();
    this.#signal = signal === undefined ? this.#left.signal : AbortSignal.any([signal, this.#left.signal]);
  }

  async next(): Promise<IteratorResult<bigint, undefined>> {
    if (this.#ended) return { done: true, value: undefined };
    const nowNs = this.#clock.elapsedNs();
    const dueNs = this.#nextDueNs(nowNs);
    try {
      await this.#clock.wait(nowNs, dueNs, this.#signal);
    } catch (reason) {
      if (this.#left.signal.aborted) return { done: true, value: undefined };
      this.#ended = true;
      throw reason;
    }
    return { done: false, value: this.#clock.originNs + BigInt(dueNs) };
  }

  return(): Promise<IteratorResult<bigint, undefined>> {
    this.#ended = true;
    this.#left.abort();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #nextDueNs(nowNs: number): number {
    const { periodNs } = this.#clock;
    // One step back, because the division may round up past a tick that is due this very moment.
    this.#tick = Math.max(this.#tick, Math.floor((nowNs - this.#startNs) / periodNs) - 1);
    let dueNs: number;
    do dueNs = this.#startNs + Math.round(++this.#tick * periodNs); while (dueNs < nowNs);
    return dueNs;
  }
}
