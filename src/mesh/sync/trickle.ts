import type { Random } from "../../random/mod.ts";

/** Options of {@linkcode Trickle}. */
export interface TrickleOptions {
  readonly random: Random;
  /** The shortest interval, in milliseconds. */
  readonly leastMs: number;
  /** The longest. */
  readonly mostMs: number;
}

/** When to say something that others may just have said: the Trickle algorithm (RFC 6206), with a redundancy of one. */
export class Trickle {
  readonly #options: TrickleOptions;
  #lengthMs: number;
  #atMs = -Infinity;
  #endMs = -Infinity;
  #isSaid = false;

  constructor(options: TrickleOptions) {
    this.#options = options;
    this.#lengthMs = options.leastMs / 2;
  }

  /** When to look again. */
  get nextMs(): number {
    return this.#isSaid ? this.#endMs : this.#atMs;
  }

  /** Somebody said the same. */
  hear(): void {
    this.#isSaid = true;
  }

  /** Somebody said something else: back to the shortest interval. */
  reset(nowMs: number): void {
    if (this.#lengthMs <= this.#options.leastMs) return;
    this.#lengthMs = this.#options.leastMs;
    this.#begin(nowMs);
  }

  /** Whether it is to be said now. */
  poll(nowMs: number): boolean {
    if (nowMs >= this.#endMs) {
      this.#lengthMs = Math.min(2 * this.#lengthMs, this.#options.mostMs);
      this.#begin(nowMs);
    }
    if (this.#isSaid || nowMs < this.#atMs) return false;
    this.#isSaid = true;
    return true;
  }

  #begin(nowMs: number): void {
    this.#atMs = nowMs + this.#lengthMs * (1 + this.#options.random.next()) / 2;
    this.#endMs = nowMs + this.#lengthMs;
    this.#isSaid = false;
  }
}
