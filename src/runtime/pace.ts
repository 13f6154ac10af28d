import type { Clock } from "../clock/mod.ts";

/** Steers a replay while it runs: the keys of a terminal, the buttons of a page. */
export interface ReplayControl {
  /** Holds the replay before its next frame. */
  pause(): void;
  /** Goes on. */
  resume(): void;
  /** Whether it is held. */
  readonly paused: boolean;
  /** Lets `frames` more frames through and holds again. */
  step(frames: number): void;
  /** Goes on at another speed, from here. */
  setSpeed(speed: number): void;
  /** The speed it runs at; `Infinity` for as fast as it goes. */
  readonly speed: number;
  /** How many frames were let through. */
  readonly frames: number;
  /** Lets all before this recorded time through without a wait, and is then as it was: held, or at its speed. */
  skipTo(timeNs: bigint): void;
  /** Ends the replay. */
  stop(): void;
}

/**
 * Holds a replay back to a multiple of the recorded time, on an absolute schedule: a late frame does not make the next
 * one later. What is replayed does not depend on the pace.
 */
export class Pace implements ReplayControl {
  /** Nanoseconds since 1970 that recorded times are counted from. Set before anybody skips. */
  originNs = 0n;
  frames = 0;
  readonly #clock: Clock;
  #speed: number;
  /** Where recorded and real time were last tied together; undefined until the next wait. */
  #anchor: { readonly recordedNs: number; readonly realNs: number } | undefined;
  /** How far the recorded time was played. */
  #playedNs = Infinity;
  #paused = false;
  #steps = 0;
  #skipNs = -Infinity;
  #changed = Promise.withResolvers<void>();
  #stopped = false;

  /** Real time is taken from `clock`. A speed of `Infinity` never waits. */
  constructor(clock: Clock, speed: number) {
    checkSpeed(speed);
    [this.#clock, this.#speed] = [clock, speed];
  }

  /** Waits until it is time for what was recorded at `recordedNs`. Undefined if that is now. */
  until(recordedNs: number): Promise<void> | undefined {
    const waits = (this.#paused || this.#speed !== Infinity) && recordedNs >= this.#skipNs;
    if (waits && !this.#stopped) return this.#until(recordedNs);
    this.#playedNs = recordedNs;
    return undefined;
  }

  /** A frame was let through. */
  passed(): void {
    this.frames++;
    if (this.#steps > 0 && --this.#steps === 0) this.pause();
  }

  /** Whether somebody ended the replay. */
  get stopped(): boolean {
    return this.#stopped;
  }

  get paused(): boolean {
    return this.#paused;
  }

  get speed(): number {
    return this.#speed;
  }

  pause(): void {
    this.#change();
    this.#paused = true;
    this.#steps = 0;
  }

  resume(): void {
    this.#change();
    this.#paused = false;
    this.#steps = 0;
  }

  step(frames: number): void {
    this.#change();
    this.#steps = Math.max(0, Math.floor(frames));
    this.#paused = !(this.#steps > 0);
  }

  setSpeed(speed: number): void {
    checkSpeed(speed);
    this.#change();
    this.#speed = speed;
  }

  skipTo(timeNs: bigint): void {
    this.#change();
    this.#skipNs = Number(timeNs - this.originNs);
  }

  stop(): void {
    this.#change();
    this.#stopped = true;
  }

  async #until(recordedNs: number): Promise<void> {
    while (!this.#stopped && recordedNs >= this.#skipNs) {
      if (this.#paused) {
        await this.#changed.promise;
        continue;
      }
      if (this.#speed === Infinity || this.#steps > 0) break;
      const now = this.#clock.elapsedNs();
      this.#anchor ??= { recordedNs: Math.min(this.#playedNs, recordedNs), realNs: now };
      const dueNs = this.#anchor.realNs + (recordedNs - this.#anchor.recordedNs) / this.#speed;
      if (dueNs <= now) break;
      await this.#wait(dueNs);
    }
    this.#playedNs = recordedNs;
  }

  async #wait(dueNs: number): Promise<void> {
    const due = Promise.withResolvers<void>();
    const takeBack = this.#clock.at(dueNs, due.resolve);
    await Promise.race([due.promise, this.#changed.promise]);
    takeBack();
  }

  // What was waited so far stays waited: the new pace starts from here. Whoever waits goes on in a reaction, so after
  // the change itself.
  #change(): void {
    if (this.#anchor !== undefined) {
      const { recordedNs, realNs } = this.#anchor;
      this.#playedNs = recordedNs + (this.#clock.elapsedNs() - realNs) * this.#speed;
      this.#anchor = undefined;
    }
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

function checkSpeed(speed: number): void {
  if (!(speed > 0)) throw new RangeError(`Cannot replay at speed ${speed}: a speed is above zero, or "max"`);
}
