// What TypeScript knows of patterns: which fit a value, and what a handler gets.
import type { AnyPattern, BindPattern, EachPattern, OneOfPattern, WhenPattern } from "./pattern.ts";

type Test = (value: never) => boolean;
type Primitive = string | number | bigint | boolean | symbol | null | undefined;

/** Patterns of a value of type `V`. Where nothing is known of the value, every pattern fits. */
export type ValuePattern<V> = unknown extends V ? unknown
  :
    | Extract<V, Primitive>
    | AnyPattern
    | WhenPattern<V>
    | ((value: V) => boolean)
    | OneOfPattern<readonly ValuePattern<V>[]>
    | BindPattern<string, ValuePattern<V>>
    | ItemsPattern<Exclude<V, Primitive>>;

type ItemsPattern<V> = V extends readonly (infer I)[] ? EachPattern<ValuePattern<I>> | ListPattern<V>
  : V extends (...rest: never) => unknown ? never
  : V extends object ? PatternOf<V>
  : never;
type ListPattern<V extends readonly unknown[]> = number extends V["length"] ? readonly ValuePattern<V[number]>[]
  : { readonly [I in keyof V]: ValuePattern<V[I]> };

/** Patterns of some attributes of `A`, and of no others. */
export type PatternOf<A> = A extends unknown ? { readonly [K in keyof A]?: ValuePattern<Required<A>[K]> } : never;

/** What a handler gets: what the pattern binds, and where it binds nothing, what the event carries. */
export type Reads<P, A> = Bound<P, A> extends infer B ? B extends unknown ? keyof B extends never ? A : Flat<B> : never
  : never;

type Flat<B> = { readonly [K in keyof B]: B[K] };

/** The names that a pattern binds, and what they are. */
export type Bound<P, V> = P extends BindPattern<infer N, infer Q> ? { [K in N]: Narrowed<Q, V> } & Bound<Q, V>
  : P extends OneOfPattern<infer Q> ? Bound<Q[number], V>
  : P extends EachPattern<infer Q> ? { [K in keyof Bound<Q, ItemOf<V>>]: readonly Bound<Q, ItemOf<V>>[K][] }
  : P extends AnyPattern | WhenPattern<never> | Test | Primitive ? unknown
  : P extends readonly unknown[] ? All<{ [I in keyof P]: [Bound<P[I], ItemAt<V, I>>] }[number]>
  : P extends object ? All<{ [K in keyof P]: [Bound<P[K], FieldOf<V, K>>] }[keyof P]>
  : unknown;

/** What a value of type `V` is when the pattern has matched it. */
export type Narrowed<P, V> = P extends Primitive ? P
  : P extends WhenPattern<never, infer N> ? (unknown extends N ? V : N)
  : P extends OneOfPattern<infer Q> ? Narrowed<Q[number], V>
  : P extends BindPattern<string, infer Q> ? Narrowed<Q, V>
  : V;

// Each part of a pattern adds its names: all of them together are what is bound. They are wrapped, so that a part that
// is one of several stays so.
type All<U> = [U] extends [never] ? unknown
  : (U extends [infer B] ? (part: B) => void : never) extends (all: infer I) => void ? I
  : unknown;
type ItemOf<V> = V extends readonly (infer I)[] ? I : unknown;
type ItemAt<V, I> = V extends readonly unknown[] ? I extends keyof V ? V[I] : V[number] : unknown;
type FieldOf<V, K> = V extends unknown ? K extends keyof V ? Required<V>[K] : never : never;
