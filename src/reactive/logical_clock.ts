import { BaseClock, TimerQueue } from "../clock/mod.ts";
import { TinmanError } from "../errors/mod.ts";

/**
 * The time of one task, which depends on the input alone: it stands still while the handler works, and who sleeps is
 * woken at once, later by the time of the sleep. Of several that sleep, the one that is due first is woken first.
 */
export class LogicalClock extends BaseClock {
  readonly originNs = 0n;
  readonly #timers = new TimerQueue();
  readonly #deadlines = new TimerQueue();
  #elapsedNs: number;
  #pumping = false;

  /** Starts `startNs` nanoseconds after the origin. */
  constructor(startNs: number) {
    super();
    this.#elapsedNs = startNs;
  }

  elapsedNs(): number {
    return this.#elapsedNs;
  }

  at(elapsedNs: number, wake: () => void): () => void {
    if (elapsedNs === Infinity) return () => {};
    const takeBack = this.#timers.add(Math.ceil(elapsedNs), wake);
    if (!this.#pumping) this.#pump();
    return takeBack;
  }

  /** Aborts when the task has slept that long: what else it does takes no time here. */
  override deadline(ms: number): AbortSignal {
    const controller = new AbortController();
    const late = () => controller.abort(tooLate(ms));
    if (ms > 0) this.#deadlines.add(this.#elapsedNs + Math.round(ms * 1e6), late);
    else late();
    return controller.signal;
  }

  /** Lets time pass, as a sleep does. */
  advance(ms: number): void {
    this.#advanceTo(this.#elapsedNs + Math.round(ms * 1e6));
  }

  #pump(): void {
    this.#pumping = this.#timers.pending > 0;
    if (this.#pumping) queueMicrotask(() => this.#fire());
  }

  #fire(): void {
    if (this.#timers.pending > 0) {
      this.#advanceTo(this.#timers.nextNs);
      this.#timers.fireNext();
    }
    this.#pump();
  }

  #advanceTo(elapsedNs: number): void {
    while (this.#deadlines.nextNs <= elapsedNs) this.#deadlines.fireNext();
    if (elapsedNs > this.#elapsedNs) this.#elapsedNs = elapsedNs;
  }
}

function tooLate(ms: number): TinmanError {
  return new TinmanError("TIMEOUT", `Cannot wait any longer: ${ms} ms have passed`, { timeoutMs: ms });
}
