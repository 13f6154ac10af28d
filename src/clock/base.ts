import { TinmanError } from "../errors/mod.ts";
import type { Clock, WaitOptions } from "./clock.ts";
import { Ticks } from "./ticks.ts";

/**
 * All waits, built on {@linkcode Clock.at}. A clock of one's own says where it starts, how far it is, and how it wakes.
 *
 * @example A clock that runs at half speed
 * ```ts
 * import { BaseClock, VirtualClock } from "tinman";
 *
 * const fast = new VirtualClock();
 * class Halved extends BaseClock {
 *   readonly originNs = fast.originNs;
 *   elapsedNs = () => Math.floor(fast.elapsedNs() / 2);
 *   at = (elapsedNs: number, wake: () => void) => fast.at(elapsedNs * 2, wake);
 * }
 * ```
 */
export abstract class BaseClock implements Clock {
  abstract readonly originNs: bigint;
  abstract elapsedNs(): number;
  abstract at(elapsedNs: number, wake: () => void): () => void;

  now(): bigint {
    return this.originNs + BigInt(this.elapsedNs());
  }

  sleep(ms: number, options: WaitOptions = {}): Promise<void> {
    if (Number.isNaN(ms)) throw new RangeError("Cannot sleep NaN milliseconds");
    const nowNs = this.elapsedNs();
    return this.#wait(nowNs, nowNs + Math.round(ms * 1e6), options.signal);
  }

  sleepUntil(timeNs: bigint, options: WaitOptions = {}): Promise<void> {
    return this.#wait(this.elapsedNs(), Number(timeNs - this.originNs), options.signal);
  }

  every(ms: number, options: WaitOptions = {}): AsyncIterableIterator<bigint> {
    return new Ticks({
      originNs: this.originNs,
      periodNs: ms * 1e6,
      signal: options.signal,
      elapsedNs: () => this.elapsedNs(),
      wait: (nowNs, untilNs, signal) => this.#wait(nowNs, untilNs, signal),
    });
  }

  deadline(ms: number): AbortSignal {
    const controller = new AbortController();
    const late = () =>
      controller.abort(new TinmanError("TIMEOUT", `Cannot wait any longer: ${ms} ms have passed`, { timeoutMs: ms }));
    if (ms > 0) this.at(this.elapsedNs() + Math.round(ms * 1e6), late);
    else late();
    return controller.signal;
  }

  // Takes the time now, because reading it is not free: a run writes down what its nodes were told.
  #wait(nowNs: number, untilNs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (untilNs <= nowNs) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        takeBack();
        reject(signal!.reason);
      };
      const takeBack = this.at(untilNs, () => {
        signal?.removeEventListener("abort", giveUp);
        resolve();
      });
      signal?.addEventListener("abort", giveUp, { once: true });
    });
  }
}
