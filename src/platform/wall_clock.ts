import { BaseClock, type ClockStep, StepDetector, TimerQueue } from "../clock/mod.ts";

/** How often the wall clock is compared with the monotonic one, at most. */
const CHECK_MS = 1000;

/** Options of {@linkcode createWallClock}, all for tests. */
export interface WallClockOptions {
  /** Milliseconds that only go forward. @default {performance.now} */
  readonly monotonicMs?: () => number;
  /** Milliseconds since 1970. @default {Date.now} */
  readonly wallMs?: () => number;
}

/** A clock that tells when the clock of the machine was set, or the machine slept. */
export interface WallClock extends BaseClock {
  /**
   * Calls `listener` after each step of half a second or more, in a microtask of its own. A step is noticed when the
   * clock is read or a timer wakes, within a second of either. Dispose the result to stop listening.
   */
  onStep(listener: (step: ClockStep) => void): Disposable;
}

/**
 * The time of this machine: monotonic, anchored at the wall clock, forward with it when it steps forward, never back.
 * Timers are on absolute schedule, about a millisecond late and never early, and keep the process alive.
 */
export function createWallClock(options: WallClockOptions = {}): WallClock {
  return new SystemClock(options);
}

class SystemClock extends BaseClock implements WallClock {
  readonly originNs: bigint;
  readonly #monotonicMs: () => number;
  readonly #wallMs: () => number;
  readonly #steps: StepDetector;
  readonly #listeners = new Set<(step: ClockStep) => void>();
  readonly #timers = new TimerQueue();
  #nextCheckMs: number;
  #armed: { readonly forNs: number; readonly id: ReturnType<typeof setTimeout> } | undefined;

  constructor({ monotonicMs = () => performance.now(), wallMs = Date.now }: WallClockOptions) {
    super();
    this.#monotonicMs = monotonicMs;
    this.#wallMs = wallMs;
    const first = { monotonicMs: monotonicMs(), wallMs: wallMs() };
    this.#steps = new StepDetector(first);
    this.#nextCheckMs = first.monotonicMs + CHECK_MS;
    this.originNs = this.#steps.originNs;
  }

  elapsedNs(): number {
    const monotonicMs = this.#monotonicMs();
    if (monotonicMs >= this.#nextCheckMs) this.#check(monotonicMs);
    return this.#steps.elapsedNs(monotonicMs);
  }

  onStep(listener: (step: ClockStep) => void): Disposable {
    // Wrapped, so that the same listener can be added twice and removed once.
    const entry = (step: ClockStep) => listener(step);
    this.#listeners.add(entry);
    return { [Symbol.dispose]: () => void this.#listeners.delete(entry) };
  }

  at(elapsedNs: number, wake: () => void): () => void {
    const takeBack = this.#timers.add(elapsedNs, wake);
    this.#arm();
    return () => {
      takeBack();
      if (this.#timers.pending === 0) this.#disarm();
    };
  }

  #check(monotonicMs: number): void {
    this.#nextCheckMs = monotonicMs + CHECK_MS;
    const step = this.#steps.check({ monotonicMs, wallMs: this.#wallMs() });
    // Later, because a listener writes to a recording, and a recording may be what just asked for the time.
    if (step !== undefined) this.#listeners.forEach((listener) => queueMicrotask(() => listener(step)));
  }

  /** One timer of the machine serves all of ours: it is set for the first of them, and at most a second ahead. */
  #arm(): void {
    const nextNs = this.#timers.nextNs;
    if (this.#timers.pending === 0 || (this.#armed !== undefined && this.#armed.forNs <= nextNs)) return;
    this.#disarm();
    // Rounded down, since the machine rounds up; what wakes early waits again. A sleep of hours looks at the clock each
    // second, so that it ends in time although the machine slept.
    const ms = Math.max(0, Math.min(CHECK_MS, Math.floor((nextNs - this.elapsedNs()) / 1e6)));
    this.#armed = { forNs: nextNs, id: setTimeout(() => this.#wake(), ms) };
  }

  #wake(): void {
    this.#armed = undefined;
    this.#check(this.#monotonicMs());
    const nowNs = this.elapsedNs();
    try {
      // Only those that waited already, so that a timer that asks for the next one at once does not hold the loop.
      for (let left = this.#timers.pending; left > 0 && this.#timers.nextNs <= nowNs; left--) this.#timers.fireNext();
    } finally {
      this.#arm();
    }
  }

  #disarm(): void {
    if (this.#armed !== undefined) clearTimeout(this.#armed.id);
    this.#armed = undefined;
  }
}
