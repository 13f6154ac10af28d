import assert from "node:assert/strict";
import fc from "fast-check";
import { cut, distance, frameOf, joined, openStage, samplesOf, waveOf } from "./_fixture.ts";
import { rms } from "./rms.ts";

const sine = waveOf(4800, (i) => 3 * Math.sin(2 * Math.PI * i / 48));

Deno.test("RMS of a sine over whole periods is its amplitude over the root of two", async () => {
  const frame = await (await openStage(rms)).one(frameOf(sine));
  assert.ok(distance(samplesOf(frame), [3 / Math.SQRT2]) < 1e-12);
  assert.equal(frame.metadata.sample_rate, 10);
});

Deno.test("RMS gives one value for every so many samples, however they are cut into frames", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(700), { minLength: 1, maxLength: 4 }), async (sizes) => {
      const { process, end } = await openStage(rms, { window: 480 });
      const frames = [];
      for (const frame of cut(sine, sizes.map((size) => size + 20))) frames.push(...await process(frame));
      assert.ok(distance(joined(frames), new Float64Array(10).fill(3 / Math.SQRT2)) < 1e-12);
      assert.deepEqual(frames.map(({ sequenceId }) => sequenceId), frames.map((_, i) => i));
      assert.deepEqual(await end(), []);
    }),
    { numRuns: 20 },
  );
});

Deno.test("RMS gives a value the time of its first sample, and its rate", async () => {
  const { process } = await openStage(rms, { window: 960 });
  const frames = [];
  for (let i = 0; i < 6; i++) {
    frames.push(...await process(frameOf(new Float64Array(480), { timestampUs: 1000 + 10_000 * i })));
  }
  assert.deepEqual(frames.map(({ timestampUs }) => timestampUs), [1000, 21_000, 41_000]);
  assert.equal(frames[0]!.metadata.sample_rate, 50);
});

Deno.test("RMS gives what is left at the end as a short block, and nothing after reset()", async () => {
  const { process, end, stage } = await openStage(rms, { window: 4 });
  await process(frameOf([9, 9, 9, 9, 3, 3], { timestampUs: 0 }));
  const [frame] = await end();
  assert.deepEqual([samplesOf(frame!), frame!.timestampUs, frame!.sequenceId], [[3], Math.round(4e6 / 48_000), 1]);
  assert.deepEqual(await end(), []);
  await process(frameOf([1]));
  stage.reset!();
  assert.deepEqual(await end(), []);
});

Deno.test("RMS of an empty channel is empty, of NaN it is NaN, and the next block is whole again", async () => {
  const { one } = await openStage(rms);
  const frame = await one(frameOf({ a: [], b: [1, NaN] }));
  assert.deepEqual([samplesOf(frame, "a"), samplesOf(frame, "b")], [[], [NaN]]);
  const blocks = await (await openStage(rms, { window: 2 })).one(frameOf([NaN, 0, 2, 2]));
  assert.deepEqual(samplesOf(blocks), [NaN, 2]);
});

Deno.test("RMS counts each channel for itself when they differ in length, come and go", async () => {
  const { process } = await openStage(rms, { window: 2 });
  const first = await process(frameOf({ a: [1, 1], b: [5] }));
  assert.deepEqual([samplesOf(first[0]!, "a"), samplesOf(first[0]!, "b")], [[1], []]);
  await process(frameOf({ a: [1] }));
  const last = await process(frameOf({ a: [1], b: [7] }));
  assert.deepEqual([samplesOf(last[0]!, "a"), samplesOf(last[0]!, "b")], [[1], []]);
});
