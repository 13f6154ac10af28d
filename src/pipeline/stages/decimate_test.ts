import assert from "node:assert/strict";
import { cut, frameOf, joined, openStage, samplesOf, waveOf } from "./_fixture.ts";
import { decimate } from "./decimate.ts";

Deno.test("Decimate keeps the least and the greatest of every so many samples, in their order", async () => {
  const frame = await (await openStage(decimate, { factor: 4 })).one(frameOf([1, 9, -2, 3, 5, 0, 7, 7]));
  assert.deepEqual(samplesOf(frame), [9, -2, 0, 7]);
  assert.equal(frame.metadata.sample_rate, 24_000);
});

Deno.test("Decimate loses no spike, however the samples are cut into frames", async () => {
  const samples = waveOf(100_000, (i) => i === 77_777 ? 1 : 0);
  for (const sizes of [[100_000], [1000, 1], [333]]) {
    const { process, end } = await openStage(decimate, { factor: 500 });
    const frames = [];
    for (const frame of cut(samples, sizes)) frames.push(...await process(frame));
    frames.push(...await end());
    assert.deepEqual([joined(frames).length, Math.max(...joined(frames))], [400, 1]);
  }
});

Deno.test("Decimate gives means or firsts if it is told to, also over frames", async () => {
  for (const [keep, ideal] of [["mean", [2, 5, 7]], ["first", [1, 4, 7]]] as const) {
    const { process, end } = await openStage(decimate, { factor: 3, keep });
    const frames = [...await process(frameOf([1, 2])), ...await process(frameOf([3, 4, 5, 6, 7])), ...await end()];
    assert.deepEqual(joined(frames), ideal);
  }
});

Deno.test("Decimate passes over what is no number where others are, and says NaN where none is", async () => {
  const frame = await (await openStage(decimate, { factor: 3 })).one(frameOf([NaN, 2, 1, NaN, NaN, NaN]));
  assert.deepEqual(samplesOf(frame), [2, 1, NaN, NaN]);
});
