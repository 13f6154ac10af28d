/** The steps of an iterator for `for await`: what is there at once needs no async generator, which is three times slower. */
export class AsyncSteps<T> implements AsyncIterableIterator<T> {
  readonly #steps: Iterator<T>;

  constructor(steps: Iterator<T>) {
    this.#steps = steps;
  }

  next(): Promise<IteratorResult<T>> {
    try {
      return Promise.resolve(this.#steps.next());
    } catch (error) {
      return Promise.reject(error);
    }
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this;
  }
}
