import { contentHash } from "../cbor/mod.ts";
import { builder } from "./builder.ts";
import type { BuilderOptions } from "./builder_options.ts";
import { Merger } from "./parallel_merger.ts";
import { Splitter, TaskJoin } from "./parallel_splitter.ts";
import type { EventContext } from "./processor.ts";
import type { BuildResult, ReactiveBuilder } from "./reactive_builder.ts";

/** What a worker of {@linkcode parallelize} is to pass on to `ReactiveBuilder`. */
export type WorkerWiring = Omit<BuilderOptions<never>, "requires"> & { readonly requires: readonly string[] };

/** Options of {@linkcode parallelize}. Those of {@linkcode BuilderOptions} are those of the workers. */
export interface ParallelizeOptions<I extends readonly unknown[], A>
  extends Omit<BuilderOptions<I>, "join" | "alsoProvides" | "feedback"> {
  /** How many there are. */
  readonly workers: number;
  /** What each of them does: a function without anything of its own between calls. */
  readonly build?: ((context: EventContext, ...inputs: I) => BuildResult<A>) | undefined;
  /** Or makes each of them, with what it needs. */
  readonly worker?: ((wiring: WorkerWiring, index: number) => ReactiveBuilder) | undefined;
  /** Builds no input twice. @default {false} */
  readonly dedupe?: boolean | undefined;
  /** Announces in the order of the inputs. Without it, in the order in which the workers are heard. @default {true} */
  readonly ordered?: boolean | undefined;
  /**
   * Sends all inputs for which it gives the same to the same worker. @default {in turn; by content with `persist` or
   * `dedupe`, so that a worker knows again what it had}
   */
  readonly by?: ((...inputs: I) => unknown) | undefined;
}

/**
 * Several workers that build the same target, each a builder with an inbox of its own: what is asynchronous in them
 * overlaps. All that is returned goes into the pipeline.
 *
 * @example
 * ```ts
 * import { builder, Built, createEventPipeline, on, parallelize, Resolve, where } from "tinman/reactive";
 *
 * const numbers = builder({ provides: "x", build: () => [1, 2, 3] });
 * const squares = parallelize({ provides: "square", requires: ["x"], workers: 2, build: (_, x: number) => [x * x] });
 * const print = on(where(Built, { target: "square" }), ({ artifact }) => console.log(artifact));
 * const pipeline = createEventPipeline([numbers, ...squares, { name: "print", handlers: [print] }]);
 * pipeline.submit(Resolve({ target: "square" }));
 * await pipeline.run(); // 1 4 9
 * ```
 * @throws {TypeError} For a worker that was not made with its wiring.
 */
export function parallelize<I extends readonly unknown[], A>(
  options: ParallelizeOptions<I, A>,
): readonly ReactiveBuilder[] {
  const { provides, requires = [], workers, name = provides, dedupe = false, persist = false, ...rest } = options;
  const { ordered = true, by, build, worker: make, ...common } = rest;
  if (!Number.isSafeInteger(workers) || workers < 1) {
    throw new RangeError(`Cannot divide work among ${workers}: expected a whole number from 1 up`);
  }
  if ((build === undefined) === (make === undefined)) {
    throw new TypeError("Cannot make workers: expected either `build` or `worker`");
  }
  const { priority, maxQueued } = common;
  const tasks = Array.from({ length: workers }, (_, i) => `${name}/task ${i}`);
  const done = `${name}/done`;
  const keyOf = by ?? (dedupe || persist ? (...inputs: I) => common.key?.(...inputs) ?? inputs : undefined);
  const route = keyOf && ((values: readonly unknown[]) => numberOf(keyOf(...values as unknown as I)) % workers);
  const splitter = new Splitter({ name: `${name}/split`, requires, tasks, route, priority, maxQueued });
  const crew = tasks.map((task, i) => {
    const join = new TaskJoin();
    const wiring = { ...common, name: `${name}/worker ${i}`, provides: done, requires: [task], dedupe, persist, join };
    const made = make ? make(wiring as WorkerWiring, i) : builder({ ...wiring, build: build! });
    if (made.join !== join || made.name !== wiring.name) {
      throw new TypeError(
        `Cannot make worker ${i} of ${JSON.stringify(name)}: it has to pass its wiring to ReactiveBuilder`,
      );
    }
    return made;
  });
  const merger = new Merger({ name, provides, requires: [done], ordered, priority, maxQueued });
  return [splitter, ...crew, merger];
}

/** 32 bits of what identifies a value. */
function numberOf(value: unknown): number {
  return Number.parseInt(contentHash(value).slice(0, 8), 16);
}
