/** Thrown inside and completed on the way out, so that the path costs nothing when all is well. */
export class Unfit {
  /** Where the value stands, such as `.legs[2].angle`. */
  at = "";
  /** Steps deeper than this are not part of the path. */
  depth = Infinity;
  /** Of `value`, where `expected` would fit. */
  constructor(readonly value: unknown, readonly expected: string, readonly hint?: string | undefined) {}

  /** Puts one step in front of the path, which `name` says. */
  step(depth: number, name: () => string): this {
    if (depth < this.depth) this.at = name() + this.at;
    return this;
  }
}
