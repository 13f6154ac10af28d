/** Two clocks of the machine, read together. */
export interface ClockReading {
  /** Milliseconds of a clock that only goes forward, and may stand still while the machine sleeps. */
  readonly monotonicMs: number;
  /** Milliseconds since 1970 of the clock on the wall, which people and time servers set. */
  readonly wallMs: number;
}

/** The clock on the wall jumped, or the machine slept. */
export interface ClockStep {
  /** When it was noticed, in nanoseconds since 1970, after the step was taken. */
  readonly atNs: bigint;
  /** How far the wall clock moved against the monotonic one; negative when it was set back. */
  readonly deltaMs: number;
}

/**
 * One time from two clocks: as steady as the monotonic one, and never far behind the one on the wall. When the wall
 * clock steps forward (it was set, or the machine slept) time follows at once; when it steps back, time goes on as if
 * nothing was, because time that goes back breaks every log.
 */
export class StepDetector {
  /** The time of the first reading, in nanoseconds since 1970. */
  readonly originNs: bigint;
  readonly #first: ClockReading;
  readonly #thresholdMs: number;
  #wallAheadMs = 0;
  #skippedMs = 0;

  /** `thresholdMs` is the smallest difference that is a step; below it the clocks are merely slewed. */
  constructor(first: ClockReading, thresholdMs: number = 500) {
    this.#first = first;
    this.#thresholdMs = thresholdMs;
    this.originNs = BigInt(Math.round(first.wallMs * 1e6));
  }

  /** Whole nanoseconds from the origin to a monotonic reading, all steps noticed so far included. */
  elapsedNs(monotonicMs: number): number {
    return Math.round((monotonicMs - this.#first.monotonicMs + this.#skippedMs) * 1e6);
  }

  /** Looks at both clocks, takes a step if there is one, and tells of it. */
  check(reading: ClockReading): ClockStep | undefined {
    const wallAheadMs = (reading.wallMs - this.#first.wallMs) - (reading.monotonicMs - this.#first.monotonicMs);
    const deltaMs = wallAheadMs - this.#wallAheadMs;
    if (Math.abs(deltaMs) < this.#thresholdMs) return undefined;
    this.#wallAheadMs = wallAheadMs;
    this.#skippedMs = Math.max(this.#skippedMs, wallAheadMs);
    return { atNs: this.originNs + BigInt(this.elapsedNs(reading.monotonicMs)), deltaMs };
  }
}
