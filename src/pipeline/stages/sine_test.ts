import assert from "node:assert/strict";
import fc from "fast-check";
import { createFrame } from "../frame.ts";
import { distance, joined, openStage, samplesOf, waveOf } from "./_fixture.ts";
import { exactRemainder, sineGenerator } from "./sine.ts";

Deno.test("SineGenerator gives 1024 samples of 440 Hz at 48 kHz on the main channel", async () => {
  const { one } = await openStage(sineGenerator);
  const frame = await one();
  const ideal = waveOf(1024, (i) => Math.sin(2 * Math.PI * 440 * i / 48_000));
  assert.ok(distance(samplesOf(frame), ideal) <= 1e-12);
  assert.deepEqual([frame.sequenceId, frame.timestampUs, frame.metadata.sample_rate], [0, 0, 48_000]);
});

Deno.test("SineGenerator joins two triggers without a seam", async () => {
  const { one } = await openStage(sineGenerator);
  const frames = [await one(), await one()];
  const ideal = waveOf(2048, (i) => Math.sin(2 * Math.PI * 440 * i / 48_000));
  assert.ok(distance(joined(frames), ideal) <= 1e-12);
  assert.deepEqual(frames.map(({ sequenceId, timestampUs }) => [sequenceId, timestampUs]), [[0, 0], [1, 21_333]]);
});

Deno.test("SineGenerator gives the same wave whatever the size of its frames", async () => {
  const whole = await openStage(sineGenerator, { frequency: 997.3, frame_size: 10_000 });
  const small = await openStage(sineGenerator, { frequency: 997.3, frame_size: 100 });
  const frames = [];
  for (let i = 0; i < 100; i++) frames.push(await small.one());
  assert.ok(distance(joined(frames), samplesOf(await whole.one())) <= 1e-12);
});

Deno.test("SineGenerator takes its time from the first trigger and goes on by samples", async () => {
  const { one } = await openStage(sineGenerator, { frame_size: 480 });
  const times = [];
  for (const timestampUs of [5_000_000, 1, 9e9]) times.push((await one(createFrame({ timestampUs }))).timestampUs);
  assert.deepEqual(times, [5_000_000, 5_010_000, 5_020_000]);
});

Deno.test("SineGenerator.reset() begins the wave anew", async () => {
  const { one, stage } = await openStage(sineGenerator);
  const first = await one();
  await one();
  stage.reset!();
  assert.deepEqual(await one(), first);
});

Deno.test("SineGenerator has amplitude, phase and the name of a channel, and says when a frequency is too high", async () => {
  const cosine = await openStage(sineGenerator, {
    amplitude: 2,
    phase: Math.PI / 2,
    channel: "left",
    frequency: 30_000,
  });
  assert.equal(samplesOf(await cosine.one(), "left")[0], 2);
  assert.match(cosine.said[0]!, /30000 Hz is above half the sample rate/);
});

Deno.test("exactRemainder() agrees with whole arithmetic for any fraction", () => {
  const numerator = fc.integer({ min: 1, max: 1 << 30 });
  fc.assert(fc.property(numerator, numerator, fc.maxSafeNat(), (value, modulus, times) => {
    const exact = Number(BigInt(value) * BigInt(times) % BigInt(modulus)) / 1024;
    assert.equal(exactRemainder(value / 1024, times, modulus / 1024), exact);
  }));
  assert.ok(exactRemainder(0.1, 1e15, 48_000) < 48_000);
  assert.equal(exactRemainder(5e-324, 1e15, 48_000), 0);
});
