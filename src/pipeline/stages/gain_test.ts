import assert from "node:assert/strict";
import { createFrame } from "../frame.ts";
import { frameOf, openStage, samplesOf } from "./_fixture.ts";
import { gain } from "./gain.ts";

Deno.test("Gain multiplies every sample of every channel and leaves its input as it is", async () => {
  const input = frameOf({ a: [1, -2, 3], b: [0.5] }, { sequenceId: 7, timestampUs: 9 });
  const frame = await (await openStage(gain, { gain: 2.5 })).one(input);
  assert.deepEqual([samplesOf(frame, "a"), samplesOf(frame, "b")], [[2.5, -5, 7.5], [1.25]]);
  assert.deepEqual([frame.sequenceId, frame.timestampUs, frame.metadata], [7, 9, { sample_rate: 48_000 }]);
  assert.deepEqual(samplesOf(input, "a"), [1, -2, 3]);
});

Deno.test("Gain attenuates, changes nothing by default, and keeps NaN and infinity", async () => {
  assert.deepEqual(samplesOf(await (await openStage(gain, { gain: 0.5 })).one(frameOf([4]))), [2]);
  const odd = [NaN, Infinity, -0, 1e-310];
  assert.deepEqual(samplesOf(await (await openStage(gain)).one(frameOf(odd))), odd);
});

Deno.test("Gain passes a trigger and an empty channel on", async () => {
  const { one } = await openStage(gain);
  assert.equal((await one(createFrame())).payload.size, 0);
  assert.deepEqual(samplesOf(await one(frameOf([]))), []);
});

Deno.test("Gain takes a frame of ten million samples", async () => {
  const frame = await (await openStage(gain, { gain: 2 })).one(frameOf(new Float64Array(10_000_000).fill(1)));
  const samples = frame.payload.get("main_channel")!;
  assert.deepEqual([samples.length, samples[0], samples.at(-1)], [10_000_000, 2, 2]);
});
