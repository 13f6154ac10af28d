// Of the original: observability_monitor_tests test_monitor_report.
import assert from "node:assert/strict";
import { PipelineMetrics } from "./metrics.ts";
import { PipelineMonitor } from "./monitor.ts";

Deno.test("PipelineMonitor.report() begins as the original's, and adds p50 and p99", () => {
  const metrics = new PipelineMetrics();
  for (const busyNs of [10_000, 20_000, 60_999]) metrics.frame("sine_gen", busyNs);
  metrics.error("console_out");
  assert.equal(
    new PipelineMonitor(metrics).report(),
    `=== Pipeline Metrics ===

[sine_gen]
  Frames: 3 frames processed
  Errors: 0 errors
  Avg Latency: 30μs
  Latency: p50 20μs, p99 61μs

[console_out]
  Frames: 0 frames processed
  Errors: 1 errors
  Avg Latency: 0μs
  Latency: p50 0μs, p99 0μs`,
  );
});

Deno.test("PipelineMonitor.report() says so when there are no stages", () => {
  const report = new PipelineMonitor(new PipelineMetrics()).report();
  assert.equal(report, "=== Pipeline Metrics ===\n\nNo nodes registered");
});

Deno.test("PipelineMonitor.report() tells of restarts, drops, waiting, queues and deadlines where there are any", () => {
  const metrics = new PipelineMetrics({ priority: "high", stages: ["a"] });
  metrics.restart("a");
  metrics.drop("a", 2);
  metrics.blocked("a", 12e6);
  metrics.watch({ from: "a", to: "b", capacity: 10, frames: () => 9, waiting: () => 4, drops: () => 1 });
  metrics.runs.record(60e6);
  assert.deepEqual(new PipelineMonitor(metrics).report().split("\n").slice(7), [
    "  Restarts: 1",
    "  Drops: 2 frames",
    "  Blocked: 12ms",
    "  Queue to b: 4 of 10, 1 dropped",
    "",
    "Latency: p50 60000μs, p99 60000μs",
    "Deadlines: 1 of 1 runs over 50ms (high)",
  ]);
});

Deno.test("PipelineMonitor.report() leaves no queue out that sheds, wherever it begins", () => {
  const metrics = new PipelineMetrics({ stages: ["a"] });
  const edge = { to: "b.in", capacity: 10, frames: () => 9, waiting: () => 0 };
  metrics.watch({ ...edge, from: "trigger" });
  assert.ok(!new PipelineMonitor(metrics).report().includes("Queue"));
  metrics.watch({ ...edge, from: "trigger", drops: () => 3 });
  metrics.watch({ ...edge, from: "lost/a", drops: () => 7 });
  assert.deepEqual(new PipelineMonitor(metrics).report().split("\n").slice(7), [
    "",
    "[trigger]",
    "  Queue to b.in: 0 of 10, 3 dropped",
    "",
    "[lost/a]",
    "  Queue to b.in: 0 of 10, 7 dropped",
  ]);
});
