/** A number that only grows. */
export class Counter {
  #value = 0;

  /** Adds `amount`. A `RangeError` if it is less than zero or not a number. */
  add(amount = 1): void {
    if (!(amount >= 0)) throw new RangeError(`Cannot add ${amount} to a counter: it only grows`);
    this.#value += amount;
  }

  /** The sum of all that was added. */
  get value(): number {
    return this.#value;
  }
}
