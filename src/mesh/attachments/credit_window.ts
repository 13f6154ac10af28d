/**
 * How much of a blob may be on its way: what comes in a round trip, or in a second and a half if that is longer. When the
 * link goes, no more than that is lost, and what is more important never waits long behind it.
 */
export class CreditWindow {
  /** How many bytes that is now. */
  bytes = MIN_WINDOW;
  readonly #nowMs: () => number;
  #open = 0;
  #came = 0;
  #sinceMs = 0;
  #bestRate = 0;
  #askedMs: number | undefined;
  #roundTripMs = Infinity;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.restart();
  }

  /** Nothing was asked for until now. */
  restart(): void {
    [this.#came, this.#sinceMs] = [0, this.#nowMs()];
  }

  /** How many bytes to allow in addition; 0 while three quarters are open. */
  grant(): number {
    if (this.#open > 0.75 * this.bytes) return 0;
    const more = Math.ceil(this.bytes) - this.#open;
    if (this.#open === 0) this.#askedMs = this.#nowMs();
    this.#open += more;
    return more;
  }

  /** So many came; false when they were not allowed. */
  take(bytes: number): boolean {
    this.#open -= bytes;
    this.#came += bytes;
    if (this.#askedMs !== undefined) this.#roundTripMs = Math.min(this.#roundTripMs, this.#nowMs() - this.#askedMs);
    this.#askedMs = undefined;
    // What was held up comes all at once: that says nothing of the link before a round trip is over.
    if (this.#came >= this.bytes && this.#nowMs() - this.#sinceMs >= this.#roundTripMs) this.#adapt();
    return this.#open >= 0;
  }

  #adapt(): void {
    const tookMs = Math.max(this.#nowMs() - this.#sinceMs, 1);
    const rate = this.#came / tookMs;
    // It grows while that makes it faster.
    const isFaster = rate > GROW * this.#bestRate;
    this.#bestRate = Math.max(rate, FORGET * this.#bestRate);
    const carried = this.#bestRate * Math.max(this.#roundTripMs, USUAL_MS);
    // On a slow link each byte too many waits, and is lost with it; on others a little more finds out what it can carry.
    const usual = carried < SLOW_BYTES ? carried : MORE * carried;
    this.bytes = Math.min(Math.max(isFaster ? 2 * this.bytes : usual, MIN_WINDOW), MAX_WINDOW);
    this.restart();
  }
}

const GROW = 1.5;
/** What was the best is soon not believed any more: a link gets worse, and loss makes some of it look better than it is. */
const FORGET = 0.9;
const MORE = 1.25;
const SLOW_BYTES = 8192;
const USUAL_MS = 1000;
const MIN_WINDOW = 768;
const MAX_WINDOW = 1 << 20;
