import { BaseClock, type Clock, type WaitOptions } from "../clock/mod.ts";
import type { NodeWork } from "./node_work.ts";

/**
 * A node's clock for the many handlers of a pipeline in it. The node lets in what comes next when whoever is inside has
 * left it to wait; here one handler may wait while others are still at work, so that nobody leaves: the node sees that all
 * wait when the event loop has turned.
 */
export class EventClock extends BaseClock {
  readonly originNs: bigint;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #work: NodeWork;

  /** Waits end with `signal`; `work` is told of them. */
  constructor(clock: Clock, { signal, work }: { readonly signal: AbortSignal; readonly work: NodeWork }) {
    super();
    [this.originNs, this.#clock, this.#signal, this.#work] = [clock.originNs, clock, signal, work];
  }

  elapsedNs(): number {
    return this.#clock.elapsedNs();
  }

  at(elapsedNs: number, wake: () => void): () => void {
    const over = this.#work.wait();
    const takeBack = this.#clock.at(elapsedNs, () => {
      over();
      wake();
    });
    return () => {
      over();
      takeBack();
    };
  }

  override sleep(ms: number, options: WaitOptions = {}): Promise<void> {
    return super.sleep(ms, { signal: this.#either(options.signal) });
  }

  override sleepUntil(timeNs: bigint, options: WaitOptions = {}): Promise<void> {
    return super.sleepUntil(timeNs, { signal: this.#either(options.signal) });
  }

  override every(ms: number, options: WaitOptions = {}): AsyncIterableIterator<bigint> {
    return super.every(ms, { signal: this.#either(options.signal) });
  }

  #either(given: AbortSignal | undefined): AbortSignal {
    return given === undefined ? this.#signal : AbortSignal.any([given, this.#signal]);
  }
}
