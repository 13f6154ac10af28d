import { DONE, type OutEnd } from "../channel/mod.ts";
import type { EventClock } from "./event_clock.ts";
import type { NodeWork } from "./node_work.ts";

/** Messages that may wait to be published before the pipeline waits for them. */
const MAX_WAITING = 64;

/**
 * What a pipeline gives to the outputs of its node. It is published when all of the pipeline is at rest: when it has
 * nothing to do, or when whoever is at work waits for the time. So how long an output keeps a message waiting, which may
 * be another time in a replay, does not get between handlers at work.
 */
export class NodeOutbox {
  readonly #clock: EventClock;
  readonly #work: NodeWork;
  readonly #waiting: { readonly output: OutEnd<unknown>; readonly message: unknown }[] = [];
  #emptied: PromiseWithResolvers<void> | undefined;
  #flushing: Promise<void> | undefined;
  #takeBack: (() => void) | undefined;
  /** What an output was refused with. Nothing is published after that. */
  #failure: { readonly error: unknown } | undefined;

  /** Publishes at the times of `clock`; `work` is told of waits for room. */
  constructor(clock: EventClock, work: NodeWork) {
    [this.#clock, this.#work] = [clock, work];
    clock.onWait = () => this.#waiting.length > 0 && this.#flushSoon();
  }

  /** Puts a message in line; a promise is to be waited for, because there are too many. */
  push(output: OutEnd<unknown>, message: unknown): Promise<void> | undefined {
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#waiting.push({ output, message });
    const isLong = this.#waiting.length >= MAX_WAITING;
    if (isLong || this.#clock.waits > 0) this.#flushSoon();
    return isLong ? (this.#emptied ??= Promise.withResolvers()).promise : undefined;
  }

  /** Publishes all, now. Only when the pipeline has nothing to do. */
  flush(): Promise<void> {
    this.#takeBack?.();
    this.#takeBack = undefined;
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error);
    if (this.#waiting.length === 0 && this.#flushing === undefined) return DONE;
    return this.#flushing ??= this.#publish().finally(() => this.#flushing = undefined);
  }

  // As a timer it is let in when all that could go on has done so.
  #flushSoon(): void {
    if (this.#takeBack !== undefined || this.#flushing !== undefined) return;
    this.#takeBack = this.#clock.soon(() => {
      this.#takeBack = undefined;
      this.flush().catch(() => {});
    });
  }

  async #publish(): Promise<void> {
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        const accepted = next.output.publish(next.message);
        if (accepted !== DONE) await accepted.finally(this.#work.wait());
      }
      this.#emptied?.resolve();
    } catch (error) {
      this.#failure = { error };
      this.#emptied?.reject(error);
      throw error;
    }
    this.#emptied = undefined;
  }
}
