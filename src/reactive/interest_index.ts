import type { Way } from "./match.ts";
import { readPattern } from "./pattern_check.ts";

/** One way in which a processor takes events. */
export interface Interest<T> {
  /** Whose it is: each gets an event once, by the first of its interests that matches. */
  readonly owner: string;
  readonly way: Way;
  readonly target: T;
}

/** An interest, and its place among all: in this order are recipients told. */
export interface Ordered<T> extends Interest<T> {
  readonly order: number;
}

/** An interest in a place of the index. */
export interface Candidate<T> extends Ordered<T> {
  /** Whether reaching this leaf of the index is enough to match. */
  readonly sure: boolean;
}

/** Interests in events of one kind, found by their attributes. */
export type Index<T> = Leaf<T> | Split<T>;
/** Interests that have nothing more in common. */
export interface Leaf<T> {
  readonly attribute: undefined;
  readonly candidates: readonly Candidate<T>[];
  /** All targets, where nothing is left to ask. */
  readonly targets: readonly T[] | undefined;
}
/** Those that ask for certain values of an attribute, by value, and those that do not. */
export interface Split<T> {
  readonly attribute: string;
  readonly byValue: ReadonlyMap<unknown, Index<T>>;
  readonly others: Index<T>;
}

/** Where all candidates for an event are, if that is one place. */
export function onlyLeaf<T>(index: Index<T>, data: Record<string, unknown>): Leaf<T> | undefined {
  while (index.attribute !== undefined) {
    const found: Index<T> | undefined = index.byValue.get(data[index.attribute]);
    if (found === undefined) index = index.others;
    else if (isEmpty(index.others)) index = found;
    else return undefined;
  }
  return index;
}

/** All places where candidates for an event are. */
export function gather<T>(index: Index<T>, data: Record<string, unknown>, leaves: Leaf<T>[]): void {
  while (index.attribute !== undefined) {
    const found: Index<T> | undefined = index.byValue.get(data[index.attribute]);
    if (found !== undefined) gather(found, data, leaves);
    index = index.others;
  }
  if (!isEmpty(index)) leaves.push(index);
}

function isEmpty<T>(index: Index<T>): boolean {
  return index.attribute === undefined && index.candidates.length === 0;
}

/** An index of interests in events of one kind. `used` are attributes on which they agree already. */
export function createIndex<T>(
  interests: readonly Ordered<T>[],
  used: ReadonlySet<string>,
): Index<T> {
  const attribute = bestAttribute(interests, used);
  if (attribute === undefined) return createLeaf(interests, used);
  const byValue = new Map<unknown, Ordered<T>[]>();
  const others: Ordered<T>[] = [];
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
  interests: readonly Ordered<T>[],
  used: ReadonlySet<string>,
): Leaf<T> {
  const candidates = interests.map((interest) => ({ ...interest, sure: isSure(interest.way, used) }));
  const first = candidates.filter(({ owner }, i) => candidates[i - 1]?.owner !== owner);
  return {
    attribute: undefined,
    candidates,
    targets: candidates.every(({ sure }) => sure) ? first.map(({ target }) => target) : undefined,
  };
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
