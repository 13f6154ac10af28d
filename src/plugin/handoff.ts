/** Values from one who gives them to one who takes them, without room between: who gives waits until it was taken. */
export class Handoff<T> {
  readonly #given: { readonly value: T; readonly taken: () => void }[] = [];
  #wake: (() => void) | undefined;
  #end: { readonly error?: unknown } | undefined;

  /** Resolves when it was taken, or nobody takes any more. */
  put(value: T): Promise<void> {
    if (this.#end !== undefined) return Promise.resolve();
    return new Promise((taken) => {
      this.#given.push({ value, taken });
      this.#wakeUp();
    });
  }

  /** The next value; undefined at the end. Throws what {@linkcode Handoff.end} was given. */
  async take(): Promise<T | undefined> {
    while (this.#given.length === 0) {
      if (this.#end !== undefined) {
        if (this.#end.error === undefined) return undefined;
        throw this.#end.error;
      }
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const { value, taken } = this.#given.shift()!;
    taken();
    return value;
  }

  /** Nothing more comes; what was given before is still there. */
  end(error?: unknown): void {
    this.#end ??= { error };
    this.#wakeUp();
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}

/** Values for one input of a node: a few at a time, and word when the last of them was taken. */
export class ValueFeed {
  #values: Iterator<unknown> = [][Symbol.iterator]();
  #next: IteratorResult<unknown> = { value: undefined, done: true };
  #isOver = false;
  #wake: (() => void) | undefined;
  #drained: (() => void) | undefined;

  /** Resolves when all of `values` were taken, and what took them asks for more. They are made one by one. */
  push(values: Iterable<unknown>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#drained = resolve;
      this.#values = values[Symbol.iterator]();
      try {
        this.#next = this.#values.next();
      } catch (error) {
        return reject(error);
      }
      if (this.#next.done !== true) this.#wakeUp();
      else resolve();
    });
  }

  /** Nothing more comes. */
  end(): void {
    this.#isOver = true;
    this.#wakeUp();
  }

  /** How many are known to be there: none or one. */
  get size(): number {
    return this.#next.done === true ? 0 : 1;
  }

  /** The one that is there. */
  take(): unknown {
    const { value } = this.#next;
    this.#next = this.#values.next();
    return value;
  }

  /** The next one, or the end. */
  async next(): Promise<IteratorResult<unknown>> {
    while (this.size === 0) {
      this.#drained?.();
      this.#drained = undefined;
      if (this.#isOver) return { value: undefined, done: true };
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return { value: this.take(), done: false };
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
