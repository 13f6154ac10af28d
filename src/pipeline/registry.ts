import { didYouMean, TinmanError } from "../errors/mod.ts";
import type { StageType } from "./stage.ts";

/** Kinds of stages that are looked for when somebody names one, such as those of plugins. */
export interface StageSource {
  /** The kind with this name, if there is one. */
  find(type: string): StageType | undefined;
  /** All of them. */
  list(): readonly StageType[];
  /** What to say of a name that is not there; undefined for one that has nothing to do with it. */
  suggest(type: string): string | undefined;
}

/** The kinds of stages that a configuration may name. */
export class StageRegistry {
  readonly #types = new Map<string, StageType>();
  readonly #more: StageSource | undefined;

  /** With these kinds; each has a name of its own. */
  constructor(types: Iterable<StageType> = [], { more }: { readonly more?: StageSource } = {}) {
    for (const type of types) this.add(type);
    this.#more = more;
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
    return this.#types.get(type) ?? this.#more?.find(type);
  }

  /** What to say when it is not there: `did you mean "Gain"?`, or the names of all. */
  suggest(type: string): string {
    const said = this.#more?.suggest(type);
    if (said !== undefined) return said;
    const names = this.list().map((each) => each.type);
    return didYouMean(type, names) ?? (names.length === 0 ? "there are none" : `there are ${names.sort().join(", ")}`);
  }

  /** All of them, by category, then by name. */
  list(): StageType[] {
    const key = ({ category, type }: StageType) => `${category}/${type}`;
    return [...this.#types.values(), ...this.#more?.list() ?? []].sort((a, b) => key(a) < key(b) ? -1 : 1);
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
