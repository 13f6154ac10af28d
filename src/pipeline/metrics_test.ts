// Of the original: observability_collector_tests (registration, aggregation), observability_metrics_tests (creation,
// increment, latency tracking).
import assert from "node:assert/strict";
import { PipelineMetrics } from "./metrics.ts";

Deno.test("PipelineMetrics shows the stages that it was told of, all at zero", () => {
  const [a, b] = new PipelineMetrics({ stages: ["b", "a"] }).stages();
  assert.deepEqual([a!.id, b!.id], ["b", "a"]);
  const { frames, errors, restarts, drops, blockedNs, busy } = a!;
  assert.deepEqual([frames, errors, restarts, drops, blockedNs, busy.count], [0, 0, 0, 0, 0, 0]);
});

Deno.test("PipelineMetrics counts each stage by itself", () => {
  const metrics = new PipelineMetrics();
  for (const busyNs of [100e3, 200e3]) metrics.frame("sine", busyNs);
  metrics.error("gain");
  metrics.restart("gain");
  metrics.drop("gain", 3);
  metrics.blocked("sine", 5e6);
  metrics.blocked("sine", -1);
  const [sine, gain] = metrics.stages();
  assert.deepEqual([sine!.id, sine!.frames, sine!.busy.mean, sine!.blockedNs], ["sine", 2, 150e3, 5e6]);
  assert.deepEqual([gain!.frames, gain!.errors, gain!.restarts, gain!.drops], [0, 1, 1, 3]);
});

Deno.test("PipelineMetrics looks at an edge when it is asked, and at one edge between two stages", () => {
  const metrics = new PipelineMetrics();
  let waiting = 2;
  metrics.watch({ from: "a", to: "b", capacity: 1, frames: () => 0, waiting: () => 0 });
  metrics.watch({ from: "a", to: "b", capacity: 10, frames: () => 7, waiting: () => waiting, drops: () => 1 });
  metrics.watch({ from: "a", to: "c", capacity: 10, frames: () => 7, waiting: () => 0 });
  waiting = 4;
  assert.deepEqual(metrics.edges(), [
    { from: "a", to: "b", capacity: 10, frames: 7, waiting: 4, drops: 1 },
    { from: "a", to: "c", capacity: 10, frames: 7, waiting: 0, drops: 0 },
  ]);
});

Deno.test("PipelineMetrics holds runs to the target of the pipeline's class", () => {
  const metrics = new PipelineMetrics({ priority: "critical" });
  metrics.runs.record(9e6);
  metrics.runs.record(11e6);
  assert.deepEqual([metrics.runs.missed, metrics.runs.latency.count], [1, 2]);
});

// Goal and method as in src/telemetry/histogram_test.ts.
Deno.test("PipelineMetrics.frame() allocates nothing", () => {
  const metrics = new PipelineMetrics({ stages: ["a", "b", "c"] });
  const count = 100_000;
  const work = () => {
    for (let i = 0; i < count; i++) metrics.frame("b", 1e3 + (i * 7919) % 1e7 + 0.5);
  };
  for (let i = 0; i < 5; i++) work();
  const grownBytes = Array.from({ length: 5 }, () => {
    const before = Deno.memoryUsage().heapUsed;
    work();
    return Deno.memoryUsage().heapUsed - before;
  }).sort((a, b) => a - b)[2]!;
  assert.ok(grownBytes < count, `${count} frames left ${grownBytes} bytes`);
});
