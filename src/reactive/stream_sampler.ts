import { createRandom, type Random } from "../random/mod.ts";
import { Helper, type HelperOptions } from "./helper.ts";
import type { EventContext } from "./processor.ts";

/** Options of {@linkcode StreamSampler}. */
export interface StreamSamplerOptions extends HelperOptions {
  /** How likely an item is let through, from 0 to 1. */
  readonly probability: number;
  /** Another seed lets others through. @default {"42"} */
  readonly seed?: string | undefined;
}

/**
 * Lets each item through with the same probability (Bernoulli sampling). Which ones depends on the seed and on how many
 * came before in the run, not on what they are.
 *
 * @example
 * ```ts
 * import { StreamSampler } from "tinman/reactive";
 *
 * const tenth = new StreamSampler({ provides: "some", requires: ["reading"], probability: 0.1 });
 * ```
 */
export class StreamSampler extends Helper {
  readonly #probability: number;
  readonly #seed: string;
  #random: Random;

  /** Samples what `requires` says. */
  constructor(options: StreamSamplerOptions) {
    super(options);
    const { probability, seed = "42" } = options;
    if (!(probability >= 0 && probability <= 1)) {
      throw new RangeError(`Cannot sample with probability ${probability}: expected a number from 0 to 1`);
    }
    this.#probability = probability;
    this.#seed = seed;
    this.#random = createRandom(seed);
  }

  /** Lets an item through, or not. */
  override build(_context: EventContext, ...inputs: unknown[]): readonly unknown[] {
    return this.#random.next() < this.#probability ? [this.item(inputs)] : [];
  }

  /** Begins anew. */
  override onInit(): void {
    this.#random = createRandom(this.#seed);
  }
}
