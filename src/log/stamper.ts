import type { Clock } from "../clock/mod.ts";

/** Gives frames their times; see {@linkcode Stamper}. */
export type FrameStamper = Pick<Stamper, "next" | "hi" | "lo" | "follow">;

/**
 * The times of a recording: strictly increasing over all its channels, at least one nanosecond apart, so that time alone
 * says what came before what. Counted from the clock's origin, because `bigint` is too slow for each frame.
 */
export class Stamper {
  readonly #clock: Clock;
  readonly #originHi: number;
  readonly #originLo: number;
  #last: number;

  /** Stamps not before `startNs`. */
  constructor(clock: Clock, startNs: bigint) {
    this.#clock = clock;
    this.#originHi = Number(clock.originNs >> 32n);
    this.#originLo = Number(clock.originNs & 0xffffffffn);
    this.#last = Number(startNs - clock.originNs) - 1;
  }

  /** The next stamp, counted from the clock's origin. */
  next(): number {
    const elapsed = this.#clock.elapsedNs();
    // After 104 days a number has no next nanosecond any more, only a next number.
    const next = this.#last < 2 ** 53 ? this.#last + 1 : this.#last * (1 + Number.EPSILON);
    return this.#last = elapsed > this.#last ? elapsed : next;
  }

  /** The time of the last stamp, or just before the start. */
  get lastNs(): bigint {
    return this.#clock.originNs + BigInt(this.#last);
  }

  /** The upper half of the time that a stamp stands for. */
  hi(stamp: number): number {
    const carry = this.#originLo + (stamp >>> 0) > 0xffffffff ? 1 : 0;
    return this.#originHi + Math.floor(stamp / 2 ** 32) + carry;
  }

  /** The lower half. */
  lo(stamp: number): number {
    return (this.#originLo + (stamp >>> 0)) >>> 0;
  }

  /** Stamps from now on are behind `timeNs`. */
  follow(timeNs: bigint): void {
    this.#last = Math.max(this.#last, Number(timeNs - this.#clock.originNs));
  }
}
