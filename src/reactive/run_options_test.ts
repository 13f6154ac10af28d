import assert from "node:assert/strict";
import { createMemoryArchives } from "./archives.ts";
import { caching } from "./caching.ts";
import { defineEvent } from "./event.ts";
import { createEventPipeline, isEventPipeline } from "./event_pipeline.ts";
import { on } from "./on.ts";

const Count = defineEvent<{ n: number }>("count");

function countTo(limit: number) {
  const seen: number[] = [];
  const counter = {
    name: "counter",
    handlers: [on(Count, ({ n }, context) => {
      seen.push(n);
      if (n < limit) context.submit(Count({ n: n + 1 }));
    })],
  };
  const pipeline = createEventPipeline([counter]);
  pipeline.submit(Count({ n: 1 }));
  return { pipeline, seen };
}

Deno.test("run({ onEvent }) is called with each event in order, and with who emitted it", async () => {
  const { pipeline } = countTo(2);
  const seen: unknown[] = [];
  await pipeline.run({ onEvent: ({ kind }, by) => void seen.push([kind.kindName, by]) });
  assert.deepEqual(seen, [
    ["__INIT__", undefined],
    ["count", undefined],
    ["count", "counter"],
    ["__PHASE__", undefined],
    ["__POISON__", undefined],
  ]);
});

Deno.test("run({ onEvent }) goes on when what it returned has resolved", async () => {
  const { pipeline, seen } = countTo(3);
  const gate = Promise.withResolvers<void>();
  const running = pipeline.run({ onEvent: ({ data }) => (data as { n?: number }).n === 2 ? gate.promise : undefined });
  for (let i = 0; i < 10; i++) await null;
  assert.deepEqual(seen, [1]);
  gate.resolve();
  await running;
  assert.deepEqual(seen, [1, 2, 3]);
});

Deno.test("run({ onEvent }) fails with what it was refused", async () => {
  const { pipeline, seen } = countTo(3);
  await assert.rejects(
    pipeline.run({ onEvent: ({ data }) => "n" in data ? Promise.reject(new Error("disk full")) : undefined }),
    { message: "disk full" },
  );
  assert.ok(seen.length < 2, "nothing new is on its way");
});

Deno.test("run({ archives }) keeps things elsewhere than the pipeline says", async () => {
  const archives = createMemoryArchives();
  let calls = 0;
  const make = () => {
    const pipeline = createEventPipeline([caching({ name: "slow", handlers: [on(Count, () => void calls++)] })]);
    pipeline.submit(Count({ n: 1 }));
    return pipeline;
  };
  for (let run = 0; run < 2; run++) await make().run({ archives });
  await make().run();
  assert.deepEqual([calls, archives.names()], [2, ["slow"]]);
});

Deno.test("isEventPipeline() tells pipelines of events from other objects", () => {
  assert.ok(isEventPipeline(createEventPipeline([])));
  for (const other of [undefined, null, {}, { run() {}, processors: [] }]) assert.ok(!isEventPipeline(other));
});
