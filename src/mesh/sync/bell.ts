import type { Clock } from "../../clock/mod.ts";

/** Wakes the one who waits, by a ring or when its time has come. */
export class Bell {
  readonly #clock: Clock;
  #hasRung = false;
  #wake: (() => void) | undefined;
  #takeBack: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Wakes who waits, or who waits next. */
  ring(): void {
    this.#hasRung = true;
    this.#wake?.();
  }

  /** Until it rings, or so many milliseconds have passed. One at a time. */
  async wait(ms: number | undefined): Promise<void> {
    if (!this.#hasRung) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        const atNs = ms === undefined ? undefined : this.#clock.elapsedNs() + Math.max(Math.ceil(ms * 1e6), 0);
        this.#takeBack = atNs === undefined ? undefined : this.#clock.at(atNs, resolve);
      });
    }
    this.stop();
    this.#hasRung = false;
  }

  /** Lets go of the clock; who waits goes on waiting for a ring. */
  stop(): void {
    this.#takeBack?.();
    [this.#wake, this.#takeBack] = [undefined, undefined];
  }
}
