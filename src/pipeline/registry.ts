import { didYouMean, TinmanError } from "../errors/mod.ts";
import type { StageType } from "./stage.ts";

/** The kinds of stages that a configuration may name. */
export class StageRegistry {
  readonly #types = new Map<string, StageType>();

  /** With these kinds; each has a name of its own. */
  constructor(types: Iterable<StageType> = []) {
    for (const type of types) this.add(type);
  }

  /**
   * Adds one.
   *
   * @throws {TinmanError} `CONFIG` when the name is taken.
   */
  add(type: StageType): void {
    if (this.#types.has(type.type)) {
      throw new TinmanError("CONFIG", `Cannot add stage type "${type.type}": the name is taken`, {
        hint: "give it a name with the name of your project in it",
      });
    }
    this.#types.set(type.type, type);
  }

  /** The kind with this name, if there is one. */
  find(type: string): StageType | undefined {
    return this.#types.get(type);
  }

  /** What to say when it is not there: `did you mean "Gain"?`, or the names of all. */
  suggest(type: string): string {
    const names = [...this.#types.keys()];
    return didYouMean(type, names) ?? (names.length === 0 ? "there are none" : `there are ${names.sort().join(", ")}`);
  }

  /** All of them, by category, then by name. */
  list(): StageType[] {
    const key = ({ category, type }: StageType) => `${category}/${type}`;
    return [...this.#types.values()].sort((a, b) => key(a) < key(b) ? -1 : 1);
  }
}

/** The inputs of a kind of stage, with the default filled in. */
export function inputsOf(type: StageType): readonly string[] {
  return type.inputs ?? ["in"];
}

/** The outputs of a kind of stage, with the default filled in. */
export function outputsOf(
  { hasOutput = true, outputs = ["out"] }: Pick<StageType, "hasOutput" | "outputs">,
): readonly string[] {
  return hasOutput ? outputs : [];
}

/** The channels of the outputs of stage `id`, in their order: `id` for the first, `id.output` for the others. */
export function outputChannels(id: string, type: StageType): readonly string[] {
  return outputsOf(type).map((name, i) => i === 0 ? id : `${id}.${name}`);
}
