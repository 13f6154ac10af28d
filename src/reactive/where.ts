import type { EventKind } from "./event.ts";
import {
  type AnyPattern,
  type BindPattern,
  type EachPattern,
  type EitherPattern,
  type EventOf,
  type EventPattern,
  type OneOfPattern,
  PATTERN,
  type ReadsOf,
  type WhenPattern,
  type WherePattern,
} from "./pattern.ts";
import { checkPattern } from "./pattern_check.ts";
import type { PatternOf, Reads } from "./pattern_types.ts";

/** Matches whatever is there, also `null`; not an attribute that is missing. */
export const any: AnyPattern = Object.freeze({ [PATTERN]: "any" as const });

/** Matches every event, tinman's own too. */
export const anyEvent: AnyPattern = any;

/**
 * Events of this kind whose attributes match: values that are equal, functions that say whether they do, `any`,
 * `oneOf()`, `bind()`, `each()`, lists with a pattern for each item, and objects with patterns for some of their fields.
 * Functions have to depend on the value alone: they are asked before a handler is called.
 *
 * @example
 * ```ts
 * import { bind, defineEvent, on, where } from "tinman/reactive";
 *
 * const Order = defineEvent<{ id: number; buyer: { name: string }; status: "new" | "paid" }>("order");
 * const handler = on(
 *   where(Order, { status: "paid", id: (id) => id > 9, buyer: { name: bind("who") } }),
 *   ({ who }) => console.log(who.toUpperCase()),
 * );
 * ```
 * @throws {TypeError} For a name that is bound twice, or a value that cannot be compared.
 */
export function where<A extends object, const P extends PatternOf<A>>(
  kind: EventKind<A>,
  attributes: P,
): WherePattern<A, Reads<P, A>> {
  const pattern = { [PATTERN]: "where", kind, attributes } as const;
  checkPattern(pattern);
  return pattern as unknown as WherePattern<A, Reads<P, A>>;
}

/** Matches what a function says yes to; in place of an event, it is asked with the event. Typed where it is a guard. */
export function when<T, N extends T>(guard: (value: T) => value is N): WhenPattern<T, N>;
/** Matches what a function says yes to. */
export function when<T>(test: (value: T) => boolean): WhenPattern<T>;
export function when<T>(test: (value: T) => boolean): WhenPattern<T> {
  if (typeof test !== "function") throw new TypeError("Cannot make a pattern with when(): expected a function");
  return { [PATTERN]: "when", test };
}

/** Matches what one of the patterns matches, of which the first counts. They bind the same names, if any. */
export function oneOf<const P extends readonly unknown[]>(...patterns: P): OneOfPattern<P> {
  return { [PATTERN]: "oneOf", patterns };
}

/** Gives the handler what is there, under this name. */
export function bind<const N extends string>(name: N): BindPattern<N, AnyPattern>;
/** Gives the handler what the pattern matches, under this name. */
export function bind<const N extends string, const P>(name: N, pattern: P): BindPattern<N, P>;
export function bind(name: string, pattern: unknown = any): BindPattern {
  return { [PATTERN]: "bind", name, pattern };
}

/** Matches a list whose items all match; names in the pattern are bound to lists. */
export function each<const P>(pattern: P): EachPattern<P> {
  return { [PATTERN]: "each", pattern };
}

/** Events that one of the patterns matches, of which the first counts. They bind the same names, if any. */
export function either<const P extends readonly EventPattern[]>(
  ...patterns: P
): EitherPattern<EventOf<P[number]>, ReadsOf<P[number]>> {
  const pattern = { [PATTERN]: "either", patterns } as const;
  checkPattern(pattern);
  return pattern as unknown as EitherPattern<EventOf<P[number]>, ReadsOf<P[number]>>;
}
