/** How long to wait and when to give up. */
export interface WaitOptions {
  /** Ends the wait by rejecting with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Time as nodes and engines see it. It is always passed in, so that a replay and a simulation can give their own.
 *
 * Times are nanoseconds since 1970 (`bigint`), durations are milliseconds (`number`, fractions allowed).
 */
export interface Clock {
  /** Where {@linkcode Clock.elapsedNs} counts from, in nanoseconds since 1970. Fixed for the life of the clock. */
  readonly originNs: bigint;
  /** Whole nanoseconds since {@linkcode Clock.originNs}, as a number for hot paths: exact for 104 days. Never goes back. */
  elapsedNs(): number;
  /** The time now, in nanoseconds since 1970: `originNs + BigInt(elapsedNs())`. Never goes back. */
  now(): bigint;
  /**
   * For engines, and what all waits below are built on: calls `wake` once, when {@linkcode Clock.elapsedNs} has reached
   * `elapsedNs` (never inside this very call). Calling what it returns takes it back.
   */
  at(elapsedNs: number, wake: () => void): () => void;
  /** Resolves `ms` milliseconds from now; at once if `ms` is zero or less. */
  sleep(ms: number, options?: WaitOptions): Promise<void>;
  /** Resolves when {@linkcode Clock.now} has reached `timeNs`; at once if it already has. */
  sleepUntil(timeNs: bigint, options?: WaitOptions): Promise<void>;
  /**
   * Ticks every `ms` milliseconds on an absolute schedule, so that no drift adds up: the first tick is one period from
   * now, each yields the time at which it was due. Ticks that fell due while the loop was busy are left out.
   */
  every(ms: number, options?: WaitOptions): AsyncIterableIterator<bigint>;
  /** A signal that aborts with a `TIMEOUT` error `ms` milliseconds from now. */
  deadline(ms: number): AbortSignal;
}

/** Milliseconds to nanoseconds, rounded to the nearest. */
export function msToNs(ms: number): bigint {
  return BigInt(Math.round(ms * 1e6));
}
