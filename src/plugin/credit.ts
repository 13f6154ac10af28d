/** How much may be sent before the other side says more. */
export class Credit {
  left: number;
  readonly #most: number;
  #waiting: (() => void) | undefined;

  constructor(most: number) {
    this.left = this.#most = most;
  }

  /** Adds `count`; false when that is more than was ever given out. */
  give(count: number): boolean {
    this.left += count;
    this.#waiting?.();
    this.#waiting = undefined;
    return this.left <= this.#most;
  }

  /** Lets go of who waits. */
  release(): void {
    this.#waiting?.();
  }

  /** Resolves when there may be some. */
  wait(): Promise<void> {
    return new Promise((resolve) => this.#waiting = resolve);
  }
}
