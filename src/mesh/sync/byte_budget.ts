/** Bytes that may be sent: so many a second, and what was not used in the last minute (a token bucket, as in RFC 2697). */
export class ByteBudget {
  readonly #bytesPerSecond: number;
  #left: number;
  #filledMs: number | undefined;

  constructor(bytesPerSecond: number) {
    [this.#bytesPerSecond, this.#left] = [bytesPerSecond, 60 * bytesPerSecond];
  }

  /** Whether something may be sent now. */
  hasRoom(nowMs: number): boolean {
    if (this.#bytesPerSecond === Infinity) return true;
    const passedMs = nowMs - (this.#filledMs ?? nowMs);
    this.#filledMs = nowMs;
    this.#left = Math.min(this.#left + passedMs * this.#bytesPerSecond / 1000, 60 * this.#bytesPerSecond);
    return this.#left > 0;
  }

  /** So much was sent. */
  spend(bytes: number): void {
    this.#left -= bytes;
  }

  /** When there is room again; undefined while there is. */
  get nextMs(): number | undefined {
    return this.#left > 0 ? undefined : this.#filledMs! + 1000 * (1 - this.#left) / this.#bytesPerSecond;
  }
}
