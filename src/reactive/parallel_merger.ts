import type { Tagged } from "./join.ts";
import type { EventContext } from "./processor.ts";
import { ReactiveBuilder } from "./reactive_builder.ts";
import { checkRoom } from "./too_many.ts";

/** Options of {@linkcode Merger}. */
interface MergerOptions {
  readonly name: string;
  readonly provides: string;
  readonly requires: readonly string[];
  readonly ordered: boolean;
  readonly priority: number | undefined;
  readonly maxQueued: number | undefined;
}

/** Brings together what workers have built. */
export class Merger extends ReactiveBuilder {
  readonly #ordered: boolean;
  readonly #max: number;
  /** What came before its turn. */
  readonly #early = new Map<number, readonly unknown[]>();
  #next = 0;

  /** In the order of the tasks, or in that in which it hears of them. */
  constructor({ ordered, ...options }: MergerOptions) {
    super({ ...options, dedupe: false });
    this.#ordered = ordered;
    this.#max = options.maxQueued ?? 65_536;
  }

  /** Announces what a worker has built, and what had to wait for it. */
  override build(_context: EventContext, done: unknown): readonly unknown[] {
    const { tag, artifacts } = done as Tagged;
    if (!this.#ordered) return artifacts;
    if (tag !== this.#next) {
      checkRoom(this.#early.size, { max: this.#max, builder: this.name, option: "maxQueued" });
      this.#early.set(tag, artifacts);
      return [];
    }
    const ready = [artifacts];
    for (;;) {
      const waiting = this.#early.get(++this.#next);
      if (!waiting) return ready.flat();
      this.#early.delete(this.#next);
      ready.push(waiting);
    }
  }

  /** Begins anew. */
  override onInit(): void {
    this.#early.clear();
    this.#next = 0;
  }
}
