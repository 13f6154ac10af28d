import type { DataFrame } from "./frame.ts";
import type { StageObserver } from "./observer.ts";

/** Follows frames from their trigger to the ends of the pipeline, for whoever wants to know how long that takes. */
export class FrameLatency {
  // Frames belong to stages, which may keep or share them; nothing is written into them.
  readonly #beganNs = new WeakMap<DataFrame, number>();
  readonly #observer: StageObserver;
  readonly #elapsedNs: () => number;

  /** Tells `observer`; does nothing for one that does not want to know. */
  constructor(observer: StageObserver, elapsedNs: () => number) {
    [this.#observer, this.#elapsedNs] = [observer, elapsedNs];
  }

  /** A source is given a trigger; what it gives began now. */
  begin(trigger: DataFrame): void {
    if (this.#observer.run !== undefined) this.#beganNs.set(trigger, this.#elapsedNs());
  }

  /** `next` follows from `frame`. */
  follow(frame: DataFrame, next: DataFrame): void {
    if (this.#observer.run === undefined || next === frame) return;
    const beganNs = this.#beganNs.get(frame);
    if (beganNs !== undefined) this.#beganNs.set(next, beganNs);
  }

  /** `frame` has come to an end. */
  end(frame: DataFrame): void {
    if (this.#observer.run === undefined) return;
    const beganNs = this.#beganNs.get(frame);
    if (beganNs !== undefined) this.#observer.run(this.#elapsedNs() - beganNs);
  }
}
