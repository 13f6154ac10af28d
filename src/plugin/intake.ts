/** Where an {@linkcode Intake} gets its messages: as much of the receiving half of a channel as it needs. */
export interface Feed {
  /** The next message, or the end. */
  next(): Promise<IteratorResult<unknown>>;
  /** How many are there. */
  readonly size: number;
  /** One that is there. */
  take(): unknown;
}

/** An input whose reader may be replaced while it waits: what comes then is for the next one. */
export class Intake {
  readonly #input: Feed;
  #next: Promise<IteratorResult<unknown>> | undefined;

  constructor(input: Feed) {
    this.#input = input;
  }

  /** The next message, the same until {@linkcode Intake.taken}. */
  next(): Promise<IteratorResult<unknown>> {
    return this.#next ??= this.#input.next();
  }

  /** What {@linkcode Intake.next} gave has been used. */
  taken(): void {
    this.#next = undefined;
  }

  /** Up to `count` messages that are there, or come while nothing else goes on. */
  async gather(count: number): Promise<unknown[]> {
    const values: unknown[] = [];
    while (values.length < count && this.#input.size > 0) {
      while (values.length < count && this.#input.size > 0) values.push(this.#input.take());
      // A publisher that waited for room needs some microtasks to come back with more.
      for (let i = 0; i < HOLD_BACK && this.#input.size === 0; i++) await undefined;
    }
    return values;
  }
}

/** Microtasks for which a batch waits for more. */
const HOLD_BACK = 6;
