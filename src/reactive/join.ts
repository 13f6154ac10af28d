import { TinmanError } from "../errors/mod.ts";
import { Fifo } from "./fifo.ts";

/** What one build gets. */
export interface Inputs {
  /** The arguments of `build`, after the context. */
  readonly values: readonly unknown[];
  /** Set where what is built has to be found again: it is announced as one {@linkcode Tagged}. */
  readonly tag?: number | undefined;
}

/** All artifacts of one build, and the tag of its inputs. */
export interface Tagged {
  /** {@linkcode Inputs.tag} */
  readonly tag: number;
  /** What `build` gave, in order. */
  readonly artifacts: readonly unknown[];
}

/** Makes the inputs of builds of the artifacts that come in. */
export interface Join {
  /** Takes an artifact of the requirement with this index, counted without repetitions. */
  push(source: number, artifact: unknown): Inputs | undefined;
  /** Forgets what it holds. */
  clear(): void;
}

/** A list of requirements, taken apart. */
export interface Requirements {
  /** The targets, each once, in the order of their first mention. */
  readonly targets: readonly string[];
  /** What `build` gets, in order: which target, and whether its artifact is a list that is spread out. */
  readonly slots: readonly { readonly source: number; readonly spread: boolean }[];
}

/** Reads `["a", "*a", "b"]`: the artifact of `a`, then the items of that same artifact, then the artifact of `b`. */
export function parseRequirements(requires: readonly string[]): Requirements {
  const names = requires.map((text) => text.startsWith("*") ? text.slice(1) : text);
  const targets = [...new Set(names)];
  const slots = names.map((name, i) => ({ source: targets.indexOf(name), spread: name !== requires[i] }));
  return { targets, slots };
}

/** Pairs by position: the first artifact of each requirement, then the second of each, … */
export class ZipJoin implements Join {
  readonly #requirements: Requirements;
  readonly #max: number;
  readonly #builder: string;
  readonly #isPlain: boolean;
  #queues: Fifo<unknown>[] = [];

  /** Artifacts of one requirement that wait for the others are at most `max`. */
  constructor(requirements: Requirements, { builder, max }: { builder: string; max: number }) {
    this.#requirements = requirements;
    this.#builder = builder;
    this.#max = max;
    // What comes in is what goes out, in the same order.
    this.#isPlain = requirements.slots.every(({ source, spread }, i) => source === i && !spread);
    this.clear();
  }

  /** {@linkcode Join.push} */
  push(source: number, artifact: unknown): Inputs | undefined {
    if (this.#queues.length === 1) return { values: this.#spread([artifact]) };
    const queue = this.#queues[source]!;
    if (queue.length >= this.#max) throw this.#full(source);
    queue.push(artifact);
    if (this.#queues.some((waiting) => waiting.length === 0)) return undefined;
    return { values: this.#spread(this.#queues.map((waiting) => waiting.shift())) };
  }

  /** {@linkcode Join.clear} */
  clear(): void {
    this.#queues = this.#requirements.targets.map(() => new Fifo());
  }

  #spread(artifacts: readonly unknown[]): readonly unknown[] {
    if (this.#isPlain) return artifacts;
    const { slots, targets } = this.#requirements;
    return slots.flatMap(({ source, spread }) => {
      const artifact = artifacts[source];
      // flatMap() takes one level off.
      if (!spread) return [artifact];
      if (isIterable(artifact)) return [...artifact];
      throw new TypeError(
        `Cannot build with "*${targets[source]}": expected an artifact that is a list, got ${typeof artifact}`,
      );
    });
  }

  #full(source: number): TinmanError {
    const { targets } = this.#requirements;
    const missing = targets.filter((_, i) => this.#queues[i]!.length === 0).map((name) => JSON.stringify(name));
    return new TinmanError(
      "TOO_LARGE",
      `Cannot build ${JSON.stringify(this.#builder)}: ${this.#max} of ${
        JSON.stringify(targets[source])
      } wait for one ` +
        `of ${missing.join(" and ")}`,
      { limit: this.#max, actual: this.#max + 1, hint: "inputs are paired by position; `maxQueued` lets more wait" },
    );
  }
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}
