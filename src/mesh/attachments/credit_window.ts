/**
 * How much of a blob may be on its way: what takes about a second and a half at the rate at which it comes. When the link
 * goes, no more than that is lost, and what is more important never waits long behind it.
 */
export class CreditWindow {
  /** How many bytes that is now. */
  bytes = MIN_WINDOW;
  readonly #nowMs: () => number;
  #open = 0;
  #came = 0;
  #sinceMs = 0;
  #bestRate = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.restart();
  }

  /** Nothing was asked for until now. */
  restart(): void {
    [this.#came, this.#sinceMs] = [0, this.#nowMs()];
  }

  /** How many bytes to allow in addition; 0 while more than half is open. */
  grant(): number {
    if (this.#open > this.bytes / 2) return 0;
    const more = this.bytes - this.#open;
    this.#open += more;
    return more;
  }

  /** So many came; false when they were not allowed. */
  take(bytes: number): boolean {
    this.#open -= bytes;
    this.#came += bytes;
    if (this.#came >= this.bytes) this.#adapt();
    return this.#open >= 0;
  }

  #adapt(): void {
    const tookMs = this.#nowMs() - this.#sinceMs;
    const rate = this.#came / Math.max(tookMs, 1);
    // It grows while that makes it faster: the way may be long and wide.
    if (tookMs < 1000 || rate > 1.5 * this.#bestRate) this.bytes *= 2;
    else if (tookMs > 2000) this.bytes = Math.ceil(rate * 1500);
    this.bytes = Math.min(Math.max(this.bytes, MIN_WINDOW), MAX_WINDOW);
    this.#bestRate = Math.max(rate, 0.9 * this.#bestRate);
    this.restart();
  }
}

const MIN_WINDOW = 512;
const MAX_WINDOW = 1 << 20;
