import { TinmanError } from "../errors/mod.ts";
import { Aside } from "./aside.ts";
import { Built, type BuiltData } from "./builder_events.ts";
import type { Event } from "./event.ts";
import type { EventContext } from "./processor.ts";

/** Announces what a builder builds, and does so again for who asks late. */
export class Announcer {
  readonly #from: string;
  readonly #provides: string;
  readonly #max: number;
  readonly #kept: Event<BuiltData>[] = [];
  #count = 0;

  /** The last `max` announcements can be made again as long as there are no more. */
  constructor({ from, provides, max }: { from: string; provides: string; max: number }) {
    this.#from = from;
    this.#provides = provides;
    this.#max = max;
  }

  /** Announces artifacts for the first time. */
  announce(artifacts: readonly unknown[], context: EventContext): void {
    for (const item of artifacts) {
      const { target, artifact } = item instanceof Aside ? item : { target: this.#provides, artifact: item };
      const event = Built({ target, artifact, from: this.#from, number: this.#count++ });
      if (this.#count <= this.#max) this.#kept.push(event);
      else this.#kept.length = 0;
      context.submit(event);
    }
  }

  /** Announces again what was announced of a target. */
  repeat(target: string, context: EventContext): void {
    if (this.#count > this.#max) {
      const what = `Cannot announce ${JSON.stringify(target)} again: ${this.#count} artifacts were built`;
      throw new TinmanError("TOO_LARGE", what, {
        limit: this.#max,
        actual: this.#count,
        hint: "ask before they are built, or let `maxReplayed` keep more",
      });
    }
    for (const event of this.#kept) if (event.data.target === target) context.submit(event);
  }
}
