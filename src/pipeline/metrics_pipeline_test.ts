// Of the original: pipeline_priority_test (with a class, and without), engine_pool_tests over real pipelines. What
// pipelines say of themselves while they run; the numbers alone are tested in metrics_test.ts.
import assert from "node:assert/strict";
import { add, counter, failing, make, stageType, values, world } from "./_fixture_test.ts";
import { readPipeline } from "./config.ts";
import { createMetrics, PipelineMetrics } from "./metrics.ts";
import { createPipeline } from "./pipeline.ts";
import { openPool } from "./pool.ts";
import { StageRegistry } from "./registry.ts";

/** Takes ten milliseconds for each frame. */
const slow = stageType("Slow", ({ clock }) => async (frame) => {
  await clock.sleep(10);
  return frame;
});

function chain(settings: object = {}, connection: object = {}) {
  return {
    pipeline_config: settings,
    nodes: [{ id: "source", type: "Counter" }, { id: "slow", type: "Slow" }],
    connections: [{ from: "source", to: "slow", ...connection }],
  };
}

async function stream(config: unknown, triggers: number) {
  const metrics = new PipelineMetrics();
  const { pipeline, environment } = make(config, [slow], { observer: metrics });
  await environment.drive(pipeline.start());
  for (let i = 0; i < triggers; i++) await environment.drive(pipeline.trigger());
  await environment.drive(pipeline.stop());
  return { metrics, results: pipeline.results };
}

Deno.test("a pipeline is held to the class in its configuration, which is normal unless it says so", () => {
  const registry = new StageRegistry([counter, slow]);
  const of = (settings: object) => createMetrics(readPipeline(chain(settings), { registry }));
  assert.deepEqual([of({}).runs.priority, of({}).runs.targetMs], ["normal", 200]);
  assert.deepEqual([of({ priority: "critical" }).runs.priority, of({ priority: "critical" }).runs.targetMs], [
    "critical",
    10,
  ]);
  assert.deepEqual(of({}).stages().map(({ id }) => id), ["source", "slow"]);
});

Deno.test("a streaming pipeline says how long each frame took from its trigger to its end", async () => {
  const { metrics } = await stream(chain(), 1);
  assert.deepEqual([metrics.runs.latency.count, metrics.runs.latency.max], [1, 10e6]);
});

Deno.test("executeOnce() is one run of the pipeline, with its latency", async () => {
  const metrics = new PipelineMetrics({ priority: "critical", targetMs: 5 });
  const { pipeline, environment } = make(chain(), [slow], { observer: metrics });
  for (let i = 0; i < 3; i++) await environment.drive(pipeline.executeOnce());
  assert.deepEqual([metrics.runs.latency.count, metrics.runs.latency.min, metrics.runs.missed], [3, 10e6, 3]);
});

Deno.test("a streaming pipeline shows its queues, and a source that waits for room", async () => {
  const { metrics } = await stream(chain({ channel_capacity: 2 }), 20);
  const edge = metrics.edges().find(({ from }) => from === "source")!;
  assert.deepEqual(edge, { from: "source", to: "slow.in", capacity: 2, frames: 20, waiting: 0, drops: 0 });
  const source = metrics.stages().find(({ id }) => id === "source")!;
  assert.ok(source.blockedNs >= 100e6, `${source.blockedNs} ns`);
});

for (const shed of ["drop_oldest", "drop_newest", "sample"] as const) {
  Deno.test(`an edge that sheds by ${shed} counts every frame that does not come through, and keeps the order`, async () => {
    const { metrics, results } = await stream(chain({ channel_capacity: 2 }, { shed }), 50);
    const came = values(results, "slow");
    const [edge] = metrics.edges().filter(({ from }) => from === "source");
    const { drops, frames } = metrics.stages().find(({ id }) => id === "slow")!;
    assert.deepEqual([came.length + drops, frames, edge!.drops, edge!.frames], [50, came.length, drops, 50]);
    assert.ok(drops > 0, "nothing was shed");
    assert.deepEqual(came, [...came].sort((a, b) => a - b));
  });
}

Deno.test("an edge that blocks, said or not, loses nothing", async () => {
  for (const connection of [{}, { shed: "block" }]) {
    const { metrics, results } = await stream(chain({ channel_capacity: 2 }, connection), 30);
    assert.deepEqual(values(results, "slow"), Array.from({ length: 30 }, (_, i) => i));
    assert.equal(metrics.stages().find(({ id }) => id === "slow")!.drops, 0);
  }
});

Deno.test("a stage that fails is in its errors, restarts and drops, and not in its frames", async () => {
  const metrics = new PipelineMetrics();
  const config = {
    nodes: [{ id: "source", type: "Counter" }, { id: "bad", type: "Failing", on_error: "skip", restart: "immediate" }],
    connections: [{ from: "source", to: "bad" }],
  };
  const { pipeline, environment } = make(config, [failing((call) => call === 2)], { observer: metrics });
  for (let i = 0; i < 4; i++) await environment.drive(pipeline.executeOnce());
  const { frames, errors, restarts, drops } = metrics.stages().find(({ id }) => id === "bad")!;
  assert.deepEqual([frames, errors, restarts, drops], [4, 1, 1, 0]);
});

Deno.test("a pool runs real pipelines, each as if it were new, without making one for each run", async () => {
  const environment = world();
  const registry = new StageRegistry([counter, add]);
  const config = readPipeline({
    nodes: [{ id: "source", type: "Counter" }, { id: "more", type: "Add", config: { by: 40 } }],
    connections: [{ from: "source", to: "more" }],
  }, { registry });
  const create = () => createPipeline(config, { registry, environment });
  const pool = await openPool({ create, clock: environment.clock, maxConcurrent: 3 });
  const results = await environment.drive(Promise.all(Array.from({ length: 20 }, () => pool.execute())));
  assert.deepEqual(results.map((each) => values(each, "more")), Array(20).fill([40]));
  assert.deepEqual([pool.stats().created, pool.stats().completed], [3, 20]);
  await pool.close();
});
