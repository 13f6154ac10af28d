import assert from "node:assert/strict";
import type { DataFrame, PluginStage } from "tinman/plugin";
import { createRate } from "./rate.ts";
import { createSmooth } from "./smooth.ts";

const frame = (timestampUs: number, channels: Record<string, number[]>, metadata = {}): DataFrame => ({
  ...{ timestampUs, sequenceId: 0, metadata },
  payload: new Map(Object.entries(channels).map(([name, samples]) => [name, Float64Array.from(samples)])),
});

async function run(stage: PluginStage, ...frames: DataFrame[]): Promise<Record<string, number[]>[]> {
  const all: Record<string, number[]>[] = [];
  for (const each of frames) {
    const given = await stage.process(each, "in") as DataFrame;
    assert.deepEqual([given.timestampUs, given.metadata], [each.timestampUs, each.metadata]);
    all.push(Object.fromEntries([...given.payload].map(([name, samples]) => [name, [...samples]])));
  }
  return all;
}

Deno.test("smooth: a step has come to 63 % after so many samples, over a seam between frames too", async () => {
  const [zero, first, second] = await run(
    createSmooth({ over: 10 }),
    frame(0, { a: [0] }),
    frame(1, { a: Array(4).fill(1) }),
    frame(2, { a: Array(6).fill(1) }),
  );
  assert.deepEqual(zero, { a: [0] });
  const expected = Array.from({ length: 10 }, (_, i) => 1 - Math.exp(-(i + 1) / 10));
  [...first!.a!, ...second!.a!].forEach((value, i) => assert.ok(Math.abs(value - expected[i]!) < 1e-12));
});

Deno.test("smooth: it begins with the first sample, keeps what it has at NaN, and each channel has its own", async () => {
  const stage = createSmooth({ over: 1 / Math.log(2) });
  assert.deepEqual(
    await run(stage, frame(0, { a: [NaN, 4, NaN, 8], b: [] }), frame(1, { b: [1] }), frame(2, { a: [0] })),
    [
      { a: [NaN, 4, 4, 6], b: [] },
      { b: [1] },
      { a: [0] },
    ],
  );
});

Deno.test("rate: the change in a second, within a frame and from one to the next", async () => {
  const ramp = (from: number) => Array.from({ length: 4 }, (_, i) => (from + i) * 3);
  const rate = { sample_rate: 10 };
  const [first, second] = await run(
    createRate({ counter: false, channels: [] }),
    frame(0, { a: ramp(0), b: [5] }, rate),
    frame(400_000, { a: ramp(4), b: [4] }, rate),
  );
  assert.ok(Number.isNaN(first!.a![0]) && Number.isNaN(first!.b![0]));
  for (const value of [...first!.a!.slice(1), ...second!.a!]) assert.ok(Math.abs(value - 30) < 1e-9);
  assert.deepEqual(second!.b, [-2.5]);
});

Deno.test("rate: a counter that begins anew is NaN, time that stands still too, and others pass as they are", async () => {
  const stage = createRate({ counter: true, channels: ["bytes"] });
  const frames = [[0, 100], [1e6, 350], [2e6, 20], [3e6, 70], [3e6, 80]].map(([t, bytes]) =>
    frame(t!, { bytes: [bytes!], load: [1] })
  );
  const values = (await run(stage, ...frames)).map(({ bytes, load }) => [bytes![0], load![0]]);
  assert.deepEqual(values, [[NaN, 1], [250, 1], [NaN, 1], [50, 1], [NaN, 1]]);
});

Deno.test("rate: several samples without a rate are refused", () => {
  const stage = createRate({ counter: false, channels: [] });
  assert.throws(() => stage.process(frame(0, { a: [1, 2] }), "in"), /no sample_rate in its metadata/);
});
