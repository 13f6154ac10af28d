import type { In } from "../channel/mod.ts";

/** An input whose reader may be replaced while it waits: what comes then is for the next one. */
export class Intake {
  readonly #input: In<unknown>;
  #next: Promise<IteratorResult<unknown>> | undefined;

  constructor(input: In<unknown>) {
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

  /** Up to `count` messages that are there already. */
  more(count: number): unknown[] {
    const values: unknown[] = [];
    while (values.length < count && this.#input.size > 0) values.push(this.#input.take());
    return values;
  }
}
