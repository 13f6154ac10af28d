// Goal: bad input and bad timing harm nobody but the frame they concern. Method: the stages that come with tinman and some
// that misbehave, on a clock that moves only when all else rests.
import assert from "node:assert/strict";
import { make as makeWith, numberFrame, stageType, values } from "./_fixture_test.ts";
import { createFrame, type DataFrame, MAIN_CHANNEL } from "./frame.ts";
import { builtinStages } from "./stages/mod.ts";
import type { StageType } from "./stage.ts";

const make = (config: unknown, types: readonly StageType[] = []) => makeWith(config, [...builtinStages, ...types]);

const gainOf = { nodes: [{ id: "gain", type: "Gain", config: { gain: 2 } }] };

Deno.test("NaN, zero samples, no channels, and channels of unequal length go through a gain as what they are", async () => {
  const { pipeline } = make(gainOf);
  const send = async (payload: Readonly<Record<string, Float64Array>>) =>
    (await pipeline.executeOnce(createFrame({ payload }))).get("gain")![0]!.payload;
  assert.deepEqual([...await send({})], []);
  assert.deepEqual((await send({ a: Float64Array.of(NaN, 1, Infinity) })).get("a"), Float64Array.of(NaN, 2, Infinity));
  const unequal = await send({ a: new Float64Array(0), b: Float64Array.of(1, 2, 3) });
  assert.deepEqual([...unequal.values()].map(({ length }) => length), [0, 3]);
});

Deno.test("a channel that appears and vanishes from frame to frame is no matter", async () => {
  const { pipeline } = make({
    nodes: [{ id: "gain", type: "Gain" }, { id: "filter", type: "Biquad", config: { frequency: 1000 } }],
    connections: [{ from: "gain", to: "filter" }],
  });
  const seen: string[] = [];
  for (const names of [["a"], ["a", "b"], [], ["b"], ["a"]]) {
    const payload = Object.fromEntries(names.map((name) => [name, Float64Array.of(1, 2, 3)]));
    const [frame] = (await pipeline.executeOnce(createFrame({ payload, metadata: { sample_rate: 48_000 } }))).get(
      "filter",
    )!;
    seen.push([...frame!.payload.keys()].join(""));
  }
  assert.deepEqual(seen, ["a", "ab", "", "b", "a"]);
});

Deno.test("a frame of ten million samples goes through", async () => {
  const { pipeline, environment } = make(gainOf);
  await environment.drive(pipeline.start());
  await environment.drive(pipeline.trigger(undefined, createFrame({ payload: new Float64Array(10_000_000).fill(1) })));
  await environment.drive(pipeline.stop());
  const [frame] = pipeline.results.get("gain")!;
  assert.deepEqual([frame!.payload.get(MAIN_CHANNEL)!.length, frame!.payload.get(MAIN_CHANNEL)!.at(-1)], [
    10_000_000,
    2,
  ]);
});

Deno.test("a slow branch holds a fast one back by no more than the queues, and neither loses a frame", async () => {
  const seen: string[] = [];
  const work = (ms: number) =>
    stageType(`Takes ${ms}`, ({ clock, id }) => async (frame) => {
      await clock.sleep(ms);
      seen.push(id);
      return frame;
    });
  const { pipeline, environment } = make({
    pipeline_config: { channel_capacity: 4 },
    nodes: [
      { id: "count", type: "Counter" },
      { id: "fast", type: "Takes 1" },
      { id: "slow", type: "Takes 10" },
    ],
    connections: [{ from: "count", to: "fast" }, { from: "count", to: "slow" }],
  }, [work(1), work(10)]);
  await environment.drive(pipeline.start());
  for (let i = 0; i < 40; i++) await environment.drive(pipeline.trigger());
  await environment.drive(pipeline.stop());
  for (const end of ["fast", "slow"]) assert.deepEqual(values(pipeline.results, end), [...Array(40).keys()]);
  let lead = 0;
  const worst = seen.reduce((worst, id) => Math.max(worst, lead += id === "fast" ? 1 : -1), 0);
  assert.ok(worst <= 10, `the fast one was ${worst} ahead`);
});

Deno.test("sources of different speed meet in a stage with two inputs, each in its order", async () => {
  const { pipeline, environment } = make({
    nodes: [{ id: "a", type: "Counter" }, { id: "b", type: "Counter" }, { id: "join", type: "Join" }],
    connections: [{ from: "a", to: "join.a" }, { from: "b", to: "join.b" }],
  });
  await environment.drive(pipeline.start());
  for (let i = 0; i < 12; i++) await environment.drive(pipeline.trigger(i % 4 === 0 ? "b" : "a"));
  await environment.drive(pipeline.stop());
  assert.equal(values(pipeline.results, "join").length, 12);
  assert.equal(values(pipeline.results, "join").at(-1), 8 * 1000 + 2);
});

Deno.test("stop() under load lets everything out that was taken in", async () => {
  for (const capacity of [1, 2, 100]) {
    const { pipeline, environment } = make({
      pipeline_config: { channel_capacity: capacity },
      nodes: [{ id: "count", type: "Counter" }, { id: "one", type: "Add" }, { id: "two", type: "Add" }],
      connections: [{ from: "count", to: "one" }, { from: "one", to: "two" }],
    });
    await environment.drive(pipeline.start());
    const triggers = Array.from({ length: 50 }, () => pipeline.trigger());
    await environment.drive(Promise.all([...triggers, pipeline.stop()]));
    assert.deepEqual(values(pipeline.results, "two"), Array.from({ length: 50 }, (_, i) => i + 2));
  }
});

Deno.test("a stage that fails while others are full ends the pipeline, and nobody waits for ever", async () => {
  const bad = stageType("Bad", () => (frame) => {
    if (frame.sequenceId === 7) throw new Error("broken");
    return frame;
  });
  const { pipeline, environment } = make({
    pipeline_config: { channel_capacity: 1 },
    nodes: [{ id: "count", type: "Counter" }, { id: "bad", type: "Bad" }, { id: "one", type: "Add" }],
    connections: [{ from: "count", to: "bad" }, { from: "count", to: "one" }],
  }, [bad]);
  await environment.drive(pipeline.start());
  const settled = await environment.drive(Promise.allSettled(Array.from({ length: 50 }, () => pipeline.trigger())));
  assert.ok(settled.filter(({ status }) => status === "rejected").length > 30);
  await assert.rejects(environment.drive(pipeline.stop()), /Stage "bad" failed on frame 7: broken/);
  await assert.rejects(pipeline.trigger(), /it is failed/);
});

Deno.test("a stage that calls itself back with the frame of an earlier call cannot mix up two frames", async () => {
  const waiting: ((frame: DataFrame) => void)[] = [];
  const late = stageType(
    "Late",
    () => (frame) =>
      frame.sequenceId === 0 ? new Promise<DataFrame>((resolve) => waiting.push(resolve)) : Promise.resolve(frame),
  );
  const { pipeline, environment } = make({
    nodes: [{ id: "count", type: "Counter" }, { id: "late", type: "Late", timeout_ms: 5, on_error: "skip" }],
    connections: [{ from: "count", to: "late" }],
  }, [late]);
  await environment.drive(pipeline.start());
  for (let i = 0; i < 3; i++) await environment.drive(pipeline.trigger());
  await environment.drive(environment.clock.sleep(100));
  waiting[0]!(numberFrame(99));
  await environment.drive(pipeline.stop());
  assert.deepEqual(values(pipeline.results, "late"), [1, 2]);
});

Deno.test("too many triggers at once are refused, and say how to ask", async () => {
  const { pipeline, environment } = make({ nodes: [{ id: "count", type: "Counter" }] });
  await environment.drive(pipeline.start());
  pipeline.pause();
  const triggers = Array.from({ length: 10_050 }, () => pipeline.trigger().catch((error) => error.code));
  pipeline.resume();
  const codes = await environment.drive(Promise.all(triggers));
  assert.equal(codes.filter((code) => code === "TOO_LARGE").length, 50);
  await environment.drive(pipeline.stop());
});
