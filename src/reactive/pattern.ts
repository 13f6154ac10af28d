import type { Event, EventKind } from "./event.ts";

/** What kind of pattern an object is. A symbol, so that no attribute can be mistaken for it. */
export const PATTERN: unique symbol = Symbol.for("tinman.pattern") as never;

/** Only for types: what a handler gets. Nothing has it when the program runs. */
declare const READS: unique symbol;

/** Whatever is there. */
export interface AnyPattern {
  readonly [PATTERN]: "any";
}
/** What a predicate says yes to. `N` is what the value then is, if the predicate tells. */
export interface WhenPattern<T, N = unknown> {
  readonly [PATTERN]: "when";
  readonly test: (value: T) => boolean;
  readonly [READS]?: N;
}
/** What one of these patterns matches. */
export interface OneOfPattern<P extends readonly unknown[] = readonly unknown[]> {
  readonly [PATTERN]: "oneOf";
  readonly patterns: P;
}
/** What the pattern matches, under a name. */
export interface BindPattern<N extends string = string, P = unknown> {
  readonly [PATTERN]: "bind";
  readonly name: N;
  readonly pattern: P;
}
/** A list of what the pattern matches. */
export interface EachPattern<P = unknown> {
  readonly [PATTERN]: "each";
  readonly pattern: P;
}

/** Events of a kind, and of those that refine it, whose attributes match. */
export interface WherePattern<A extends object = object, R = unknown> {
  readonly [PATTERN]: "where";
  readonly kind: KindName;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly [READS]?: { readonly event: A; readonly reads: R };
}
/** Events that one of these patterns matches. */
export interface EitherPattern<A extends object = object, R = unknown> {
  readonly [PATTERN]: "either";
  readonly patterns: readonly EventPattern[];
  readonly [READS]?: { readonly event: A; readonly reads: R };
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
  : P extends { readonly [READS]?: { readonly reads: infer R } } ? R
  : object;
/** What events carry that match this pattern. */
export type EventOf<P> = P extends EventKind<infer A> ? A
  : P extends { readonly [READS]?: { readonly event: infer A extends object } } ? A
  : object;
