// Goal: where a stage works changes nothing of what a pipeline gives: live, recorded, and replayed in the other place.
// Method: the same configurations with and without placement on a virtual clock, threads turn by turn of one event loop.
import assert from "node:assert/strict";
import { createMemoryFiles } from "../files/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { isReserved, openRecording } from "../log/mod.ts";
import { Graph } from "../runtime/mod.ts";
import { add, counter, join, numberFrame, stageType, valueOf, world } from "./_fixture_test.ts";
import { MemoryWorkers } from "./_workers_test.ts";
import { buildGraph } from "./build.ts";
import { readPipeline } from "./config.ts";
import { createPipeline } from "./pipeline.ts";
import { OWN_MODULE } from "./placement.ts";
import { StageRegistry } from "./registry.ts";
import type { StageType } from "./stage.ts";
import { builtinStages, fileStages } from "./stages/mod.ts";

/** Kinds that a thread finds. */
const kinds: readonly StageType[] = [
  ...[counter, add, join].map((type) => ({ ...type, module: OWN_MODULE })),
  stageType("Flaky", ({ random }) => (frame) => {
    if (random.next() < 0.4) throw new Error(`by chance ${random.int(100)}`);
    return numberFrame(valueOf(frame) + random.next(), frame.sequenceId);
  }, { module: OWN_MODULE }),
  ...builtinStages,
];
const registry = new StageRegistry(kinds);

/** With all nodes in threads, or in none. */
function place(config: { readonly nodes: readonly object[] }, placement: "main" | "worker"): object {
  return { ...config, nodes: config.nodes.map((node) => ({ placement, ...node })) };
}

/** A world with threads, in which time stands still while a thread may be at work. */
function threaded() {
  const environment = world();
  const workers = new MemoryWorkers(kinds);
  const drive = async <T>(result: Promise<T>): Promise<T> => {
    let settled = false;
    const done = () => void (settled = true);
    result.then(done, done);
    for (;;) {
      for (let i = 0; i < 30 && !settled; i++) await environment.nextTurn();
      if (settled) return await result;
      environment.clock.fireNext();
    }
  };
  return { ...environment, workers, services: { workers }, drive };
}

/** What was recorded on all channels, as text. */
function contentOf(
  { files }: { files: ReturnType<typeof createMemoryFiles> },
  path: string,
  env: ReturnType<typeof world>,
) {
  using recording = openRecording(files, path, { registry: env.registry });
  const names = recording.channels.map(({ name }) => name).filter((name) => !isReserved(name) && name !== "logs");
  return Object.fromEntries(
    names.map((
      name,
    ) => [name, Array.from(recording.frames({ channels: [name] }), ({ data }) => data.toHex()).join("\n")]),
  );
}

const noisy = {
  pipeline_config: { trigger_every_ms: 10, trigger_count: 60, channel_capacity: 5 },
  nodes: [
    { id: "count", type: "Counter" },
    {
      ...{ id: "a", type: "Flaky", on_error: "default", dead_letters: "lost" },
      restart: { strategy: "exponential", base_ms: 3, max_attempts: 2, jitter: 0.5, reset_ms: 20 },
    },
    { id: "b", type: "Flaky", restart: { strategy: "circuit_breaker", error_threshold: 2, timeout_ms: 35 } },
    { id: "c", type: "Flaky", on_error: "skip", dead_letters: "lost too" },
    { id: "join", type: "Join" },
    { id: "one", type: "Add" },
  ],
  connections: [
    ...[{ from: "count", to: "a" }, { from: "count", to: "b" }, { from: "count", to: "c" }],
    ...[{ from: "a", to: "join.a" }, { from: "b", to: "join.b" }, { from: "lost", to: "one" }],
  ],
};

const signals = {
  pipeline_config: { trigger_count: 30, channel_capacity: 3 },
  nodes: [
    { id: "noise", type: "NoiseGenerator", config: { kind: "pink", frame_size: 1000 } },
    { id: "low", type: "FIR", config: { length: 31 } },
    { id: "fft", type: "FFT" },
    { id: "rms", type: "RMS", config: { window: 700 } },
    { id: "print", type: "Print" },
  ],
  connections: [
    ...[{ from: "noise", to: "low" }, { from: "low", to: "fft" }],
    ...[{ from: "low", to: "rms" }, { from: "rms", to: "print" }],
  ],
};

for (const [what, config] of Object.entries({ noisy, signals })) {
  Deno.test(`${what}: stages in workers give byte for byte what they give on main, and replay in either place`, async () => {
    const contents: Record<string, string>[] = [];
    for (const placement of ["main", "worker"] as const) {
      const env = threaded();
      const graph = () => buildGraph(readPipeline(place(config, placement), { registry }));
      const { recording } = await env.drive(graph().run(env, { record: "/runs", seed: "one" }));
      contents.push(contentOf(env as never, recording!, env));
      assert.equal(env.workers.opened >= 5, placement === "worker");
      for (const other of ["main", "worker"] as const) {
        const [, ...stages] = buildGraph(readPipeline(place(config, other), { registry })).nodes;
        const { verify } = await env.drive(Graph.of(...stages).replay(recording!, env, { verify: true }));
        assert.equal(verify!.divergence, undefined, `recorded in ${placement}, replayed in ${other}`);
      }
      assert.deepEqual([env.workers.ended, env.workers.timers], [env.workers.opened, 0]);
    }
    // Which of its two inputs is first depends on the pace of what is before them, in any two runs.
    const [main, worker] = contents.map(({ join: _, ...rest }) => rest);
    assert.deepEqual(worker, main);
    assert.ok(Object.values(main!).every((each) => each.length > 0), "it did something");
  });
}

Deno.test("pipelines with workers can be stopped at any time, and no thread is left", async () => {
  for (const frames of [0, 1, 5, 40]) {
    const env = threaded();
    const pipeline = createPipeline(place(signals, "worker"), { registry, environment: env });
    await env.drive(pipeline.start());
    for (let i = 0; i < frames; i++) await env.drive(pipeline.trigger());
    if (frames === 5) await env.drive(pipeline.close());
    else await env.drive(pipeline.stop());
    assert.deepEqual([env.workers.opened, env.workers.ended, env.workers.timers], [5, 5, 0]);
  }
});

Deno.test("a stage that fails for good ends the pipeline with its error, in a worker as on main", async () => {
  const errors = await Promise.all((["main", "worker"] as const).map(async (placement) => {
    const env = threaded();
    const config = {
      nodes: [{ id: "source", type: "Counter" }, { id: "bad", type: "InverseFFT" }],
      connections: [{ from: "source", to: "bad" }],
    };
    const graph = buildGraph(readPipeline(place(config, placement), { registry }));
    const error = await env.drive(graph.run(env)).then(() => undefined, (error) => error as Error);
    assert.equal(env.workers.ended, env.workers.opened);
    return [error?.name, error?.message, (error?.cause as Error).name, (error?.cause as Error).message];
  }));
  assert.deepEqual(errors[1], errors[0]);
  assert.match(errors[0]![1]!, /^Stage "bad" failed on frame 0: Cannot invert/);
});

Deno.test("one frame at a time goes through all stages on main, wherever they are placed", async () => {
  const env = threaded();
  await using pipeline = createPipeline(place(signals, "worker"), { registry, environment: env });
  const results = await pipeline.executeOnce();
  assert.equal(results.get("fft")?.length, 1);
  assert.equal(env.workers.opened, 0);
});

Deno.test("a run without threads says what is missing", async () => {
  const env = world();
  const graph = buildGraph(readPipeline(place(signals, "worker"), { registry }));
  await assert.rejects(env.drive(graph.run(env)), (error) => {
    return isTinmanError(error, "UNAVAILABLE") && /this run has no workers$/.test(error.message);
  });
});

Deno.test("readPipeline() says of every stage whether it can work in a worker", () => {
  const own = stageType("Own", () => (frame) => frame);
  const alone = { ...own, type: "Alone", selfDriven: true, module: OWN_MODULE };
  const forked = { ...own, type: "Forked", outputs: ["a", "b"], module: OWN_MODULE };
  const types = [...kinds, own, alone, forked, ...fileStages(createMemoryFiles())];
  const config = {
    nodes: [
      { id: "a", type: "Own", placement: "worker" },
      { id: "b", type: "Alone", placement: "worker" },
      { id: "c", type: "Forked", placement: "worker" },
      { id: "d", type: "Gain", placement: "wroker" },
      { id: "e", type: "WavSource", placement: "worker", config: { path: "a.wav" } },
      { id: "f", type: "Gain", placement: "worker" },
      { id: "g", type: "Own", placement: "main" },
    ],
  };
  assert.throws(() => readPipeline(config, { registry: new StageRegistry(types) }), {
    message: "Cannot use the pipeline: " + [
      "nodes[0].placement: Own cannot work in a worker: it cannot be loaded there: files, devices and plugins stay on main, a kind of your own says module: import.meta.url",
      "nodes[1].placement: Alone cannot work in a worker: it gives frames by itself, at times of its own",
      "nodes[2].placement: Forked cannot work in a worker: it has several outputs",
      'nodes[3].placement: expected main, worker, found "wroker"; did you mean "worker"?',
      "nodes[4].placement: WavSource cannot work in a worker: it cannot be loaded there: files, devices and plugins stay on main, a kind of your own says module: import.meta.url",
    ].join("; "),
  });
});

Deno.test("a graph shows what works in a worker", () => {
  const text = (placement: "main" | "worker") =>
    buildGraph(readPipeline(place({ nodes: [{ id: "gain", type: "Gain" }] }, placement), { registry })).toText();
  assert.equal(text("main"), "[trigger] → trigger\ntrigger → [gain] → gain\n");
  assert.equal(text("worker"), "[trigger] → trigger\ntrigger → [gain] → gain\n  (Gain, in a worker)\n");
});

Deno.test("Pipeline.apply() moves a stage to a worker and back, and loses no frame; one that stays keeps its state", async () => {
  const env = threaded();
  const keeping = stageType("Keeping", () => {
    let sum = 0;
    return (frame) => numberFrame(sum += valueOf(frame), frame.sequenceId);
  }, { module: OWN_MODULE });
  const types = new MemoryWorkers([...kinds, keeping]);
  const environment = { ...env, services: { workers: types } };
  const got: Record<string, number[]> = { moved: [], stays: [] };
  const config = (placement: string) => ({
    nodes: [
      { id: "count", type: "Counter" },
      { id: "moved", type: "Add", config: { by: 10 }, placement },
      { id: "stays", type: "Keeping", placement: "worker" },
    ],
    connections: [{ from: "count", to: "moved" }, { from: "count", to: "stays" }],
  });
  const pipeline = createPipeline(config("main"), {
    registry: new StageRegistry([...kinds, keeping]),
    environment,
    onResult: (end, frame) => void got[end]!.push(valueOf(frame)),
  });
  await env.drive(pipeline.start());
  const all: Promise<void>[] = [];
  for (const placement of ["worker", "main", "worker"]) {
    // Not waited for: the queues are full of frames when the change comes.
    for (let i = 0; i < 40; i++) all.push(pipeline.trigger());
    const diff = await env.drive(pipeline.apply(config(placement)));
    assert.deepEqual(diff.changed.map(({ id, fate }) => [id, fate]), [["moved", "anew"]]);
  }
  await env.drive(Promise.all(all));
  await env.drive(pipeline.stop());
  const counted = Array.from({ length: 120 }, (_, i) => i);
  assert.deepEqual(got.moved, counted.map((i) => i + 10));
  assert.deepEqual(got.stays, counted.map((i) => i * (i + 1) / 2));
  assert.deepEqual([types.opened, types.ended, types.timers], [3, 3, 0]);
});
