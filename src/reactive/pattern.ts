import type { Event, EventKind } from "./event.ts";

/** What kind of pattern an object is. A symbol, so that no attribute can be mistaken for it. */
export const PATTERN: unique symbol = Symbol.for("tinman.pattern") as never;

/** Whatever is there. */
export interface AnyPattern {
  /** {@linkcode PATTERN} */
  readonly [PATTERN]: "any";
}
/** What a predicate says yes to. `N` is what the value then is, if the predicate tells. */
export interface WhenPattern<T, N = unknown> {
  /** {@linkcode PATTERN} */
  readonly [PATTERN]: "when";
  /** The predicate. */
  readonly test: (value: T) => boolean;
  /** For types alone: nothing has it when the program runs. */
  readonly types?: N;
}
/** What one of these patterns matches. */
export interface OneOfPattern<P extends readonly unknown[] = readonly unknown[]> {
  /** {@linkcode PATTERN} */
  readonly [PATTERN]: "oneOf";
  /** The patterns, of which the first that matches counts. */
  readonly patterns: P;
}
/** What the pattern matches, under a name. */
export interface BindPattern<N extends string = string, P = unknown> {
  /** {@linkcode PATTERN} */
  readonly [PATTERN]: "bind";
  /** The name. */
  readonly name: N;
  /** What the value has to match. */
  readonly pattern: P;
}
/** A list of what the pattern matches. */
export interface EachPattern<P = unknown> {
  /** {@linkcode PATTERN} */
  readonly [PATTERN]: "each";
  /** What every item has to match. */
  readonly pattern: P;
}

/** Events of a kind, and of those that refine it, whose attributes match. */
export interface WherePattern<A extends object = object, R = unknown> {
  /** {@linkcode PATTERN} */
  readonly [PATTERN]: "where";
  /** The kind. */
  readonly kind: KindName;
  /** What attributes have to match, by name. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** For types alone: nothing has it when the program runs. */
  readonly types?: { readonly event: A; readonly reads: R };
}
/** Events that one of these patterns matches. */
export interface EitherPattern<A extends object = object, R = unknown> {
  /** {@linkcode PATTERN} */
  readonly [PATTERN]: "either";
  /** The patterns, of which the first that matches counts. */
  readonly patterns: readonly EventPattern[];
  /** For types alone: nothing has it when the program runs. */
  readonly types?: { readonly event: A; readonly reads: R };
}

/** What a pattern needs to know of a kind. A kind itself is a pattern: of all its events. */
export type KindName = Pick<EventKind, "kindName" | "lineage">;

/** Which events a handler takes. `A` is what they carry, `R` what its handler gets of them. */
export type EventPattern<A extends object = object, R = unknown> =
  | KindName
  | WherePattern<A, R>
  | EitherPattern<A, R>
  | AnyPattern
  | WhenPattern<Event>;

/** What a handler of this pattern gets. */
export type ReadsOf<P> = P extends EventKind<infer A> ? A
  : P extends WherePattern<object, infer R> ? R
  : P extends EitherPattern<object, infer R> ? R
  : object;
/** What events carry that match this pattern. */
export type EventOf<P> = P extends EventKind<infer A> ? A
  : P extends WherePattern<infer A, unknown> ? A
  : P extends EitherPattern<infer A, unknown> ? A
  : object;
