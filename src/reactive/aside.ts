/** An artifact of another target: a builder gives it among its own, and names that target in `alsoProvides`. */
export class Aside {
  /** An artifact of `target`. */
  constructor(readonly target: string, readonly artifact: unknown) {}
}
