import type { Workers } from "./worker_thread.ts";

/** Says when a thread takes too long for what it is at. One timer looks now and then, whatever the number of frames. */
export class ThreadWatch {
  readonly #clock: Workers["clock"];
  readonly #late: () => void;
  #limitNs = Infinity;
  #sinceNs: number;
  #isWaiting = false;
  #takeBack: (() => void) | undefined;

  /** `late` is called when somebody waits and the time is up. */
  constructor(clock: Workers["clock"], late: () => void) {
    [this.#clock, this.#late, this.#sinceNs] = [clock, late, clock.elapsedNs()];
  }

  /** The thread begins with the next thing. */
  begin(): void {
    this.#sinceNs = this.#clock.elapsedNs();
  }

  /** Somebody waits for it, for `limitMs` since it began; 0: for ever. */
  wait(limitMs: number): void {
    const limitNs = limitMs === 0 ? Infinity : Math.round(limitMs * 1e6);
    if (limitNs < this.#limitNs) this.stop();
    [this.#limitNs, this.#isWaiting] = [limitNs, true];
    if (this.#takeBack === undefined) this.#arm();
  }

  /** Nobody waits any more. The timer stays: most likely somebody will. */
  done(): void {
    this.#isWaiting = false;
  }

  /** Takes the timer back. */
  stop(): void {
    this.#takeBack?.();
    this.#takeBack = undefined;
    this.#isWaiting = false;
  }

  #arm(): void {
    const dueNs = this.#sinceNs + this.#limitNs;
    if (dueNs === Infinity) return;
    this.#takeBack = this.#clock.at(dueNs, () => {
      this.#takeBack = undefined;
      if (!this.#isWaiting) return;
      if (this.#clock.elapsedNs() < this.#sinceNs + this.#limitNs) this.#arm();
      else this.#late();
    });
  }
}
