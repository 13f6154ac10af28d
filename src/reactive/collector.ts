import { Helper, type HelperOptions } from "./helper.ts";
import type { EventContext } from "./processor.ts";
import { checkRoom } from "./too_many.ts";

/** Options of {@linkcode Collector}. */
export interface CollectorOptions extends HelperOptions {
  /** Items of a phase that it takes; more are counted and left out. @default {all} */
  readonly limit?: number | undefined;
  /** Keeps what it has announced, for {@linkcode Collector.values}. @default {false} */
  readonly keepAll?: boolean | undefined;
  /** Items that it may hold. @default {1000000} */
  readonly maxHeld?: number | undefined;
}

/**
 * Collects all items of a phase into one list, and announces it when there is one.
 *
 * @example
 * ```ts
 * import { Built, Collector, createEventPipeline, given, on, Resolve, where } from "tinman/reactive";
 *
 * const all = new Collector({ provides: "all", requires: ["x"] });
 * const print = on(where(Built, { target: "all" }), ({ artifact }) => console.log(artifact));
 * const pipeline = createEventPipeline([given("x"), all, { name: "print", handlers: [print] }]);
 * pipeline.submit(Resolve({ target: "all" }));
 * for (const artifact of [5, 5, 6]) pipeline.submit(Built({ target: "x", artifact }));
 * await pipeline.run(); // [5, 5, 6]
 * ```
 */
export class Collector extends Helper {
  readonly #limit: number;
  readonly #maxHeld: number;
  readonly #keepAll: boolean;
  #batch: unknown[] = [];
  #past: unknown[] = [];
  #leftOut = 0;

  /** Collects what `requires` says. */
  constructor(options: CollectorOptions) {
    super(options);
    this.#limit = options.limit ?? Infinity;
    this.#maxHeld = options.maxHeld ?? 1_000_000;
    this.#keepAll = options.keepAll ?? false;
  }

  /** Items of this run that were over the limit of their phase. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** The items of the phase so far, and with `keepAll` all of the run before them. */
  values(): readonly unknown[] {
    return [...this.#past, ...this.#batch];
  }

  /** Takes an item. */
  override build(_context: EventContext, ...inputs: unknown[]): void {
    if (this.#batch.length >= this.#limit) this.#leftOut++;
    else {
      const held = this.#past.length + this.#batch.length;
      checkRoom(held, { max: this.#maxHeld, builder: this.name, option: "maxHeld" });
      this.#batch.push(this.item(inputs));
    }
  }

  /** Announces the items of the phase. */
  override phase(): readonly unknown[] {
    const batch = this.#batch;
    if (batch.length === 0) return [];
    this.#batch = [];
    if (this.#keepAll) { for (const item of batch) this.#past.push(item); }
    return [batch];
  }

  /** Begins anew. */
  override onInit(): void {
    this.#batch = [];
    this.#past = [];
    this.#leftOut = 0;
  }
}
