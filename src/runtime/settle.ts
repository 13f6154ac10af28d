import type { Execution } from "./execution.ts";

/**
 * Tells when a graph has come to rest: every fiber waits in one of our calls, or the event loop has turned and nothing
 * more came of it (a fiber that ended, or one that waits for something else).
 *
 * One watch of the event loop serves any number of rests, so that a replay does not pay a turn for each frame.
 */
export class Settle {
  readonly #execution: Execution;
  #waiting: (() => void) | undefined;
  #watching = false;

  constructor(execution: Execution) {
    this.#execution = execution;
    execution.tally.onRest = () => this.#rest();
  }

  /** Resolves at rest; undefined if the graph is at rest now. */
  rest(): Promise<void> | undefined {
    if (this.#execution.tally.running === 0) return undefined;
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#watch();
    });
  }

  #rest(): void {
    const resolve = this.#waiting;
    this.#waiting = undefined;
    resolve?.();
  }

  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    this.#execution.afterDrain(() => {
      this.#watching = false;
      // Also for who began to wait after the watch: all promises had their reactions before the event loop turned.
      this.#rest();
    });
  }
}
