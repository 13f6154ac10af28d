import type { Clock } from "../clock/mod.ts";
import { TinmanError } from "../errors/mod.ts";

/** Options of {@linkcode RunLimit}. */
export interface RunLimitOptions {
  /** Each of them ends the run. */
  readonly signals: readonly (AbortSignal | undefined)[];
  /** How long the run may take, in milliseconds; `Infinity` for ever. */
  readonly timeoutMs: number;
}

/** Ends one run when somebody cancels it or its time is up. Disposed, it holds neither a timer nor a listener. */
export class RunLimit implements Disposable {
  readonly #controller = new AbortController();
  readonly #cleanup: (() => void)[] = [];

  /** The time begins now. */
  constructor(clock: Clock, { signals, timeoutMs }: RunLimitOptions) {
    if (!(timeoutMs > 0)) throw new RangeError(`Cannot give a run ${timeoutMs} ms: it is more than zero`);
    for (const signal of signals) {
      if (signal !== undefined) this.#follow(signal);
    }
    if (timeoutMs === Infinity) return;
    const late = () =>
      this.#controller.abort(
        new TinmanError("TIMEOUT", `Cannot wait for the run any longer: ${timeoutMs} ms have passed`, { timeoutMs }),
      );
    this.#cleanup.push(clock.at(clock.elapsedNs() + Math.round(timeoutMs * 1e6), late));
  }

  /** Aborts when the run has to end, with why. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What `work` comes to, or the reason to end if that comes first. `work` is left alone then. */
  race<T>(work: Promise<T>): Promise<T> {
    const { signal } = this;
    return new Promise((resolve, reject) => {
      const giveUp = () => reject(signal.reason);
      if (signal.aborted) giveUp();
      signal.addEventListener("abort", giveUp, { once: true });
      work.then(resolve, reject);
    });
  }

  [Symbol.dispose](): void {
    for (const clean of this.#cleanup) clean();
  }

  #follow(signal: AbortSignal): void {
    const end = () => this.#controller.abort(signal.reason);
    if (signal.aborted) return end();
    signal.addEventListener("abort", end, { once: true });
    this.#cleanup.push(() => signal.removeEventListener("abort", end));
  }
}
