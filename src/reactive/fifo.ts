/** First in, first out. Unlike `shift()` of a long array, taking one out moves nothing. */
export class Fifo<T> {
  #items: T[] = [];
  #head = 0;

  /** How many are in it. */
  get length(): number {
    return this.#items.length - this.#head;
  }

  /** The one that is taken out next. */
  get first(): T | undefined {
    return this.#items[this.#head];
  }

  /** Adds one at the end. */
  push(item: T): void {
    this.#items.push(item);
  }

  /** Takes out the first. */
  shift(): T | undefined {
    if (this.#head >= this.#items.length) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined as T;
    // Half of it is empty: what is moved now was moved by at most one other.
    if (this.#head * 2 >= this.#items.length && this.#head > 32) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
