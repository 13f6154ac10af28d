// What TypeScript knows of patterns: which fit a value, and what a handler gets.
import type { AnyPattern, BindPattern, EachPattern, OneOfPattern, WhenPattern } from "./pattern.ts";

/** Values that are compared as they are. */
export type LiteralValue = string | number | bigint | boolean | symbol | null | undefined;

/** Patterns of a value of type `V`. Where nothing is known of the value, every pattern fits. */
export type ValuePattern<V> = unknown extends V ? unknown
  :
    | Extract<V, LiteralValue>
    | AnyPattern
    | WhenPattern<V>
    | ((value: V) => boolean)
    | OneOfPattern<readonly ValuePattern<V>[]>
    | BindPattern<string, ValuePattern<V>>
    | StructurePattern<Exclude<V, LiteralValue>>;

/** Patterns of lists and of objects. */
export type StructurePattern<V> = V extends readonly (infer I)[] ?
    | EachPattern<ValuePattern<I>>
    | (number extends V["length"] ? readonly ValuePattern<I>[]
      : { readonly [N in keyof V]: ValuePattern<V[N]> })
  : V extends (...rest: never) => unknown ? never
  : V extends object ? PatternOf<V>
  : never;

/** Patterns of some attributes of `A`, and of no others. */
export type PatternOf<A> = A extends unknown ? { readonly [K in keyof A]?: ValuePattern<Required<A>[K]> } : never;

/** What a handler gets: what the pattern binds, and where it binds nothing, what the event carries. */
export type Reads<P, A> = Bound<P, A> extends infer B
  ? B extends unknown ? keyof B extends never ? A : { readonly [K in keyof B]: B[K] } : never
  : never;

/** The names that a pattern binds, and what they are. */
export type Bound<P, V> = P extends BindPattern<infer N, infer Q> ? { [K in N]: Narrowed<Q, V> } & Bound<Q, V>
  : P extends OneOfPattern<infer Q> ? Bound<Q[number], V>
  : P extends EachPattern<infer Q>
    ? { [K in keyof Bound<Q, PartOf<V, number>>]: readonly Bound<Q, PartOf<V, number>>[K][] }
  : P extends AnyPattern | WhenPattern<never> | ((value: never) => boolean) | LiteralValue ? unknown
  // Each part of a pattern adds its names: who takes any of these, takes all of them together.
  : P extends readonly unknown[]
    ? { [I in keyof P]: (names: Bound<P[I], PartOf<V, I>>) => void }[number] extends (names: infer B) => void ? B
    : unknown
  : P extends object
    ? { [K in keyof P]: (names: Bound<P[K], PartOf<V, K>>) => void }[keyof P] extends (names: infer B) => void ? B
    : unknown
  : unknown;

/** What a value of type `V` is when the pattern has matched it. */
export type Narrowed<P, V> = P extends LiteralValue ? P
  : P extends WhenPattern<never, infer N> ? (unknown extends N ? V : N)
  : P extends OneOfPattern<infer Q> ? Narrowed<Q[number], V>
  : P extends BindPattern<string, infer Q> ? Narrowed<Q, V>
  : V;

/** A field or an item of a value, as it is when it is there. */
export type PartOf<V, K> = unknown extends V ? unknown
  : V extends unknown ? K extends keyof V ? Required<V>[K] : V extends readonly (infer I)[] ? I : never
  : never;
