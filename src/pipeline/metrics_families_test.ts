import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { formatPrometheus } from "../telemetry/mod.ts";
import dashboard from "./grafana.json" with { type: "json" };
import { BufferPool } from "./buffer_pool.ts";
import { PipelineMetrics } from "./metrics.ts";
import { bufferFamilies, channelFamilies, metricFamilies } from "./metrics_families.ts";
import { openPool } from "./pool.ts";
import { poolFamilies } from "./pool_stats.ts";

function createMetrics(name: string): PipelineMetrics {
  const metrics = new PipelineMetrics({ name, priority: "high", stages: ["sine"] });
  metrics.frame("sine", 2e6);
  metrics.blocked("sine", 25e7);
  metrics.watch({ from: "sine", to: "out", capacity: 10, frames: () => 5, waiting: () => 3 });
  metrics.runs.record(60e6);
  return metrics;
}

Deno.test("metricFamilies() has every number of every pipeline, in base units", () => {
  const text = formatPrometheus(metricFamilies([createMetrics("a"), createMetrics("b")]));
  for (
    const line of [
      'tinman_stage_frames_total{pipeline="a",stage="sine"} 1',
      'tinman_stage_frames_total{pipeline="b",stage="sine"} 1',
      'tinman_stage_blocked_seconds_total{pipeline="a",stage="sine"} 0.25',
      'tinman_stage_busy_seconds_sum{pipeline="a",stage="sine"} 0.002',
      'tinman_edge_waiting_frames{from="sine",pipeline="a",to="out"} 3',
      'tinman_pipeline_latency_target_seconds{pipeline="a",priority="high"} 0.05',
      'tinman_pipeline_missed_deadlines_total{pipeline="b",priority="high"} 1',
    ]
  ) assert.ok(text.split("\n").includes(line), line);
  assert.equal(text.match(/^# TYPE tinman_stage_frames_total /gm)?.length, 1);
});

Deno.test("channelFamilies() has what went through each channel", () => {
  const text = formatPrometheus(channelFamilies([{ name: "sine", count: 7, hz: 2.5, bytes: 800, drops: 1 }]));
  for (
    const line of [
      'tinman_channel_messages_total{channel="sine"} 7',
      'tinman_channel_recorded_bytes_total{channel="sine"} 800',
      'tinman_channel_unrecorded_messages_total{channel="sine"} 1',
    ]
  ) assert.ok(text.split("\n").includes(line), line);
});

Deno.test("bufferFamilies() has what stages asked for, and what of it was new", () => {
  const pool = new BufferPool();
  for (let i = 0; i < 3; i++) pool.lease(4)[Symbol.dispose]();
  const text = formatPrometheus(bufferFamilies(new Map([["a", pool.stats]])));
  for (
    const line of [
      'tinman_buffer_taken_arrays_total{pipeline="a"} 3',
      'tinman_buffer_new_arrays_total{pipeline="a"} 1',
      'tinman_buffer_free_bytes{pipeline="a"} 32',
    ]
  ) assert.ok(text.split("\n").includes(line), line);
});

async function createPoolStats() {
  const create = () => ({ executeOnce: () => Promise.resolve(1), reset() {}, close() {} });
  await using pool = await openPool({ create, clock: new VirtualClock() });
  await pool.execute();
  return pool.stats();
}

Deno.test("poolFamilies() has runs by outcome, places, and the latency of each class", async () => {
  const text = formatPrometheus(poolFamilies(new Map([["short", await createPoolStats()]])));
  for (
    const line of [
      'tinman_pool_runs_total{outcome="completed",pool="short"} 1',
      'tinman_pool_runs_total{outcome="timed_out",pool="short"} 0',
      'tinman_pool_idle_instances{pool="short"} 1',
      'tinman_pool_latency_seconds_count{pool="short",priority="normal"} 1',
      'tinman_pool_missed_deadlines_total{pool="short",priority="low"} 0',
    ]
  ) assert.ok(text.split("\n").includes(line), line);
});

Deno.test("formatPrometheus() refuses two pipelines of one name", () => {
  assert.throws(() => formatPrometheus(metricFamilies([createMetrics("a"), createMetrics("a")])), TypeError);
});

Deno.test("grafana.json asks for metrics and labels that there are, and for each metric", async () => {
  const series = new Map<string, Set<string>>();
  const families = [
    ...metricFamilies([createMetrics("a")]),
    ...bufferFamilies(new Map([["a", new BufferPool().stats]])),
    ...channelFamilies([{ name: "sine", count: 1, hz: 1, bytes: 1, drops: 0 }]),
    ...poolFamilies(new Map([["p", await createPoolStats()]])),
  ];
  for (const { name, type, samples } of families) {
    const labels = Object.keys(samples[0]!.labels!);
    const isHistogram = type === "histogram";
    for (const ending of isHistogram ? ["_bucket", "_sum", "_count"] : [""]) {
      series.set(name + ending, new Set([...labels, ...ending === "_bucket" ? ["le"] : []]));
    }
  }
  const asked = new Set<string>();
  for (const { expr, legendFormat } of dashboard.panels.flatMap(({ targets }) => targets)) {
    const names = expr.match(/\btinman_\w+/g)!;
    const groups = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels]) => labels!.split(", "));
    const chosen = [...expr.matchAll(/(\w+)=~?"/g)].map(([, label]) => label!);
    const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!);
    for (const name of names) {
      const labels = series.get(name);
      assert.ok(labels, `${name} is not a metric`);
      for (const label of [...groups, ...chosen]) assert.ok(labels.has(label), `${name} has no label ${label}`);
      asked.add(name.replace(/_(bucket|sum|count)$/, ""));
    }
    for (const label of shown) assert.ok(groups.includes(label), `${expr} does not keep ${label}`);
  }
  const missing = [...series.keys()].filter((name) => !asked.has(name.replace(/_(bucket|sum|count)$/, "")));
  assert.deepEqual(missing, []);
});

Deno.test("grafana.json has panels side by side, each with an id of its own", () => {
  const { panels } = dashboard;
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  for (const { gridPos: a } of panels) {
    assert.ok(a.x + a.w <= 24);
    const over = panels.filter(({ gridPos: b }) =>
      a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
    );
    assert.equal(over.length, 1);
  }
});
