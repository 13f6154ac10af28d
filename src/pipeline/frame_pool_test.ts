// Goal: memory of frames is used again, and nobody sees that it is.
import assert from "node:assert/strict";
import { createMemoryFiles, readFile } from "../files/mod.ts";
import { createTestEnvironment } from "../testing/mod.ts";
import { type Channel, channel } from "../channel/mod.ts";
import { Graph, node } from "../runtime/mod.ts";
import { make, stageType, world } from "./_fixture_test.ts";
import { buildGraph } from "./build.ts";
import { BufferPool } from "./buffer_pool.ts";
import { readPipeline } from "./config.ts";
import { createFrame, type DataFrame } from "./frame.ts";
import { frameCodec } from "./frame_codec.ts";
import { createPipeline } from "./pipeline.ts";
import { StageRegistry } from "./registry.ts";
import { builtinStages, fileStages } from "./stages/mod.ts";
import type { StageType } from "./stage.ts";

const registry = (types: readonly StageType[] = []) => new StageRegistry([...builtinStages, ...types]);
const sine = { id: "sine", type: "SineGenerator", config: { frequency: 1000, frame_size: 64 } };
const gain = (id: string) => ({ id, type: "Gain", config: { gain: 1.5 } });

/** Stages one behind the other. */
const chain = (...nodes: { id: string }[]) => ({
  nodes,
  connections: nodes.slice(1).map(({ id }, i) => ({ from: nodes[i]!.id, to: id })),
});

const fan = {
  nodes: [sine, ...["a", "b", "c", "d"].map(gain)],
  connections: ["a", "b", "c", "d"].map((to) => ({ from: "sine", to })),
};

/** All samples that come out while the pipeline streams, and once more one by one; copied at once. */
async function samplesOf(config: unknown, { types, pool }: { types: readonly StageType[]; pool?: BufferPool }) {
  const seen: number[][] = [];
  const copy = ({ payload }: DataFrame) => void seen.push(...[...payload.values()].map((each) => [...each]));
  const environment = world();
  await using pipeline = createPipeline(config, {
    registry: new StageRegistry(types),
    environment,
    onResult: (_, frame) => copy(frame),
    ...(pool && { pool }),
  });
  await environment.drive(pipeline.start());
  for (let i = 0; i < 10; i++) await environment.drive(pipeline.trigger());
  await environment.drive(pipeline.stop());
  for (let i = 0; i < 10; i++) for (const frames of (await pipeline.executeOnce()).values()) frames.forEach(copy);
  return seen;
}

for (const { type, inputs = ["in"] } of builtinStages) {
  if (inputs.length === 0) continue;
  Deno.test(`${type} gives with a pool what it gives without one, and looks at nothing that it let go of`, async () => {
    const before = type === "InverseFFT" ? [{ id: "fft", type: "FFT" }] : [];
    const under = { id: "under", type, on_error: "skip" };
    const config = chain(sine, gain("a"), ...before, under, gain("b"));
    for (const connection of config.connections) if (connection.to === "under") connection.to = `under.${inputs[0]}`;
    const strangers = builtinStages.map((stage) => ({ ...stage, doneOnReturn: false }));
    const expected = await samplesOf(config, { types: strangers });
    assert.ok(expected.length > 0 || inputs.length > 1, "it gives something");
    for (const debug of [false, true]) {
      const pool = new BufferPool({ debug });
      assert.deepEqual(await samplesOf(config, { types: builtinStages, pool }), expected);
      assert.ok(pool.stats.returned > 0, "something came back");
    }
  });
}

for (
  const [shape, config] of Object.entries({ "a chain of five": chain(sine, ...["a", "b", "c", "d"].map(gain)), fan })
) {
  Deno.test(`A pipeline that streams allocates no new arrays once it runs steadily: ${shape}`, async () => {
    const pool = new BufferPool();
    const { pipeline, environment } = makeWith(config, pool);
    await environment.drive(pipeline.start());
    const trigger = async (times: number) => {
      for (let i = 0; i < times; i++) await environment.drive(pipeline.trigger());
    };
    await trigger(200);
    const before = pool.stats;
    await trigger(300);
    const { taken, allocated } = pool.stats;
    assert.ok(taken - before.taken > 1000, `${taken - before.taken} were taken`);
    assert.equal(allocated, before.allocated);
    await environment.drive(pipeline.stop());
  });
}

Deno.test("Frames that somebody else reads, too, are never written to again", async () => {
  const pool = new BufferPool();
  const environment = world();
  const graph = buildGraph(
    readPipeline({ ...chain(sine, gain("a"), gain("b")), pipeline_config: { trigger_count: 200 } }, {
      registry: registry(),
    }),
    { pool },
  );
  const kept: { frame: DataFrame; copy: Float64Array }[] = [];
  const frames: Channel<DataFrame> = channel("a", { codec: frameCodec() });
  const mine = node({ in: { frames } }, async ({ frames }) => {
    for await (const frame of frames) kept.push({ frame, copy: frame.payload.get("main_channel")!.slice() });
  });
  await environment.drive(Graph.of(graph, mine).run(environment));
  assert.equal(kept.length, 200);
  for (const { frame, copy } of kept) assert.deepEqual(frame.payload.get("main_channel"), copy);
  assert.ok(pool.stats.returned >= 200, "what only stages read came back");
});

Deno.test("Frames that a stage keeps are never written to again, unless it says that it keeps none", async () => {
  // A delay line over the frames themselves.
  const delay = (doneOnReturn: boolean) =>
    stageType("DelayLine", () => {
      const line: DataFrame[] = [];
      return (frame) => {
        line.push(frame);
        return line.length > 3 ? line.shift() : undefined;
      };
    }, { doneOnReturn });
  const config = chain(sine, gain("a"), { id: "d", type: "DelayLine" } as { id: string }, gain("b"));
  const run = (done: boolean, pool: BufferPool) => samplesOf(config, { types: [...builtinStages, delay(done)], pool });
  const plain = builtinStages.map((stage) => ({ ...stage, doneOnReturn: false }));
  const expected = await samplesOf(config, { types: [...plain, delay(false)] });
  assert.deepEqual(await run(false, new BufferPool()), expected);
  const { pipeline } = make(config, [...builtinStages, delay(true)], { pool: new BufferPool({ debug: true }) });
  await assert.rejects(async () => {
    for (let i = 0; i < 4; i++) await pipeline.executeOnce();
  }, /Stage "d" failed.*Cannot look at frame 0: it was released/);
});

Deno.test("A recording, and the difference that a replay finds, hold the samples as they were published", async () => {
  const environment = world();
  const build = (factor: number) => {
    const amplifier = { id: "a", type: "Gain", config: { gain: factor } };
    const config = { ...chain(sine, amplifier, gain("b")), pipeline_config: { trigger_count: 100 } };
    return buildGraph(readPipeline(config, { registry: registry() }));
  };
  const { recording } = await environment.drive(build(1).run(environment, { record: "/runs" }));
  const [, ...stages] = build(2).nodes;
  const report = await environment.drive(Graph.of(...stages).replay(recording!, environment, { verify: true }));
  const { channel, frame, recorded, replayed } = report.verify!.divergence!;
  assert.deepEqual([channel, frame], ["a", 0]);
  const [before, after] = [recorded, replayed].map((each) => (each as DataFrame).payload.get("main_channel")!);
  assert.deepEqual(after, before!.map((each) => each * 2));
  assert.ok(Math.max(...before!) > 0.9);
});

Deno.test("Results of executeOnce() stay as they are, also when they are sent through again", async () => {
  const pool = new BufferPool();
  const { pipeline } = makeWith(chain(sine, gain("a")), pool);
  const kept: { frame: DataFrame; copy: Float64Array }[] = [];
  for (let i = 0; i < 20; i++) {
    const frame = (await pipeline.executeOnce(kept.at(-1)?.frame)).get("a")![0]!;
    kept.push({ frame, copy: frame.payload.get("main_channel")!.slice() });
  }
  for (const { frame, copy } of kept) assert.deepEqual(frame.payload.get("main_channel"), copy);
  assert.equal(pool.stats.returned, 20, "those between the stages came back");
});

Deno.test("Results of a pipeline that streams stay as they are once somebody has seen them", async () => {
  const { pipeline, environment } = makeWith(chain(sine, gain("a")), new BufferPool());
  await environment.drive(pipeline.start());
  await environment.drive(pipeline.trigger());
  await environment.nextTurn();
  const [frame] = pipeline.results.get("a")!;
  const copy = frame!.payload.get("main_channel")!.slice();
  for (let i = 0; i < 200; i++) await environment.drive(pipeline.trigger());
  await environment.drive(pipeline.stop());
  assert.notEqual(pipeline.results.get("a")![0], frame);
  assert.deepEqual(frame!.payload.get("main_channel"), copy);
});

Deno.test("A frame that a stage was too slow for does not go back while the stage may look at it", async () => {
  const pool = new BufferPool();
  const late: DataFrame[] = [];
  const slow = stageType("Slow", () => (frame) => {
    if (frame.sequenceId === 0) return Promise.resolve();
    late.push(frame);
    return new Promise<never>(() => {});
  }, { doneOnReturn: true });
  const config = chain(sine, gain("a"), { id: "s", type: "Slow", on_error: "skip", timeout_ms: 10 } as { id: string });
  const { pipeline, environment } = make(config, [...builtinStages, slow], { pool });
  await environment.drive(pipeline.start());
  for (let i = 0; i < 5; i++) await environment.drive(pipeline.trigger());
  await environment.drive(pipeline.stop());
  assert.equal(late.length, 4);
  const arrays = late.map(({ payload }) => payload.get("main_channel"));
  assert.equal(new Set(arrays).size, 4);
  assert.equal(pool.stats.returned, 6, "five of the sine, and the first of the gain");
});

Deno.test("Files hold the samples as they were, and the frames that went into them come back", async () => {
  const written = async (pool: BufferPool, doneOnReturn: boolean) => {
    const files = createMemoryFiles();
    const sinks = ["WavSink", "CsvSink", "JsonlSink"].map((type) => ({ id: type, type, config: { path: `/${type}` } }));
    const types = [...builtinStages, ...fileStages(files)].map((stage) => ({ ...stage, doneOnReturn }));
    const config = { nodes: [sine, ...sinks], connections: sinks.map(({ id }) => ({ from: "sine", to: id })) };
    const { pipeline, environment } = make(config, types, { pool });
    await environment.drive(pipeline.start());
    for (let i = 0; i < 200; i++) await environment.drive(pipeline.trigger());
    await environment.drive(pipeline.stop());
    return sinks.map(({ config: { path } }) => readFile(files, path, 2 ** 24));
  };
  const pool = new BufferPool({ debug: true });
  const content = await written(pool, true);
  assert.ok(content.every((bytes) => bytes!.length > 10_000));
  assert.deepEqual(content, await written(new BufferPool(), false));
  assert.ok(pool.stats.returned > 100);
});

Deno.test("Frames that an edge sheds go back, and the others come through as they were", async () => {
  const pool = new BufferPool({ debug: true });
  const seen: number[] = [];
  const slow = stageType("Slow", ({ clock }) => async ({ payload, sequenceId }) => {
    await clock.sleep(10);
    assert.ok(payload.get("main_channel")!.every((each) => each === sequenceId));
    seen.push(sequenceId);
  }, { doneOnReturn: true });
  const source = stageType("Source", ({ pool }) => ({ sequenceId }) => {
    return createFrame({ sequenceId, payload: pool.take(16).fill(sequenceId) });
  }, { inputs: [] });
  const { pipeline, environment } = make(
    {
      pipeline_config: { channel_capacity: 4 },
      nodes: [{ id: "source", type: "Source" }, { id: "slow", type: "Slow" }],
      connections: [{ from: "source", to: "slow", shed: "drop_oldest" }],
    },
    [source, slow],
    { pool },
  );
  await environment.drive(pipeline.start());
  for (let i = 0; i < 100; i++) await environment.drive(pipeline.trigger());
  await environment.drive(pipeline.stop());
  assert.ok(seen.length > 3 && seen.length < 90 && seen.at(-1) === 99, `${seen.length} came through`);
  assert.equal(pool.stats.returned, 100);
});

function makeWith(config: unknown, pool: BufferPool) {
  const environment = createTestEnvironment();
  return { environment, pipeline: createPipeline(config, { registry: registry(), environment, pool }) };
}
