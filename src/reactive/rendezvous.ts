import { Aside } from "./aside.ts";
import { Helper, type HelperOptions } from "./helper.ts";
import { KeyJoin, type Met, type Orphan } from "./key_join.ts";
import type { EventContext } from "./processor.ts";

/** Options of {@linkcode rendezvous}. */
export interface RendezvousOptions extends HelperOptions {
  /** What artifacts are joined by, for each requirement in order. Objects and lists are compared by content. */
  readonly keys: Iterable<(artifact: never) => unknown>;
  /**
   * What becomes of those whose partners do not come. `wait`: they wait, and too many are an error; `evict`: the key that
   * waits longest goes when there is no more room; `phase`: they go at the end of the phase. @default {"wait"}
   */
  readonly orphans?: "wait" | "evict" | "phase" | undefined;
  /** A target where those go that were not joined, each as an {@linkcode Orphan}. They are counted all the same. */
  readonly orphansTo?: string | undefined;
  /**
   * What is done when one requirement has a key again before the others had it. `overwrite`: the new one takes the place
   * of the old, which is an orphan; `reject`: that is an error; `queue`: it waits for the next of the others.
   * @default {"overwrite"}
   */
  readonly duplicates?: "overwrite" | "reject" | "queue" | undefined;
  /** Artifacts that may wait for their partners. @default {65536} */
  readonly maxPending?: number | undefined;
}

/**
 * Joins artifacts of several targets by key: announces a list of one of each, in the order of `requires`, when all have
 * come.
 *
 * @example
 * ```ts
 * import { Built, createEventPipeline, given, on, rendezvous, Resolve, where } from "tinman/reactive";
 *
 * const byId = ({ id }: { id: number }) => id;
 * const pairs = rendezvous({ provides: "pair", requires: ["question", "answer"], keys: [byId, byId] });
 * const print = on(where(Built, { target: "pair" }), ({ artifact }) => console.log(artifact));
 * const pipeline = createEventPipeline([given("question", "answer"), pairs, { name: "print", handlers: [print] }]);
 * pipeline.submit(Resolve({ target: "pair" }));
 * pipeline.submit(Built({ target: "question", artifact: { id: 1, text: "who?" } }));
 * pipeline.submit(Built({ target: "answer", artifact: { id: 1, text: "me" } }));
 * await pipeline.run(); // [{ id: 1, text: "who?" }, { id: 1, text: "me" }]
 * ```
 * @throws {TypeError} Without one key for each requirement.
 */
export function rendezvous(options: RendezvousOptions): Rendezvous {
  const { name = options.provides, requires, maxPending = 65_536 } = options;
  const keys = [...options.keys];
  if (keys.length !== requires.length) {
    throw new TypeError(`Cannot join ${requires.length} targets by ${keys.length} keys: expected one for each`);
  }
  if (new Set(requires).size < requires.length || requires.some((target) => target.startsWith("*"))) {
    throw new TypeError(`Cannot join ${requires.join(", ")}: expected different targets, none of them with "*"`);
  }
  const { duplicates = "overwrite", orphans } = options;
  const join = new KeyJoin({
    builder: name,
    targets: requires,
    keys,
    duplicates,
    evicts: orphans === "evict",
    maxPending,
  });
  return new Rendezvous(options, join);
}

/** What {@linkcode rendezvous} makes. */
export class Rendezvous extends Helper {
  readonly #keys: KeyJoin;
  readonly #options: RendezvousOptions;
  #orphans = 0;

  /** Made by {@linkcode rendezvous}. */
  constructor(options: RendezvousOptions, join: KeyJoin) {
    super(options, { join, alsoProvides: options.orphansTo === undefined ? [] : [options.orphansTo] });
    this.#keys = join;
    this.#options = options;
  }

  /** Keys that wait for somebody. */
  get pending(): number {
    return this.#keys.pending;
  }

  /** Artifacts of this run that were let go without being joined. */
  get orphans(): number {
    return this.#orphans;
  }

  /** Announces who met, and who goes. */
  override build(_context: EventContext, met: unknown): readonly unknown[] {
    const { joined, orphans } = met as Met;
    return [...this.#letGo(orphans), ...joined ? [joined] : []];
  }

  /** Lets go of who waits, with `orphans: "phase"`. */
  override phase(): readonly unknown[] {
    return this.#options.orphans === "phase" ? this.#letGo(this.#keys.drain("phase")) : [];
  }

  /** Begins anew. */
  override onInit(): void {
    this.#orphans = 0;
  }

  #letGo(orphans: readonly Orphan[]): readonly unknown[] {
    this.#orphans += orphans.length;
    const { orphansTo } = this.#options;
    return orphansTo === undefined ? [] : orphans.map((orphan) => new Aside(orphansTo, orphan));
  }
}
