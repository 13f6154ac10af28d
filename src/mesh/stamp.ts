/**
 * When an event was written, by a hybrid logical clock: near the time of day, and always later than what its device had
 * seen (Kulkarni et al., Logical Physical Clocks, 2014).
 */
export interface Stamp {
  /** Milliseconds since 1970, whole, below 2^48. */
  readonly wallMs: number;
  /** Orders events of the same millisecond, from 0 to 65535. */
  readonly counter: number;
}

/** The first millisecond that no stamp can say. */
export const STAMP_WALL_LIMIT = 2 ** 48;
/** The first counter that no stamp can have. */
export const STAMP_COUNTER_LIMIT = 2 ** 16;

/** Below zero when `a` is earlier, above when it is later. */
export function compareStamps(a: Stamp, b: Stamp): number {
  return a.wallMs - b.wallMs || a.counter - b.counter;
}
