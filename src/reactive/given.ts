import type { Processor } from "./processor.ts";

/**
 * Says that artifacts of these targets come from outside, with `Built`: without it a builder that requires one of them
 * cannot be wired.
 *
 * @example
 * ```ts
 * import { Built, builder, createEventPipeline, given, Resolve } from "tinman/reactive";
 *
 * const doubled = builder({ provides: "doubled", requires: ["number"], build: (_, x: number) => [2 * x] });
 * const pipeline = createEventPipeline([given("number"), doubled]);
 * pipeline.submit(Resolve({ target: "doubled" }));
 * pipeline.submit(Built({ target: "number", artifact: 21 }));
 * await pipeline.run();
 * ```
 */
export function given(...targets: readonly [string, ...string[]]): Processor {
  return { name: `given ${targets.join(", ")}`, handlers: [], wiring: { provides: targets, requires: [] } };
}
