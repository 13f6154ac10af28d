import assert from "node:assert/strict";
import { Histogram, metricPoints } from "./mod.ts";

Deno.test("metricPoints() gives numbers as they are, in the unit of the name", () => {
  const samples = [{ labels: { stage: "a" }, value: 25e7 }, { value: 5e8 }];
  assert.deepEqual(
    metricPoints([{ name: "blocked_seconds", help: "Waits.", type: "counter", divisor: 1e9, samples }]),
    [{
      name: "blocked_seconds",
      help: "Waits.",
      type: "counter",
      points: [{ labels: { stage: "a" }, value: 0.25 }, { labels: {}, value: 0.5 }],
    }],
  );
});

Deno.test("metricPoints() gives a histogram as its count, its sum and two quantiles", () => {
  const value = new Histogram();
  for (let i = 1; i <= 100; i++) value.record(i * 1e6);
  const points = metricPoints([{ name: "busy", help: "", type: "histogram", divisor: 1e9, samples: [{ value }] }]);
  assert.deepEqual(points.map(({ name, type }) => [name, type]), [
    ["busy_count", "counter"],
    ["busy_sum", "counter"],
    ["busy_p50", "gauge"],
    ["busy_p99", "gauge"],
  ]);
  const [count, sum, p50, p99] = points.map(({ points: [point] }) => point!.value);
  assert.deepEqual([count, sum], [100, 5.05]);
  assert.ok(
    Math.abs(p50! / 0.05 - 1) <= Histogram.RELATIVE_ERROR && Math.abs(p99! / 0.099 - 1) <= Histogram.RELATIVE_ERROR,
  );
});

Deno.test("metricPoints() leaves out families without samples", () => {
  assert.deepEqual(metricPoints([{ name: "x", help: "", type: "gauge", samples: [] }]), []);
});
