import type { GrouperOptions } from "./grouper.ts";
import { Helper } from "./helper.ts";
import { mapKey } from "./map_key.ts";
import type { EventContext } from "./processor.ts";
import { checkRoom } from "./too_many.ts";

/**
 * Groups neighbours: announces `[key, items]` when an item has another key than the one before it, and what is left at
 * the end of the phase.
 *
 * @example
 * ```ts
 * import { builder, Built, createEventPipeline, on, Resolve, StreamGrouper, where } from "tinman/reactive";
 *
 * const numbers = builder({ provides: "x", build: () => [11, 12, 25, 11, 11] });
 * const tens = new StreamGrouper({ provides: "tens", requires: ["x"], key: (x: number) => Math.floor(x / 10) });
 * const print = on(where(Built, { target: "tens" }), ({ artifact }) => console.log(artifact));
 * const pipeline = createEventPipeline([numbers, tens, { name: "print", handlers: [print] }]);
 * pipeline.submit(Resolve({ target: "tens" }));
 * await pipeline.run(); // [1, [11, 12]], [2, [25]], [1, [11, 11]]
 * ```
 */
export class StreamGrouper<I extends readonly unknown[] = readonly unknown[]> extends Helper {
  readonly #key: (...inputs: I) => unknown;
  readonly #maxHeld: number;
  /** The group that may still grow. */
  #group: { readonly known: unknown; readonly key: unknown; readonly items: unknown[] } | undefined;

  /** Groups what `requires` says. */
  constructor(options: GrouperOptions<I>) {
    super(options);
    this.#key = options.key;
    this.#maxHeld = options.maxHeld ?? 1_000_000;
  }

  /** Takes an item; gives the group that ended with it. */
  override build(_context: EventContext, ...inputs: unknown[]): readonly unknown[] {
    const key = this.#key(...inputs as unknown as I);
    const known = mapKey(key);
    // `includes` finds NaN, as a Map does.
    if (this.#group && [this.#group.known].includes(known)) {
      const { items } = this.#group;
      checkRoom(items.length, { max: this.#maxHeld, builder: this.name, option: "maxHeld" });
      items.push(this.item(inputs));
      return [];
    }
    const ended = this.phase();
    this.#group = { known, key, items: [this.item(inputs)] };
    return ended;
  }

  /** Announces the group that has not ended. */
  override phase(): readonly unknown[] {
    const group = this.#group;
    this.#group = undefined;
    return group ? [[group.key, group.items]] : [];
  }

  /** Begins anew. */
  override onInit(): void {
    this.#group = undefined;
  }
}
