import { Helper, type HelperOptions } from "./helper.ts";
import { mapKey } from "./map_key.ts";
import type { EventContext } from "./processor.ts";
import { checkRoom } from "./too_many.ts";

/** Options of {@linkcode Grouper} and {@linkcode StreamGrouper}. */
export interface GrouperOptions<I extends readonly unknown[]> extends HelperOptions {
  /** Which group inputs belong to. Objects and lists are compared by content. */
  readonly key: (...inputs: I) => unknown;
  /** Items that it may hold. @default {1000000} */
  readonly maxHeld?: number | undefined;
}

/**
 * Groups the items of a phase by a key, and announces `[key, items]` for each group, in the order of their first items.
 *
 * @example
 * ```ts
 * import { builder, Built, createEventPipeline, Grouper, on, Resolve, where } from "tinman/reactive";
 *
 * const numbers = builder({ provides: "x", build: () => [1, 2, 3, 1] });
 * const groups = new Grouper({ provides: "parity", requires: ["x"], key: (x: number) => x % 2 });
 * const print = on(where(Built, { target: "parity" }), ({ artifact }) => console.log(artifact));
 * const pipeline = createEventPipeline([numbers, groups, { name: "print", handlers: [print] }]);
 * pipeline.submit(Resolve({ target: "parity" }));
 * await pipeline.run(); // [1, [1, 3, 1]], then [0, [2]]
 * ```
 */
export class Grouper<I extends readonly unknown[] = readonly unknown[]> extends Helper {
  readonly #key: (...inputs: I) => unknown;
  readonly #maxHeld: number;
  #groups = new Map<unknown, [key: unknown, items: unknown[]]>();
  #held = 0;

  /** Groups what `requires` says. */
  constructor(options: GrouperOptions<I>) {
    super(options);
    this.#key = options.key;
    this.#maxHeld = options.maxHeld ?? 1_000_000;
  }

  /** Takes an item. */
  override build(_context: EventContext, ...inputs: unknown[]): void {
    checkRoom(this.#held, { max: this.#maxHeld, builder: this.name, option: "maxHeld" });
    const key = this.#key(...inputs as unknown as I);
    const known = mapKey(key);
    const group = this.#groups.get(known);
    if (group) group[1].push(this.item(inputs));
    else this.#groups.set(known, [key, [this.item(inputs)]]);
    this.#held++;
  }

  /** Announces the groups of the phase. */
  override phase(): readonly unknown[] {
    const groups = [...this.#groups.values()];
    this.onInit();
    return groups;
  }

  /** Begins anew. */
  override onInit(): void {
    this.#groups = new Map();
    this.#held = 0;
  }
}
