import assert from "node:assert/strict";
import { cut, distance, frameOf, openStage, samplesOf, waveOf } from "./_fixture.ts";
import { windowKinds, windowWeights } from "./_windows.ts";
import { window } from "./window.ts";

Deno.test("Window weights a frame by the shape it is told", async () => {
  const { one } = await openStage(window);
  const ideal = waveOf(16, (i) => Math.sin(Math.PI * i / 16) ** 2);
  assert.ok(distance(samplesOf(await one(frameOf(new Float64Array(16).fill(1)))), ideal) < 1e-15);
});

Deno.test("Window's shapes have the mean that is their first coefficient, and symmetric ones equal ends", () => {
  const means = [1, 0.5, 0.54, 0.42, 0.35875, 0.21557895];
  for (const [i, kind] of windowKinds.entries()) {
    const mean = windowWeights(kind, 64).reduce((sum, each) => sum + each, 0) / 64;
    assert.ok(Math.abs(mean - means[i]!) < 1e-12, kind);
    const symmetric = windowWeights(kind, 33, { periodic: false });
    assert.ok(distance(symmetric, symmetric.slice().reverse()) < 1e-15 && Math.abs(symmetric[16]! - 1) < 1e-6, kind);
    for (const periodic of [true, false]) assert.deepEqual([...windowWeights(kind, 1, { periodic })], [1]);
  }
});

Deno.test("Window with a size cuts frames of that size, whatever they were before", async () => {
  const { process } = await openStage(window, { kind: "rectangular", size: 4, hop: 2 });
  const frames = [];
  for (const frame of cut(waveOf(11, (i) => i), [1, 0, 3])) frames.push(...await process(frame));
  assert.deepEqual(frames.map((each) => samplesOf(each)), [[0, 1, 2, 3], [2, 3, 4, 5], [4, 5, 6, 7], [6, 7, 8, 9]]);
  assert.deepEqual(frames.map(({ sequenceId }) => sequenceId), [0, 1, 2, 3]);
});

Deno.test("Window with a size gives each frame the time of its first sample", async () => {
  const { process } = await openStage(window, { size: 480 });
  const times = [];
  for (let i = 0; i < 3; i++) {
    const frame = frameOf(new Float64Array(720), { timestampUs: 1e6 + i * 15_000 });
    times.push(...(await process(frame)).map(({ timestampUs }) => timestampUs));
  }
  assert.deepEqual(times, [1_000_000, 1_010_000, 1_020_000, 1_030_000]);
});

Deno.test("Window overlapped by half adds up to what went in", async () => {
  const { process } = await openStage(window, { size: 64, hop: 32 });
  const sum = new Float64Array(256);
  for (const [i, each] of (await process(frameOf(new Float64Array(256).fill(1)))).entries()) {
    for (const [k, value] of samplesOf(each).entries()) sum[32 * i + k]! += value;
  }
  assert.ok(distance(sum.slice(32, 224), new Float64Array(192).fill(1)) < 1e-15);
});

Deno.test("Window with a size begins anew when a channel comes, and wants channels of one length", async () => {
  const { process } = await openStage(window, { kind: "rectangular", size: 2 });
  assert.deepEqual(await process(frameOf({ a: [1] })), []);
  assert.deepEqual(await process(frameOf({ a: [2], b: [3] })), []);
  const [frame] = await process(frameOf({ a: [4], b: [5] }));
  assert.deepEqual([samplesOf(frame!, "a"), samplesOf(frame!, "b")], [[2, 4], [3, 5]]);
  await assert.rejects(process(frameOf({ a: [1, 1], b: [1] })), /their channels are not of one length/);
});

Deno.test("Window refuses a hop beyond its size", async () => {
  await assert.rejects(
    openStage(window, { size: 4, hop: 5 }),
    /a frame every 5 samples: size is 4, the rest would be lost/,
  );
});
