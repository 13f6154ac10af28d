import type { BuilderOptions } from "./builder_options.ts";
import { ReactiveBuilder } from "./reactive_builder.ts";

/** Options of all builders that come with tinman. They keep nothing for later runs, and no input is passed over. */
export interface HelperOptions extends
  Omit<
    BuilderOptions,
    "requires" | "persist" | "dedupe" | "key" | "version" | "uses" | "maxKnown" | "join" | "alsoProvides"
  > {
  /** What it takes, see {@linkcode BuilderOptions.requires}. */
  readonly requires: readonly [string, ...string[]];
}

/** A builder that takes items: the artifacts of its requirement, or lists of those of all where there are several. */
export abstract class Helper extends ReactiveBuilder {
  readonly #single: boolean;

  /** Without `persist` and `dedupe`: who counts and groups has to see all that comes. */
  constructor(options: HelperOptions, parts: Pick<BuilderOptions, "join" | "alsoProvides"> = {}) {
    super({ ...options, ...parts, key: undefined, persist: false, dedupe: false });
    this.#single = options.requires.length === 1 && !options.requires[0].startsWith("*");
  }

  /** The item of one set of inputs. */
  protected item(inputs: readonly unknown[]): unknown {
    return this.#single ? inputs[0] : inputs;
  }
}
