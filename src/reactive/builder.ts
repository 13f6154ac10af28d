import type { BuilderOptions } from "./builder_options.ts";
import type { EventContext } from "./processor.ts";
import { type BuildResult, ReactiveBuilder } from "./reactive_builder.ts";

/** What {@linkcode builder} makes a builder of. */
export interface BuilderDefinition<I extends readonly unknown[], A> extends BuilderOptions<I> {
  /** Builds the artifacts of one set of inputs, see {@linkcode ReactiveBuilder.build}. A generator may be asynchronous. */
  readonly build: (context: EventContext, ...inputs: I) => BuildResult<A>;
  /** See {@linkcode ReactiveBuilder.phase}. */
  readonly phase?: ((context: EventContext, phase: number) => BuildResult<A>) | undefined;
  /** See {@linkcode ReactiveBuilder.onInit}. */
  readonly onInit?: ((context: EventContext) => void | Promise<void>) | undefined;
  /** See {@linkcode ReactiveBuilder.onTerminate}. */
  readonly onTerminate?: ((context: EventContext) => void | Promise<void>) | undefined;
}

/**
 * A builder of one function.
 *
 * @example
 * ```ts
 * import { builder, Built, createEventPipeline, on, Resolve, where } from "tinman/reactive";
 *
 * const numbers = builder({ provides: "number", build: () => [1, 2, 3] });
 * const doubled = builder({
 *   provides: "doubled",
 *   requires: ["number"],
 *   *build(_, x: number) {
 *     yield 2 * x;
 *   },
 * });
 * const print = on(where(Built, { target: "doubled" }), ({ artifact }) => console.log(artifact));
 * const pipeline = createEventPipeline([numbers, doubled, { name: "print", handlers: [print] }]);
 * pipeline.submit(Resolve({ target: "doubled" }));
 * await pipeline.run(); // 2 4 6
 * ```
 */
export function builder<I extends readonly unknown[], A>(definition: BuilderDefinition<I, A>): ReactiveBuilder {
  return new FunctionBuilder(definition as unknown as BuilderDefinition<unknown[], A>);
}

class FunctionBuilder extends ReactiveBuilder {
  readonly #definition: BuilderDefinition<unknown[], unknown>;

  constructor(definition: BuilderDefinition<unknown[], unknown>) {
    super(definition);
    this.#definition = definition;
  }

  override build(context: EventContext, ...inputs: unknown[]): BuildResult {
    return this.#definition.build(context, ...inputs);
  }

  override phase(context: EventContext, phase: number): BuildResult {
    return this.#definition.phase?.(context, phase);
  }

  override onInit(context: EventContext): void | Promise<void> {
    return this.#definition.onInit?.(context);
  }

  override onTerminate(context: EventContext): void | Promise<void> {
    return this.#definition.onTerminate?.(context);
  }

  protected override code(): readonly unknown[] {
    const { build, phase, onInit } = this.#definition;
    return [build, phase, onInit];
  }
}
