// Of the Python original: test_collector_emits_on_phase_when_changed.
import assert from "node:assert/strict";
import { artifactsOf, builtOf } from "./_drive.ts";
import { builder } from "./builder.ts";
import { Resolve } from "./builder_events.ts";
import { Collector, type CollectorOptions } from "./collector.ts";
import { createEventPipeline } from "./event_pipeline.ts";
import { given } from "./given.ts";

const ask = Resolve({ target: "all" });
const collector = (options: Partial<CollectorOptions> = {}) =>
  new Collector({ provides: "all", requires: ["x"], ...options });
const collect = (made: Collector, ...items: readonly unknown[]) =>
  artifactsOf("all", { builders: [made], outside: ["x", "y"], events: [...builtOf("x", ...items), ask] });

Deno.test("Collector announces all items of a phase as one list, repeated ones too", async () => {
  assert.deepEqual(await collect(collector(), 5, 5, 6, 7, 8), [[5, 5, 6, 7, 8]]);
});

Deno.test("Collector announces nothing in a phase without items, and each item in one phase only", async () => {
  assert.deepEqual(await collect(collector()), []);
  const late = builder({ provides: "x", build: () => [1, 2], phase: (_, phase: number) => phase === 2 ? [3] : [] });
  const tick = builder({ provides: "tick", build: () => [], phase: (_, phase: number) => phase < 4 ? [phase] : [] });
  const listen = builder({ provides: "z", requires: ["tick"], build: () => [] });
  const builders = [late, collector(), tick, listen];
  assert.deepEqual(await artifactsOf("all", { builders, events: [ask] }), [[1, 2], [3]]);
});

Deno.test("Collector takes lists of its requirements where there are several", async () => {
  const both = collector({ requires: ["x", "y"] });
  const events = [...builtOf("x", 1, 2), ...builtOf("y", "a", "b"), ask];
  assert.deepEqual(await artifactsOf("all", { builders: [both], outside: ["x", "y"], events }), [[[1, "a"], [2, "b"]]]);
});

Deno.test("Collector with a limit counts what it leaves out", async () => {
  const three = collector({ limit: 3 });
  assert.deepEqual(await collect(three, 5, 5, 6, 7, 8), [[5, 5, 6]]);
  assert.equal(three.leftOut, 2);
});

Deno.test("Collector.values() are the items since the last phase, and with `keepAll` those of the run", async () => {
  for (const keepAll of [false, true]) {
    const made = collector({ keepAll });
    const pipeline = createEventPipeline([given("x"), made]);
    for (const event of [...builtOf("x", 1, 2), ask]) pipeline.submit(event);
    await pipeline.run();
    assert.deepEqual(made.values(), keepAll ? [1, 2] : []);
    await pipeline.run();
    assert.deepEqual(made.values(), [], "a run begins anew");
  }
});

Deno.test("Collector holds no more than `maxHeld`", async () => {
  assert.deepEqual(await collect(collector({ maxHeld: 2 }), 1, 2), [[1, 2]]);
  await assert.rejects(collect(collector({ maxHeld: 2 }), 1, 2, 3), {
    code: "PROCESSOR",
    message: /Cannot build "all": it holds 2 items/,
  });
});
