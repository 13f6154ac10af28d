/*
 * Goal: what the tests of the Rust original promise holds here, and none of the defects that were found in it. Method: its
 * README's configuration and chains like it, with the stages that come with tinman. Its tests, at its first and its last
 * commit, and where they are here:
 *
 * | test of the original | here |
 * | --- | --- |
 * | pipeline_creation, pipeline_execute, async_pipeline_creation, async_pipeline_execution, pipeline_with_metrics, resilient_node_success | below, by name |
 * | buffer_pool_get_and_return, _multiple_buffers, _concurrent | buffer_pool_test: "BufferPool.lease() gives the array again …", "… gives each of many users at once its own array …" |
 * | dataframe_creation, _with_data, _zero_copy_clone | frame_test; pipeline_test: "fan-out hands the same frame to every reader, not a copy" |
 * | node_process, node_streaming | pipeline_test: "executeOnce() takes a frame through a chain …", "a pipeline that runs takes triggers to all its ends …" |
 * | pipeline_pool_concurrent_execution, _resource_reuse | pool_test: "PipelinePool.execute() gives each run its own result, so many at a time, over warm instances" |
 * | gain_multiplication, _attenuation, _streaming | stages/gain_test; below: the README's pipeline, streamed |
 * | print_passthrough, _streaming | stages/print_test; below: the same |
 * | sine_generator_creates_data, sine_wave_values, sine_generator_streaming | stages/sine_test; below: "the sine has no seam …" |
 * | collector_registration, _aggregation | metrics_test: "PipelineMetrics shows the stages …", "… counts each stage by itself" |
 * | metrics_creation, _increment, _latency_tracking | the same; metrics_pipeline_test |
 * | monitor_report | monitor_test: "PipelineMonitor.report() begins as the original's …" |
 * | error_policy_propagate, _skip_frame, _use_default | resilience_test: "on_error propagate …", "on_error skip …", "on_error default …" |
 * | priority_ordering, target_latency, pipeline_with_priority, pipeline_default_priority | priority_test; metrics_test: "… holds runs to the target of the pipeline's class"; config_test: the defaults |
 * | valid_transitions, running_to_paused, error_recovery, pipeline_state_transitions, invalid_state_transition, valid_state_transition | state_test; set_state_bypasses_validation: nothing does |
 * | scheduler_priority_ordering, scheduler_max_concurrent | pool_test: "… lets urgent runs go first …", "… so many at a time …" |
 * | inventory_collects_all_nodes, node_metadata_has_correct_structure, node_factory_creates_instance | stages/mod_test: "builtinStages have names of their own …", "Every stage …" |
 * | deploy_graph_creates_pipeline, deploy_invalid_graph_returns_error, pipeline_execution_starts, translate_* (3), complete_flow_sine_to_print, invalid_graph_fails_gracefully | config_test; src/cli/pipeline_commands_test |
 * | kernel_* (14): started once, stopped in order, not configured while it runs | state_test; pipeline_test: "what a pipeline does in the wrong state …"; a running one is changed by apply(): apply_test |
 * | i16, i32, u8, f32, f64 to a frame and back (8) | stages/wav_test: "encodeWav() is exact for every value that a format has", "decodeWav() gives back …" |
 * | ring_buffer (2), audio nodes with a ring buffer (3) | src/ring |
 * | hann_window, stft_dimensions | stages/window_test: "Window's shapes …", "Window with a size cuts frames of that size …" |
 * | identity_mapping, reordering, selection_subset, merging_average, duplication, complex_mapping | stages/channels_test |
 * | nodes and drivers of audio devices, profiles and registered devices (44) | there is no sound card here; devices are plugins with grants: tests/plugins_first_party |
 */
import assert from "node:assert/strict";
import { isTinmanError } from "../errors/mod.ts";
import { failing, make as makeWith } from "./_fixture_test.ts";
import { type DataFrame, MAIN_CHANNEL } from "./frame.ts";
import { PipelineMetrics } from "./metrics.ts";
import { PipelineMonitor } from "./monitor.ts";
import type { PipelineOptions } from "./pipeline.ts";
import { builtinStages } from "./stages/mod.ts";
import type { StageType } from "./stage.ts";

const readme = {
  pipeline_config: { channel_capacity: 10 },
  nodes: [
    { id: "sine_gen", type: "SineGenerator", config: { frequency: 440.0, sample_rate: 48000.0, frame_size: 1024 } },
    { id: "amplifier", type: "Gain", config: { gain: 2.5 } },
    { id: "console_out", type: "Print", config: { label: "Async Output" } },
  ],
  connections: [{ from: "sine_gen", to: "amplifier" }, { from: "amplifier", to: "console_out" }],
};

const make = (config: unknown, types: readonly StageType[] = [], options: Partial<PipelineOptions> = {}) =>
  makeWith(config, [...builtinStages, ...types], options);

/** Starts it, triggers it so many times, and stops it; what came out at `end`. */
async function stream(config: unknown, { triggers, end }: { triggers: number; end: string }): Promise<DataFrame[]> {
  const out: DataFrame[] = [];
  const onResult = (from: string, frame: DataFrame) => void (from === end && out.push(frame));
  const { pipeline, environment } = make(config, [], { onResult });
  await environment.drive(pipeline.start());
  for (let i = 0; i < triggers; i++) await environment.drive(pipeline.trigger());
  await environment.drive(pipeline.stop());
  return out;
}

function samples(frames: readonly DataFrame[]): number[] {
  return frames.flatMap(({ payload }) => [...payload.get(MAIN_CHANNEL)!]);
}

function sine(count: number, gain: number): number[] {
  return Array.from({ length: count }, (_, i) => gain * Math.sin(2 * Math.PI * 440 * i / 48000));
}

function assertClose(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  const worst = actual.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected[i]!)), 0);
  assert.ok(worst <= 1e-12, `off by ${worst}`);
}

Deno.test("test_pipeline_creation, test_pipeline_execute: the README's pipeline is made and gives one frame", async () => {
  const { pipeline, environment } = make(readme);
  const results = await pipeline.executeOnce();
  const [frame] = results.get("console_out")!;
  assert.equal(frame!.payload.get(MAIN_CHANNEL)!.length, 1024);
  assertClose(samples([frame!]), sine(1024, 2.5));
  assert.match(environment.said.at(-1)!.message, /^\[Async Output\] Frame #0 @ 0μs\n {2}main_channel: len=1024, mean=/);
});

Deno.test("test_async_pipeline_creation, test_async_pipeline_execution: it starts, takes triggers, and stops", async () => {
  const out = await stream(readme, { triggers: 5, end: "console_out" });
  assert.deepEqual(out.map(({ sequenceId }) => sequenceId), [0, 1, 2, 3, 4]);
});

Deno.test("the sine has no seam between two triggers, streamed or one at a time", async () => {
  const streamed = await stream(readme, { triggers: 4, end: "console_out" });
  assertClose(samples(streamed), sine(4 * 1024, 2.5));
  const { pipeline } = make(readme);
  const single: DataFrame[] = [];
  for (let i = 0; i < 4; i++) single.push(...(await pipeline.executeOnce()).get("console_out")!);
  assertClose(samples(single), sine(4 * 1024, 2.5));
});

Deno.test("test_pipeline_with_metrics: what flowed is in the metrics of each stage, and in the report", async () => {
  const metrics = new PipelineMetrics();
  const { pipeline, environment } = make(readme, [], { observer: metrics });
  await environment.drive(pipeline.start());
  for (let i = 0; i < 10; i++) await environment.drive(pipeline.trigger());
  await environment.drive(pipeline.stop());
  assert.deepEqual(metrics.stages().map(({ id, frames, errors }) => [id, frames, errors]).sort(), [
    ["amplifier", 10, 0],
    ["console_out", 10, 0],
    ["sine_gen", 10, 0],
  ]);
  const report = new PipelineMonitor(metrics).report();
  assert.match(report, /^=== Pipeline Metrics ===\n/);
  assert.match(report, /\[amplifier\]\n {2}Frames: 10 frames processed\n {2}Errors: 0 errors\n {2}Avg Latency: \d+μs/);
});

Deno.test("test_resilient_node_success: a stage that does not fail passes every frame on and counts no error", async () => {
  const metrics = new PipelineMetrics();
  const { pipeline } = make({ nodes: [{ id: "f", type: "Failing", on_error: "skip" }] }, [failing(() => false)], {
    observer: metrics,
  });
  for (let i = 0; i < 3; i++) await pipeline.executeOnce();
  assert.deepEqual(metrics.stages().map(({ frames, errors, drops }) => [frames, errors, drops]), [[3, 0, 0]]);
});

Deno.test("defect: of several sources one was chosen by chance; all of them are triggered", async () => {
  const sources = ["a", "b", "c"].map((id) => ({ id, type: "SineGenerator", config: { frame_size: 4 } }));
  const { pipeline } = make({ nodes: sources });
  assert.deepEqual([...(await pipeline.executeOnce())].map(([id, frames]) => [id, frames.length]), [
    ["a", 1],
    ["b", 1],
    ["c", 1],
  ]);
});

Deno.test("defect: all branches but the first were left out; every branch gets every frame", async () => {
  const gains = [1, 2, 3, 4].map((gain) => ({ id: `gain ${gain}`, type: "Gain", config: { gain } }));
  const config = {
    nodes: [{ id: "sine", type: "SineGenerator", config: { frame_size: 8 } }, ...gains],
    connections: gains.map(({ id }) => ({ from: "sine", to: id })),
  };
  const results = await make(config).pipeline.executeOnce();
  assert.deepEqual([...results.keys()], gains.map(({ id }) => id));
  for (const gain of [1, 2, 3, 4]) assertClose(samples(results.get(`gain ${gain}`)!), sine(8, gain));
  for (const { id } of gains) assert.equal((await stream(config, { triggers: 3, end: id })).length, 3);
});

Deno.test("defect: an unknown target was a panic and a cycle a hang; both are refused before anything starts", () => {
  const refused = (connections: unknown, message: RegExp) =>
    assert.throws(
      () => make({ ...readme, connections }),
      (error) => isTinmanError(error, "CONFIG") && message.test(error.message),
    );
  refused([{ from: "sine_gen", to: "amplifer" }], /there is no node "amplifer"; did you mean "amplifier"\?/);
  refused([{ from: "amplifier", to: "console_out" }, { from: "console_out", to: "amplifier" }], /is a circle/);
});

Deno.test("defect: duplicate ids and unknown keys were taken; both are refused", () => {
  const [sine, gain] = readme.nodes;
  assert.throws(
    () => make({ nodes: [sine, { ...gain, id: "sine_gen" }] }),
    /"sine_gen" is the name of nodes\[0\]\.id already/,
  );
  assert.throws(() => make({ nodes: [{ ...sine, config: { frequncy: 1 } }] }), /did you mean "frequency"\?/);
});

Deno.test("defect: a run took 50 ms whatever it did; it takes no time of its own", async () => {
  const { pipeline, environment } = make(readme);
  await environment.drive(pipeline.start());
  await environment.drive(pipeline.trigger());
  await environment.drive(pipeline.stop());
  assert.equal(environment.clock.elapsedNs(), 0);
});

Deno.test("defect: an error lost its message on the way; it comes with its message and its cause", async () => {
  const { pipeline, environment } = make({ nodes: [{ id: "f", type: "Failing" }] }, [failing(() => true)]);
  await environment.drive(pipeline.start());
  await environment.drive(pipeline.trigger());
  await assert.rejects(environment.drive(pipeline.stop()), { message: 'Stage "f" failed on frame 0: call 1' });
  assert.ok((pipeline.error as Error).cause instanceof RangeError);
});
