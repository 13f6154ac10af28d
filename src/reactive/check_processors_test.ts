import assert from "node:assert/strict";
import { createEventPipeline, defineEvent, type Handler, on, type Processor } from "./mod.ts";

const Count = defineEvent<{ n: number }>("count");

function processor(name: string, handler: Handler, more: Partial<Processor> = {}): Processor {
  return { name, handlers: [handler], ...more };
}

Deno.test("createEventPipeline() refuses what cannot be run, at once", () => {
  const nothing = on(Count, () => {});
  const refused: readonly [() => void, object][] = [
    [() => createEventPipeline([processor("a", nothing), processor("a", nothing)]), {
      code: "CONFIG",
      message: 'Cannot run two processors named "a"',
    }],
    [() => createEventPipeline([processor("", nothing)]), { message: "Cannot run a processor without a name" }],
    [() => createEventPipeline([processor("a", nothing, { concurrency: 0 })]), { name: "RangeError" }],
    [() => createEventPipeline([processor("a", nothing, { concurrency: 1.5 })]), { name: "RangeError" }],
    [() => createEventPipeline([processor("a", nothing, { priority: NaN })]), { name: "RangeError" }],
    [() => createEventPipeline([processor("a", nothing, { onError: { retry: -1 } })]), { name: "RangeError" }],
    [() => createEventPipeline([processor("a", nothing, { onError: { retry: 1, backoffMs: NaN } })]), {
      name: "RangeError",
    }],
    ...["maxConcurrency", "maxPending", "maxPhases"].flatMap((name) =>
      [0, -1, NaN].map((limit): [() => void, object] => [() => createEventPipeline([], { [name]: limit }), {
        name: "RangeError",
        message: `Cannot run with ${name} ${limit}: expected 1 or more`,
      }])
    ),
  ];
  for (const [make, error] of refused) assert.throws(make, error);
});
