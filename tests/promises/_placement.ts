/*
 * `"placement": "worker"`: a stage in a thread of this machine gives what it gives on main, is ended with its pipeline, and
 * when it hangs or its thread dies, that is an error of this stage alone.
 */
import assert from "node:assert/strict";
import { createEnvironment, createMemoryFiles } from "tinman";
import { isReserved, openRecording } from "tinman/log";
import {
  buildGraph,
  builtinStages,
  createFrame,
  createPipeline,
  type DataFrame,
  type PipelineOptions,
  readPipeline,
  StageRegistry,
} from "tinman/pipeline";
import { dies, hangs, sums } from "./_worker_stages.ts";

const registry = new StageRegistry([...builtinStages, hangs, dies, sums]);

function environment() {
  const said: string[] = [];
  const say = ({ message }: { readonly message: string }) => void said.push(message);
  return { ...createEnvironment(), files: createMemoryFiles(), say, said };
}

/** A pipeline with one stage of a kind behind a sine, and what came out of it so far. */
function behindSine(stage: object, options: Partial<PipelineOptions> = {}) {
  const env = environment();
  const out: DataFrame[] = [];
  const config = {
    nodes: [{ id: "sine", type: "SineGenerator", config: { frame_size: 100 } }, {
      id: "it",
      placement: "worker",
      ...stage,
    }],
    connections: [{ from: "sine", to: "it" }],
  };
  const onResult = (_: string, frame: DataFrame) => void out.push(frame);
  const pipeline = createPipeline(config, { registry, environment: env, onResult, ...options });
  return { pipeline, out, said: env.said };
}

Deno.test("the same pipeline records the same bytes with and without workers", async () => {
  const contents = await Promise.all((["main", "worker"] as const).map(async (placement) => {
    const nodes = [
      { id: "noise", type: "NoiseGenerator", config: { kind: "gaussian", frame_size: 2000 } },
      { id: "low", type: "FIR", config: { length: 101 } },
      { id: "sums", type: "Sums" },
      { id: "fft", type: "PowerSpectrum" },
      { id: "small", type: "Decimate", config: { factor: 50 } },
    ];
    const config = {
      pipeline_config: { trigger_count: 50, channel_capacity: 8 },
      nodes: nodes.map((node) => ({ ...node, placement })),
      connections: [
        ...[{ from: "noise", to: "low" }, { from: "low", to: "sums" }],
        ...[{ from: "low", to: "fft" }, { from: "sums", to: "small" }],
      ],
    };
    const env = environment();
    const { recording } = await buildGraph(readPipeline(config, { registry })).run(env, { record: "/r", seed: "s" });
    using opened = openRecording(env.files, recording!, { registry: env.registry });
    // What says when it was triggered is of the wall clock.
    const isCompared = (name: string) => !isReserved(name) && !["logs", "trigger"].includes(name);
    const names = opened.channels.map(({ name }) => name).filter(isCompared);
    return Object.fromEntries(
      names.map((name) => [name, Array.from(opened.frames({ channels: [name] }), ({ data }) => data.toHex())]),
    );
  }));
  assert.deepEqual(contents[1], contents[0]);
  assert.deepEqual(Object.values(contents[0]!).map(({ length }) => length), [50, 50, 50, 50, 50]);
});

Deno.test("a stage that never returns is given up after its time, said, and made anew", async () => {
  const { pipeline, out, said } = behindSine({
    type: "Hangs",
    timeout_ms: 300,
    on_error: "skip",
    dead_letters: "lost",
  });
  await pipeline.start();
  for (let i = 0; i < 6; i++) await pipeline.trigger();
  await pipeline.stop();
  await pipeline.close();
  assert.deepEqual(out.map(({ sequenceId }) => sequenceId), [0, 1, 2, 3, 4, 5]);
  assert.match(
    String((out[3]!.metadata.dead_letter as { error: string }).error),
    /^Stage "it" did not come to the end of frame 3 within 300 ms$/,
  );
  assert.match(said.join("\n"), /the worker of stage "it" is left behind: what never returns goes on until/);
});

Deno.test("a thread that dies is an error of its stage, with what it said", async () => {
  const { pipeline } = behindSine({ type: "Dies" });
  await pipeline.start();
  for (let i = 0; i < 6; i++) await pipeline.trigger().catch(() => {});
  await assert.rejects(pipeline.stop(), {
    message: /^Stage "it" failed on frame 3: its worker is gone: .*out of order/,
  });
  await pipeline.close();
});

Deno.test("a stage whose thread died is made anew in another one, and gets the same frame again", async () => {
  const { pipeline, out } = behindSine({
    ...{ type: "Dies", on_error: "skip", dead_letters: "lost" },
    restart: { strategy: "immediate", max_attempts: 2 },
  });
  await pipeline.start();
  for (let i = 0; i < 6; i++) await pipeline.trigger();
  await pipeline.stop();
  assert.deepEqual(out.map(({ sequenceId }) => sequenceId), [0, 1, 2, 3, 4, 5]);
  await pipeline.close();
});

Deno.test("a pipeline that is closed in the middle, or whose other stage throws, leaves no thread behind", async () => {
  const { pipeline } = behindSine({ type: "Sums" });
  await pipeline.start();
  const triggers = Array.from({ length: 50 }, () => pipeline.trigger().catch(() => {}));
  await pipeline.close();
  await Promise.all(triggers);
  const failing = behindSine({ type: "InverseFFT" });
  await failing.pipeline.start();
  await failing.pipeline.trigger();
  await assert.rejects(failing.pipeline.stop(), /Cannot invert/);
  await failing.pipeline.close();
});

Deno.test("a kind in the main module is refused: a thread that imports it would run the program again", async () => {
  const own = { ...sums, type: "Own", module: Deno.mainModule };
  const { pipeline } = behindSine({ type: "Own" }, { registry: new StageRegistry([...builtinStages, own]) });
  await assert.rejects(pipeline.start(), {
    code: "CONFIG",
    message: 'Cannot start stage "it" in a worker: importing Own runs the program again',
  });
  await pipeline.close();
});

Deno.test("a frame of ten million samples goes to a worker and back", async () => {
  const out: DataFrame[] = [];
  const large = createPipeline({ nodes: [{ id: "it", type: "Gain", config: { gain: 2 }, placement: "worker" }] }, {
    registry,
    environment: environment(),
    onResult: (_, frame) => void out.push(frame),
  });
  await large.start();
  await large.trigger("it", createFrame({ payload: new Float64Array(1e7).fill(3) }));
  await large.stop();
  await large.close();
  const samples = out[0]!.payload.get("main_channel")!;
  assert.deepEqual([samples.length, samples[0], samples.at(-1)], [1e7, 6, 6]);
});

Deno.test("samples that a user keeps stay as they were, while others go back to the pool", async () => {
  const { pipeline, out } = behindSine({ type: "Gain", config: { gain: 2 } });
  await pipeline.start();
  for (let i = 0; i < 200; i++) await pipeline.trigger();
  await pipeline.stop();
  const copies = new Set(out.map(({ payload }) => payload.get("main_channel")!.buffer));
  assert.deepEqual([out.length, copies.size], [200, 200]);
  await pipeline.close();
});
