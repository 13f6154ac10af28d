import type { Clock } from "../../clock/mod.ts";

// Writers flush four times a second; a machine that is busy, or a disk that is slow, takes longer.
const QUIET_NS = 15e9;

/** Whether a recording without an end is being written: nobody says so, and it is seen by what comes. */
export class Growth {
  readonly #clock: Clock;
  #bytes: number | undefined;
  #grewNs = -Infinity;

  /** `clock` is that of who looks. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Looks at how much there is by now, and at the time of its last frame. */
  isWritten({ bytes, lastNs }: { readonly bytes: number; readonly lastNs: bigint }): boolean {
    const nowNs = this.#clock.elapsedNs();
    if (this.#bytes !== undefined && bytes !== this.#bytes) this.#grewNs = nowNs;
    this.#bytes = bytes;
    return nowNs - this.#grewNs < QUIET_NS || Math.abs(Number(this.#clock.now() - lastNs)) < QUIET_NS;
  }
}
