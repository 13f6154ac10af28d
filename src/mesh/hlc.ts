import type { Clock } from "../clock/mod.ts";
import { compareStamps, type Stamp, STAMP_COUNTER_LIMIT, STAMP_WALL_LIMIT } from "./stamp.ts";

/** Options of {@linkcode Hlc}. */
export interface HlcOptions {
  /** The physical clock. It may be wrong, and after a restart it may be earlier than before. */
  readonly clock: Pick<Clock, "now">;
  /**
   * How far a stamp from elsewhere may be ahead of the physical clock. A cheap crystal is off by up to 100 ppm, so ten
   * minutes are two months without a time source. @default {600000}
   */
  readonly maxAheadMs?: number;
}

/**
 * A hybrid logical clock (Kulkarni et al. 2014): near to physical time, and whatever is stamped after something was seen
 * is stamped higher than it, whatever the physical clock does.
 *
 * Observing only remembers; it takes no stamp of its own. So a counter counts local events, and many that come in do not
 * use it up.
 */
export class Hlc {
  readonly #clock: Pick<Clock, "now">;
  readonly #maxAheadMs: number;
  #wallMs = 0;
  #counter = 0;

  /** Starts at 1970; see {@linkcode Hlc.restore}. */
  constructor({ clock, maxAheadMs = 600_000 }: HlcOptions) {
    if (!(maxAheadMs >= 0)) throw new RangeError(`maxAheadMs is ${maxAheadMs}, expected 0 or more`);
    [this.#clock, this.#maxAheadMs] = [clock, maxAheadMs];
  }

  /** The highest stamp that was given or observed. */
  get last(): Stamp {
    return { wallMs: this.#wallMs, counter: this.#counter };
  }

  /** A stamp for a local event: higher than all before it and all that was observed. */
  now(): Stamp {
    const physical = this.#physicalMs();
    if (physical > this.#wallMs) this.#set(physical, 0);
    else if (this.#counter < STAMP_COUNTER_LIMIT - 1) this.#counter++;
    else if (this.#wallMs < STAMP_WALL_LIMIT - 1) this.#set(this.#wallMs + 1, 0);
    else throw new RangeError("the hybrid clock is at its end, in the year 10889");
    return this.last;
  }

  /**
   * Whether a stamp is near enough to physical time, or in the past, to be believed. Asks only: what is ahead now may be
   * acceptable later.
   */
  accepts(stamp: Stamp): boolean {
    return isStamp(stamp) && stamp.wallMs - this.#physicalMs() <= this.#maxAheadMs;
  }

  /**
   * Remembers the stamp of a remote event that was found valid. Returns false, and remembers nothing, when it is too far
   * ahead of physical time or no stamp at all: one wrong clock would else move all others for ever.
   */
  observe(stamp: Stamp): boolean {
    if (!this.accepts(stamp)) return false;
    this.#raise(stamp);
    return true;
  }

  /**
   * Goes on where this device had been, after a restart: no stamp is given twice when the physical clock was set back.
   * Only for stamps that we gave ourselves, as there is no bound here.
   */
  restore(stamp: Stamp): void {
    if (!isStamp(stamp)) throw new RangeError(`wall ${stamp.wallMs} and counter ${stamp.counter} are no stamp`);
    this.#raise(stamp);
  }

  #raise(stamp: Stamp): void {
    if (compareStamps(stamp, this.last) > 0) this.#set(stamp.wallMs, stamp.counter);
  }

  #set(wallMs: number, counter: number): void {
    [this.#wallMs, this.#counter] = [wallMs, counter];
  }

  #physicalMs(): number {
    return Math.min(Math.max(Number(this.#clock.now() / 1_000_000n), 0), STAMP_WALL_LIMIT - 1);
  }
}

/** Whether both parts are whole numbers that fit their bits. */
export function isStamp({ wallMs, counter }: Stamp): boolean {
  return Number.isInteger(wallMs) && Number.isInteger(counter) && wallMs >= 0 && wallMs < STAMP_WALL_LIMIT &&
    counter >= 0 && counter < STAMP_COUNTER_LIMIT;
}

/** For people: `2026-11-21T09:16:00.123Z`, and `2026-11-21T09:16:00.123Z+7` for the seventh after it. */
export function formatStamp({ wallMs, counter }: Stamp): string {
  return `${new Date(wallMs).toISOString()}${counter === 0 ? "" : `+${counter}`}`;
}
