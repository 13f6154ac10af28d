// Of the original: priority.rs test_priority_ordering, test_target_latency; pipeline_priority_test's default.
import assert from "node:assert/strict";
import { comparePriority, LATENCY_TARGET_MS, LatencyMeter, PRIORITIES } from "./priority.ts";

Deno.test("PRIORITIES go from the most urgent to the least, and their targets grow", () => {
  assert.deepEqual([...PRIORITIES].reverse().sort(comparePriority), PRIORITIES);
  assert.deepEqual(PRIORITIES.map((priority) => LATENCY_TARGET_MS[priority]), [10, 50, 200, 1000]);
});

Deno.test("LatencyMeter counts the runs that took longer than the target of their class", () => {
  const meter = new LatencyMeter({ priority: "high" });
  assert.deepEqual([1, 50, 50.001, 900].map((ms) => meter.record(ms * 1e6)), [true, true, false, false]);
  assert.deepEqual([meter.missed, meter.latency.count, meter.latency.max], [2, 4, 900e6]);
});

Deno.test("LatencyMeter is of the normal class, unless it is told a class or a target", () => {
  assert.deepEqual([new LatencyMeter().priority, new LatencyMeter().targetMs], ["normal", 200]);
  assert.equal(new LatencyMeter({ priority: "low", targetMs: 3 }).targetMs, 3);
  assert.throws(() => new LatencyMeter({ targetMs: 0 }), RangeError);
});
