import { contentHash } from "../cbor/mod.ts";
import { Helper, type HelperOptions } from "./helper.ts";
import type { EventContext } from "./processor.ts";

/** Options of {@linkcode ReservoirSampler}. */
export interface ReservoirSamplerOptions extends HelperOptions {
  /** Items that it takes of a phase. */
  readonly size: number;
  /** Another seed takes others. @default {"42"} */
  readonly seed?: string | undefined;
}

/**
 * Takes a sample of at most `size` items of each phase. Which ones is drawn from their content: the same items give the
 * same sample, in the same order, in whatever order they come. Equal items draw the same lot, and so are taken together
 * as far as there is room.
 *
 * Keeping the items with the highest lots is reservoir sampling as Vitter (1985) and Efraimidis and Spirakis (2006) have
 * it; the lot is a hash of the content instead of a random number (bottom-k sketch, Cohen and Kaplan 2007).
 *
 * @example
 * ```ts
 * import { ReservoirSampler } from "tinman/reactive";
 *
 * const five = new ReservoirSampler({ provides: "five", requires: ["reading"], size: 5 });
 * ```
 */
export class ReservoirSampler extends Helper {
  readonly #size: number;
  readonly #seed: string;
  /** By lot, the lowest first. */
  #sample: { readonly lot: string; readonly item: unknown }[] = [];

  /** Samples what `requires` says. */
  constructor(options: ReservoirSamplerOptions) {
    super(options);
    const { size, seed = "42" } = options;
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new RangeError(`Cannot take a sample of ${size}: expected a whole number from 1 up`);
    }
    this.#size = size;
    this.#seed = seed;
  }

  /** Takes an item, and lets go of the one with the lowest lot. */
  override build(_context: EventContext, ...inputs: unknown[]): void {
    const sample = this.#sample;
    const item = this.item(inputs);
    const lot = contentHash([this.#seed, item]);
    const full = sample.length === this.#size;
    if (full && lot <= sample[0]!.lot) return;
    sample.splice(this.#placeOf(lot), 0, { lot, item });
    if (full) sample.shift();
  }

  /** Announces the sample of the phase, item by item. */
  override phase(): readonly unknown[] {
    return this.#sample.splice(0).map(({ item }) => item);
  }

  /** Begins anew. */
  override onInit(): void {
    this.#sample = [];
  }

  #placeOf(lot: string): number {
    let [low, high] = [0, this.#sample.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sample[middle]!.lot < lot) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
