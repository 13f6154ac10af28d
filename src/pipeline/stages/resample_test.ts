import assert from "node:assert/strict";
import fc from "fast-check";
import type { DataFrame } from "../frame.ts";
import { cut, distance, frameOf, joined, openStage, samplesOf, waveOf } from "./_fixture.ts";
import { resample } from "./resample.ts";

// All samples at 48 kHz of a wave, taken to another rate.
async function resampled(wave: (seconds: number) => number, to: number, sizes = [1000]): Promise<number[]> {
  const { process, end } = await openStage(resample, { sample_rate: to });
  const frames: DataFrame[] = [];
  for (const frame of cut(waveOf(4800, (i) => wave(i / 48_000)), sizes)) frames.push(...await process(frame));
  return joined([...frames, ...await end()]);
}

const tone = (hz: number) => (t: number) => Math.sin(2 * Math.PI * hz * t);

Deno.test("Resample gives the same tone at the other rate, in place and in size, within 1e-5", async () => {
  for (const to of [96_000, 44_100, 32_000, 16_000, 48_000]) {
    for (const hz of [100, 1000, Math.min(to, 48_000) * 0.42]) {
      const samples = await resampled(tone(hz), to);
      assert.equal(samples.length, Math.ceil(4800 * to / 48_000));
      const edge = Math.ceil(300 * to / 48_000);
      const ideal = waveOf(samples.length, (i) => tone(hz)(i / to));
      assert.ok(distance(samples.slice(edge, -edge), ideal.slice(edge, -edge)) < 3e-5, `${hz} Hz to ${to} Hz`);
    }
  }
});

Deno.test("Resample takes away by 90 dB what the new rate cannot hold", async () => {
  for (const [to, hz] of [[16_000, 8200], [16_000, 12_000], [44_100, 22_100], [32_000, 20_000]] as const) {
    const edge = Math.ceil(400 * to / 48_000);
    const most = Math.max(...(await resampled(tone(hz), to)).slice(edge, -edge).map(Math.abs));
    assert.ok(most < 3.2e-5, `${hz} Hz to ${to} Hz: ${most}`);
  }
});

Deno.test("Resample keeps a constant to 1e-12", async () => {
  for (const to of [44_100, 96_000, 8000]) {
    const edge = Math.ceil(500 * to / 48_000);
    const samples = (await resampled(() => 1, to)).slice(edge, -edge);
    assert.ok(distance(samples, new Float64Array(samples.length).fill(1)) < 1e-12);
  }
});

Deno.test("Resample gives the same however the samples are cut into frames", async () => {
  const whole = await resampled(tone(997), 44_100, [4800]);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(900), { minLength: 1, maxLength: 4 }), async (sizes) => {
      assert.equal(distance(await resampled(tone(997), 44_100, sizes.map((size) => size + 50)), whole), 0);
    }),
    { numRuns: 8 },
  );
});

Deno.test("Resample gives each frame the time of its first sample, so that times go on without drift", async () => {
  const { one } = await openStage(resample, { sample_rate: 44_100 });
  let count = 0;
  for (let i = 0; i < 50; i++) {
    const frame = await one(frameOf(new Float64Array(480), { timestampUs: 10_000 * i, sequenceId: i }));
    assert.deepEqual([frame.sequenceId, frame.metadata.sample_rate], [i, 44_100]);
    if (samplesOf(frame).length > 0) assert.ok(Math.abs(frame.timestampUs - count / 44_100 * 1e6) <= 1);
    count += samplesOf(frame).length;
  }
});

Deno.test("Resample takes each channel for itself, and begins anew at another rate", async () => {
  const { one, end } = await openStage(resample, { sample_rate: 24_000 });
  const frame = await one(frameOf({ a: Array(200).fill(1), b: Array(100).fill(0), c: [] }));
  assert.deepEqual(["a", "b", "c"].map((name) => samplesOf(frame, name).length), [36, 0, 0]);
  const slower = await one(frameOf(new Float64Array(100), { metadata: { sample_rate: 12_000 } }));
  assert.deepEqual([samplesOf(slower).length, joined(await end()).length], [72, 128]);
});

Deno.test("Resample refuses rates too far apart, and ratios without an end", async () => {
  await assert.rejects(
    (await openStage(resample, { sample_rate: 1 })).one(frameOf([1])),
    /more than 1024 times the other/,
  );
  await assert.rejects(
    (await openStage(resample, { sample_rate: Math.PI * 10_000 })).one(frameOf([1])),
    /takes more than 65536 phases/,
  );
});
