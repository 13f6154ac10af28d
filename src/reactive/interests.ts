import { TinmanError } from "../errors/mod.ts";
import type { Event } from "./event.ts";
import {
  type Candidate,
  createIndex,
  gather,
  type Index,
  type Interest,
  type Leaf,
  onlyLeaf,
  type Ordered,
} from "./interest_index.ts";

interface Known<T> {
  kind: Event<object>["kind"];
  readonly index: Index<T>;
}

/** Kinds whose index is kept: kinds may be made while a pipeline runs. */
const MAX_KINDS = 4096;

/**
 * Who takes an event. Interests are looked up by the kind of the event, then by its attributes where patterns name their
 * values, so that an event costs what matches it and no more, however many processors there are.
 */
export class Interests<T> {
  /** How many patterns had to be asked so far. */
  asked = 0;
  readonly #all: readonly Ordered<T>[];
  readonly #lineages = new Map<string, readonly string[]>();
  readonly #known = new Map<string, Known<T>>();
  #last: Known<T> | undefined;

  /** In the order in which recipients are to be told. */
  constructor(interests: readonly Interest<T>[]) {
    this.#all = interests.map((interest, order) => ({ ...interest, order }));
    for (const { way } of interests) {
      if (way.kind === undefined) continue;
      const { lineage } = way.kind;
      lineage.forEach((name, i) => {
        this.#checkLineage(name, lineage.slice(i));
        this.#lineages.set(name, lineage.slice(i));
      });
    }
  }

  /** The targets of all whose pattern matches, each owner's first. */
  route(event: Event<object>): readonly T[] {
    const last = this.#last;
    const { index } = last !== undefined && last.kind === event.kind ? last : this.#lookUp(event);
    if (index.attribute === undefined && index.targets !== undefined) return index.targets;
    const leaf = onlyLeaf(index, event.data as Record<string, unknown>);
    if (leaf !== undefined) return leaf.targets ?? this.#ask(leaf.candidates, event);
    const leaves: Leaf<T>[] = [];
    gather(index, event.data as Record<string, unknown>, leaves);
    return this.#ask(leaves.flatMap(({ candidates }) => candidates).sort((a, b) => a.order - b.order), event);
  }

  #ask(candidates: readonly Candidate<T>[], event: Event<object>): readonly T[] {
    const targets: T[] = [];
    let taken: string | undefined;
    for (const candidate of candidates) {
      if (candidate.owner === taken) continue;
      if (!candidate.sure && !this.#test(candidate, event)) continue;
      targets.push(candidate.target);
      taken = candidate.owner;
    }
    return targets;
  }

  #test({ way, owner }: Candidate<T>, event: Event<object>): boolean {
    this.asked++;
    try {
      return way.test!(event);
    } catch (cause) {
      const { kindName } = event.kind;
      throw new TinmanError(
        "PROCESSOR",
        `Processor ${JSON.stringify(owner)} cannot be asked whether it takes ${JSON.stringify(kindName)}: ` +
          `a function in its pattern threw ${messageOf(cause)}`,
        { processor: owner, event: kindName, cause },
      );
    }
  }

  #lookUp(event: Event<object>): Known<T> {
    const { kind } = event;
    if (typeof kind?.kindName !== "string") {
      throw new TypeError("Cannot submit what is no event: call a kind to make one, as in Greet({ who })");
    }
    const known = this.#known.get(kind.kindName);
    if (known === undefined) return this.#last = this.#learn(event);
    if (known.kind !== kind) {
      checkSame(kind.kindName, known.kind.lineage, kind.lineage);
      known.kind = kind;
    }
    return this.#last = known;
  }

  #learn({ kind }: Event<object>): Known<T> {
    kind.lineage.forEach((name, i) => this.#checkLineage(name, kind.lineage.slice(i)));
    const interested = this.#all.filter(({ way }) =>
      way.kind === undefined || kind.lineage.includes(way.kind.kindName)
    );
    const known = { kind, index: createIndex(interested, new Set()) };
    if (this.#known.size >= MAX_KINDS) this.#known.clear();
    this.#known.set(kind.kindName, known);
    return known;
  }

  #checkLineage(name: string, lineage: readonly string[]): void {
    const known = this.#lineages.get(name);
    if (known !== undefined) checkSame(name, known, lineage);
  }
}

function checkSame(name: string, known: readonly string[], lineage: readonly string[]): void {
  if (known.length === lineage.length && known.every((part, i) => part === lineage[i])) return;
  throw new TinmanError(
    "CONFIG",
    `Cannot tell two kinds of events named ${JSON.stringify(name)} apart: one is ${known.join(" < ")}, ` +
      `the other ${lineage.join(" < ")}`,
    { hint: "Name one of them differently, or define the kind once and import it" },
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
