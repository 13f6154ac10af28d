import { TinmanError } from "../errors/mod.ts";
import type { BuiltData } from "./builder_events.ts";

/** An artifact, and which requirement it is of. */
export type HeardArtifact = readonly [source: number, artifact: unknown];

/** What a builder has heard of those that it requires. */
export class Heard {
  readonly #waiting: HeardArtifact[] = [];
  readonly #next = new Map<string, number>();
  #missed = 0;

  /** Whether this very artifact came before, and is only told again. */
  knows({ from, number }: BuiltData): boolean {
    return from !== undefined && number !== undefined && number < (this.#next.get(from) ?? 0);
  }

  /** Notes that it came. */
  note({ from, number }: BuiltData): void {
    if (from !== undefined && number !== undefined) this.#next.set(from, number + 1);
  }

  /** Holds an artifact until the builder is asked. Without room for it all are let go: nobody may ever ask. */
  hold(input: HeardArtifact, max: number): void {
    if (this.#missed === 0 && this.#waiting.length < max) this.#waiting.push(input);
    else this.#missed += this.#waiting.splice(0).length + 1;
  }

  /** What was held, in order. */
  take({ builder, max }: { builder: string; max: number }): readonly HeardArtifact[] {
    if (this.#missed === 0) return this.#waiting.splice(0);
    const name = JSON.stringify(builder);
    throw new TinmanError("TOO_LARGE", `Cannot build ${name}: ${this.#missed} inputs came before it was asked`, {
      limit: max,
      actual: this.#missed,
      hint: "submit its Resolve earlier, or let `maxQueued` hold more",
    });
  }
}
