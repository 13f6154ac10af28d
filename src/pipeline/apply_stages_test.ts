import assert from "node:assert/strict";
import { world } from "./_fixture_test.ts";
import { BufferPool } from "./buffer_pool.ts";
import { type DataFrame, MAIN_CHANNEL } from "./frame.ts";
import { createMetrics, type PipelineMetrics } from "./metrics.ts";
import { createPipeline } from "./pipeline.ts";
import { readPipeline } from "./config.ts";
import { StageRegistry } from "./registry.ts";
import { builtinStages } from "./stages/mod.ts";

const registry = new StageRegistry(builtinStages);

/** A pipeline of built-in stages in one chain, or with these connections. */
function chain(
  nodes: readonly (readonly [string, string, object?])[],
  connections?: readonly (readonly [string, string])[],
) {
  const pairs = connections ?? nodes.slice(1).map(([id], i) => [nodes[i]![0], id] as const);
  return {
    pipeline_config: { channel_capacity: 4 },
    nodes: nodes.map(([id, type, config = {}]) => ({ id, type, config })),
    connections: pairs.map(([from, to]) => ({ from, to })),
  };
}

async function started(config: unknown, pool = new BufferPool({ debug: true })) {
  const environment = world();
  const samples: number[] = [];
  const read = readPipeline(config, { registry });
  const metrics: PipelineMetrics = createMetrics(read);
  const onResult = (_: string, frame: DataFrame) => samples.push(...frame.payload.get(MAIN_CHANNEL) ?? []);
  const pipeline = createPipeline(read, { registry, environment, onResult, pool, observer: metrics });
  await environment.drive(pipeline.start());
  const trigger = (count: number) =>
    environment.drive(Promise.all(Array.from({ length: count }, () => pipeline.trigger())));
  return { pipeline, samples, metrics, trigger, drive: environment.drive };
}

const sine = (config: object) => ["sine", "SineGenerator", { sample_rate: 48_000, frame_size: 48, ...config }] as const;

Deno.test("a sine whose frequency is changed goes on without a seam", async () => {
  const { pipeline, samples, trigger, drive } = await started(chain([sine({ frequency: 1000 / 3 }), ["amp", "Gain"]]));
  await trigger(5);
  const diff = await drive(pipeline.apply(chain([sine({ frequency: 700 }), ["amp", "Gain"]])));
  assert.deepEqual(diff.changed.map(({ fate }) => fate), ["updated"]);
  await trigger(5);
  await drive(pipeline.stop());
  const turn = 240 * (1000 / 3) / 48_000;
  samples.forEach((value, i) => {
    const angle = i < 240 ? i * (1000 / 3) / 48_000 : turn + (i - 240) * 700 / 48_000;
    assert.ok(Math.abs(value - Math.sin(2 * Math.PI * angle)) < 1e-12, `sample ${i}`);
  });
  assert.equal(samples.length, 480);
});

Deno.test("a delay line keeps what is in it while everything around it changes", async () => {
  const long = chain([sine({}), ["delay", "Delay", { seconds: 0.01 }], ["amp", "Gain", { gain: 2 }]]);
  const { pipeline, samples, trigger, drive } = await started(chain([sine({}), ["delay", "Delay", { seconds: 0.01 }]]));
  await trigger(4);
  await drive(pipeline.apply(long));
  await trigger(16);
  await drive(pipeline.stop());
  for (let i = 0; i < 960; i++) {
    const value = i < 480 ? 0 : Math.sin(2 * Math.PI * 440 * (i - 480) / 48_000);
    assert.ok(Math.abs(samples[i]! - (i < 192 ? 1 : 2) * value) < 1e-9, `sample ${i}: ${samples[i]}`);
  }
});

Deno.test("metrics of a pipeline that changes: survivors go on counting, those that left are gone", async () => {
  const short = chain([sine({}), ["amp", "Gain"]]);
  const long = chain([sine({}), ["amp", "Gain"], ["more", "Gain"], ["peak", "Peak"]]);
  const { pipeline, metrics, trigger, drive } = await started(short);
  await trigger(3);
  await drive(pipeline.apply(long));
  await trigger(4);
  const counted = () => metrics.stages().map(({ id, frames }) => [id, frames]);
  const edges = () =>
    metrics.edges().map(({ from, to, frames, waiting }) => [from, to, frames, waiting] as const).sort();
  await drive(
    pipeline.apply(chain([sine({ amplitude: 2 }), ["amp", "Gain"], ["more", "Gain", { gain: 2 }], ["peak", "Peak"]])),
  );
  assert.deepEqual(counted(), [["sine", 7], ["amp", 7], ["more", 4], ["peak", 4]]);
  assert.deepEqual(edges().filter(([from]) => from !== "trigger"), [
    ["amp", "more.in", 4, 0],
    ["more", "peak.in", 4, 0],
    ["sine", "amp.in", 7, 0],
  ]);
  await drive(pipeline.apply(short));
  assert.deepEqual(counted(), [["sine", 7], ["amp", 7]]);
  assert.deepEqual(edges().map(([from, to]) => [from, to]), [["sine", "amp.in"], ["trigger", "sine.trigger"]]);
  await drive(pipeline.stop());
});

Deno.test("samples go back to the pool while readers come and go, and nobody looks at them afterwards", async () => {
  const pool = new BufferPool({ debug: true });
  const few = chain([sine({}), ["a", "Gain"]]);
  const many = chain(
    [sine({}), ["a", "Gain"], ["b", "Offset"], ["c", "RMS"], ["d", "Peak"]],
    [["sine", "a"], ["sine", "b"], ["a", "c"], ["a", "d"], ["b", "d"]].slice(0, 4) as [string, string][],
  );
  const { pipeline, trigger, drive } = await started(few, pool);
  for (let i = 0; i < 20; i++) {
    const sent = trigger(7);
    await drive(pipeline.apply(i % 2 === 0 ? many : few));
    await sent;
  }
  const { allocated } = pool.stats;
  for (let i = 0; i < 20; i++) {
    const sent = trigger(7);
    await drive(pipeline.apply(i % 2 === 0 ? many : few));
    await sent;
  }
  await drive(pipeline.stop());
  assert.ok(pool.stats.allocated - allocated < 400, `${allocated}, then ${pool.stats.allocated}`);
});

Deno.test("a thousand changes leave nothing behind", async () => {
  const few = chain([sine({}), ["a", "Gain"]]);
  const many = chain([sine({}), ["a", "Gain"], ["b", "Offset"], ["c", "RMS"]]);
  const { pipeline, metrics, trigger, drive, samples } = await started(few);
  const changes = 1000;
  for (let i = 0; i < changes; i++) {
    await drive(pipeline.apply(i % 2 === 0 ? many : few));
    if (i % 100 === 0) await trigger(1);
  }
  assert.deepEqual([metrics.stages().length, metrics.edges().length, samples.length > 0], [2, 2, true]);
  const report = await drive(pipeline.stop());
  assert.deepEqual(report!.channels.map(({ name, count }) => [name, count]).slice(0, 3), [
    ["trigger", 10],
    ["changes", 2 * changes + 1],
    ["sine", 10],
  ]);
});
