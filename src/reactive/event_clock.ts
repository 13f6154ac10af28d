import { BaseClock, type Clock, type WaitOptions } from "../clock/mod.ts";
import type { NodeWork } from "./node_work.ts";

/**
 * A node's time for the many handlers of a pipeline in it. It stands still while they work: it is when the last message
 * came, or the last sleep ended. So it does not matter which of several handlers looks at it first.
 *
 * What a node is told of the time is written down in its recording, in its place between what comes to the node. Here it
 * is asked in such places alone: when a message comes, and when a timer does.
 */
export class EventClock extends BaseClock {
  readonly originNs: bigint;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #work: NodeWork;
  #nowNs: number;
  /** Called when somebody begins to wait. */
  onWait: (() => void) | undefined;
  /** How many wait. */
  waits = 0;

  /** Waits end with `signal`; `work` is told of them. */
  constructor(clock: Clock, { signal, work }: { readonly signal: AbortSignal; readonly work: NodeWork }) {
    super();
    [this.originNs, this.#clock, this.#signal, this.#work] = [clock.originNs, clock, signal, work];
    this.#nowNs = clock.elapsedNs();
  }

  /** Something has come: it is later now. */
  look(): void {
    this.#nowNs = this.#clock.elapsedNs();
  }

  elapsedNs(): number {
    return this.#nowNs;
  }

  at(elapsedNs: number, wake: () => void): () => void {
    this.onWait?.();
    this.waits++;
    let isOver = false;
    const over = () => {
      if (!isOver) this.waits--;
      isOver = true;
    };
    const takeBack = this.#at(elapsedNs, () => {
      over();
      wake();
    });
    return () => {
      over();
      takeBack();
    };
  }

  /** Calls `wake` when all that could go on has done so. */
  soon(wake: () => void): () => void {
    return this.#at(this.#nowNs, wake);
  }

  // Not by the sleep of the node's clock, which says that whoever is inside has left the node: here others may be at work.
  #at(elapsedNs: number, wake: () => void): () => void {
    const over = this.#work.wait();
    const takeBack = this.#clock.at(elapsedNs, () => {
      this.look();
      over();
      wake();
    });
    return () => {
      over();
      takeBack();
    };
  }

  override async sleep(ms: number, options: WaitOptions = {}): Promise<void> {
    const signal = this.#either(options.signal);
    // Counted from now, not from when the message came.
    if (ms > 0) await this.#untilNow(signal);
    return await super.sleep(ms, { signal });
  }

  override sleepUntil(timeNs: bigint, options: WaitOptions = {}): Promise<void> {
    return super.sleepUntil(timeNs, { signal: this.#either(options.signal) });
  }

  override every(ms: number, options: WaitOptions = {}): AsyncIterableIterator<bigint> {
    return super.every(ms, { signal: this.#either(options.signal) });
  }

  #untilNow(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const giveUp = () => {
        takeBack();
        reject(signal.reason);
      };
      const takeBack = this.at(this.#nowNs, () => {
        signal.removeEventListener("abort", giveUp);
        resolve();
      });
      signal.addEventListener("abort", giveUp, { once: true });
    });
  }

  #either(given: AbortSignal | undefined): AbortSignal {
    return given === undefined ? this.#signal : AbortSignal.any([given, this.#signal]);
  }
}
