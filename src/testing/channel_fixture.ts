import type { InEnd, OutEnd } from "../channel/mod.ts";
import { type ErrorCode, isTinmanError, type TinmanError } from "../errors/mod.ts";

/** The ends of one channel of numbers, for one test. */
export interface ChannelFixture extends Partial<AsyncDisposable> {
  /** Where values go in. */
  readonly out: OutEnd<number>;
  /** Where they come out: a reader for each capacity that was asked for. */
  readonly inputs: readonly InEnd<number>[];
  /** Adds a reader that sees what is published from now on. Left out where readers cannot come later. */
  subscribe?(capacity: number): InEnd<number>;
  /** Resolves when all that was done at one end has reached the others, and who waited for it has gone on. */
  settle(): Promise<void>;
}

/** The test of one promise. `open` gives fixtures that are disposed after it. */
export type Run = (open: (...capacities: number[]) => Promise<ChannelFixture>) => Promise<void>;

/** Tells a test to the runner, under what it proves. */
export type TestPromise = (promise: string, run: Run) => void;

/** Frees what a fixture holds. */
export async function closeFixture(fixture: ChannelFixture): Promise<void> {
  await fixture[Symbol.asyncDispose]?.();
}

/** A promise, and whether it has settled so far. */
export function observe<T>(promise: Promise<T>): { readonly promise: Promise<T>; readonly settled: boolean } {
  const seen = { promise, settled: false };
  const done = () => void (seen.settled = true);
  promise.then(done, done);
  return seen;
}

/** Whether an error is of this kind, for `assert.rejects()`. */
export function hasCode<Code extends ErrorCode>(code: Code): (error: unknown) => error is TinmanError<Code> {
  return (error): error is TinmanError<Code> => isTinmanError(error, code);
}

/** Everything up to the end. */
export async function read(input: InEnd<number>): Promise<number[]> {
  const got: number[] = [];
  for await (const value of input) got.push(value);
  return got;
}

/** The next `count` values, one `next()` each; fewer if the end comes first. */
export async function take(input: InEnd<number>, count: number): Promise<number[]> {
  const got: number[] = [];
  for (let next; got.length < count && !(next = await input.next()).done;) got.push(next.value);
  return got;
}
