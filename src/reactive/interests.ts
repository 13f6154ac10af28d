import { TinmanError } from "../errors/mod.ts";
import type { Event } from "./event.ts";
import type { Way } from "./match.ts";
import { readPattern } from "./pattern_check.ts";

/** One way in which a processor takes events. */
export interface Interest<T> {
  /** Whose it is: each gets an event once, by the first of its interests that matches. */
  readonly owner: string;
  readonly way: Way;
  readonly target: T;
}

interface Candidate<T> extends Interest<T> {
  readonly order: number;
  /** Whether reaching this leaf of the index is enough to match. */
  readonly sure: boolean;
}

type Index<T> = Leaf<T> | Split<T>;
interface Leaf<T> {
  readonly candidates: readonly Candidate<T>[];
  /** All targets, where nothing is left to ask. */
  readonly targets: readonly T[] | undefined;
}
/** Those that ask for certain values of an attribute, by value, and those that do not. */
interface Split<T> {
  readonly attribute: string;
  readonly byValue: ReadonlyMap<unknown, Index<T>>;
  readonly others: Index<T>;
}

interface Known<T> {
  kind: Event<object>["kind"];
  readonly index: Index<T>;
}

/** Kinds whose index is kept: kinds may be made while a pipeline runs. */
const MAX_KINDS = 4096;
const NOBODY: readonly never[] = Object.freeze([]);

/**
 * Who takes an event. Interests are looked up by the kind of the event, then by its attributes where patterns name their
 * values, so that an event costs what matches it and no more, however many processors there are.
 */
export class Interests<T> {
  /** How many patterns had to be asked so far. */
  asked = 0;
  readonly #all: readonly (Interest<T> & { readonly order: number })[];
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
    const { index } = this.#last?.kind === event.kind ? this.#last : this.#lookUp(event);
    if ("candidates" in index && index.targets !== undefined) return index.targets;
    const leaves: Leaf<T>[] = [];
    gather(index, event.data as Record<string, unknown>, leaves);
    if (leaves.length === 0) return NOBODY;
    if (leaves.length === 1) return leaves[0]!.targets ?? this.#ask(leaves[0]!.candidates, event);
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

function gather<T>(index: Index<T>, data: Record<string, unknown>, leaves: Leaf<T>[]): void {
  while (!("candidates" in index)) {
    const found: Index<T> | undefined = index.byValue.get(data[index.attribute]);
    if (found !== undefined) gather(found, data, leaves);
    index = index.others;
  }
  if (index.candidates.length > 0) leaves.push(index);
}

function createIndex<T>(
  interests: readonly (Interest<T> & { readonly order: number })[],
  used: ReadonlySet<string>,
): Index<T> {
  const attribute = bestAttribute(interests, used);
  if (attribute === undefined) return createLeaf(interests, used);
  const byValue = new Map<unknown, (Interest<T> & { readonly order: number })[]>();
  const others: (Interest<T> & { readonly order: number })[] = [];
  for (const interest of interests) {
    const values = valuesOf(interest.way, attribute, used.size > 0);
    if (values === undefined) others.push(interest);
    for (const value of values ?? []) {
      const those = byValue.get(value);
      if (those === undefined) byValue.set(value, [interest]);
      else those.push(interest);
    }
  }
  const deeper = new Set([...used, attribute]);
  return {
    attribute,
    byValue: new Map([...byValue].map(([value, those]) => [value, createIndex(those, deeper)])),
    others: createIndex(others, used),
  };
}

function createLeaf<T>(
  interests: readonly (Interest<T> & { readonly order: number })[],
  used: ReadonlySet<string>,
): Leaf<T> {
  const candidates = interests.map((interest) => ({ ...interest, sure: isSure(interest.way, used) }));
  const first = candidates.filter(({ owner }, i) => candidates[i - 1]?.owner !== owner);
  return { candidates, targets: candidates.every(({ sure }) => sure) ? first.map(({ target }) => target) : undefined };
}

function isSure({ test, kind, attributes }: Way, used: ReadonlySet<string>): boolean {
  if (test === undefined) return true;
  const names = Object.keys(attributes);
  return kind !== undefined &&
    names.every((name) => used.has(name) && valuesOf({ attributes }, name, false) !== undefined);
}

/** The attribute that tells most of them apart. */
function bestAttribute<T>(interests: readonly Interest<T>[], used: ReadonlySet<string>): string | undefined {
  if (interests.length < 2) return undefined;
  const counts = new Map<string, number>();
  for (const { way } of interests) {
    for (const name of Object.keys(way.attributes)) {
      if (used.has(name) || valuesOf(way, name, used.size > 0) === undefined) continue;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  let best: string | undefined;
  for (const [name, count] of counts) {
    if (count > (best === undefined ? 1 : counts.get(best)!)) best = name;
  }
  return best;
}

/** The values of an attribute that a pattern asks for, if it names them. */
function valuesOf(
  { attributes }: Pick<Way, "attributes">,
  name: string,
  single: boolean,
): readonly unknown[] | undefined {
  if (!Object.hasOwn(attributes, name) || name in Object.prototype) return undefined;
  const values = literalsOf(attributes[name]);
  // Lists of values in several attributes would be as many leaves as there are combinations.
  return values !== undefined && single && values.length > 1 ? undefined : values;
}

function literalsOf(pattern: unknown): readonly unknown[] | undefined {
  const part = readPattern(pattern);
  if (part.type === "literal") return [part.value];
  if (part.type === "bind") return literalsOf(part.pattern);
  if (part.type !== "oneOf") return undefined;
  const all = part.patterns.map(literalsOf);
  return all.every((values) => values !== undefined) ? [...new Set(all.flat())] : undefined;
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
