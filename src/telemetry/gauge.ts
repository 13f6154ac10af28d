/** A number that goes up and down. */
export class Gauge {
  #value = 0;
  #max = 0;

  /** Sets it. */
  set(value: number): void {
    this.#value = value;
    if (value > this.#max) this.#max = value;
  }

  /** Adds `amount`, which may be less than zero. */
  add(amount: number): void {
    this.set(this.#value + amount);
  }

  /** What it is now; 0 at first. */
  get value(): number {
    return this.#value;
  }

  /** The most that it ever was; 0 or more. */
  get max(): number {
    return this.#max;
  }
}
