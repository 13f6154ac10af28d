import assert from "node:assert/strict";
import fc from "fast-check";
import { createRandom } from "../../random/mod.ts";
import { cut, distance, frameOf, joined, openStage, samplesOf, waveOf } from "./_fixture.ts";
import { biquad } from "./biquad.ts";

type Complex = readonly [number, number];
const times = ([a, b]: Complex, [c, d]: Complex): Complex => [a * c - b * d, a * d + b * c];
const over = (x: Complex, [c, d]: Complex): Complex => times(x, [c / (c * c + d * d), -d / (c * c + d * d)]);

// The analogue filters of the cookbook, as coefficients of s², s and 1, above and below the line; b is 1/Q.
const analogue: Record<string, (b: number, a: number) => readonly [number, number, number, number, number, number]> = {
  lowpass: (b) => [0, 0, 1, 1, b, 1],
  highpass: (b) => [1, 0, 0, 1, b, 1],
  bandpass: (b) => [0, b, 0, 1, b, 1],
  notch: (b) => [1, 0, 1, 1, b, 1],
  allpass: (b) => [1, -b, 1, 1, b, 1],
  peak: (b, a) => [1, b * a, 1, 1, b / a, 1],
  lowshelf: (b, a) => [a, a * Math.sqrt(a) * b, a * a, a, Math.sqrt(a) * b, 1],
  highshelf: (b, a) => [a * a, a * Math.sqrt(a) * b, a, 1, Math.sqrt(a) * b, a],
};

Deno.test("Biquad has the magnitude and phase of its analogue filter, at every frequency", async () => {
  for (const [kind, filter] of Object.entries(analogue)) {
    const [frequency, q, gain_db] = [3000, 1.7, 9];
    const { one } = await openStage(biquad, { kind, frequency, q, gain_db });
    const response = samplesOf(await one(frameOf(waveOf(4000, (i) => i === 0 ? 1 : 0))));
    const [a2, a1, a0, b2, b1, b0] = filter(1 / q, 10 ** (gain_db / 40));
    for (const hz of [1, 100, 1000, 3000, 7000, 15_000, 23_900]) {
      const w = 2 * Math.PI * hz / 48_000;
      const found = response.reduce(
        ([re, im], y, n): Complex => [re + y * Math.cos(w * n), im - y * Math.sin(w * n)],
        [0, 0] as Complex,
      );
      // The bilinear transform takes the frequency axis to its tangent.
      const s = Math.tan(w / 2) / Math.tan(Math.PI * frequency / 48_000);
      const ideal = over([a0 - a2 * s * s, a1 * s], [b0 - b2 * s * s, b1 * s]);
      assert.ok(distance(found, ideal) < 1e-9, `${kind} at ${hz} Hz: ${found}, not ${ideal}`);
    }
  }
});

Deno.test("Biquad lets a steady sine through by the gain it has there, delayed by its phase", async () => {
  const { one } = await openStage(biquad, { frequency: 1000, q: 5 });
  const samples = samplesOf(await one(frameOf(waveOf(48_000, (i) => Math.sin(2 * Math.PI * i / 48)))));
  const ideal = waveOf(480, (i) => 5 * Math.sin(2 * Math.PI * i / 48 - Math.PI / 2));
  assert.ok(distance(samples.slice(-480), ideal) < 1e-9);
});

Deno.test("Biquad gives the same however the samples are cut into frames", async () => {
  const random = createRandom("biquad");
  const samples = waveOf(500, () => random.next());
  const whole = samplesOf(await (await openStage(biquad)).one(frameOf(samples)));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(90), { minLength: 1, maxLength: 5 }), async (sizes) => {
      const { one } = await openStage(biquad);
      const frames = [];
      for (const frame of cut(samples, sizes)) frames.push(await one(frame));
      assert.equal(distance(joined(frames), whole), 0);
    }),
    { numRuns: 30 },
  );
});

Deno.test("Biquad filters each channel for itself, and one that was away begins anew", async () => {
  const { one } = await openStage(biquad);
  const first = await one(frameOf({ a: [1, 0], b: [0, 0] }));
  assert.deepEqual(samplesOf(first, "b"), [0, 0]);
  await one(frameOf({ b: [0] }));
  assert.deepEqual(samplesOf(await one(frameOf({ a: [1, 0] })), "a"), samplesOf(first, "a"));
});

Deno.test("Biquad begins anew when the sample rate changes, with the filter of that rate", async () => {
  const slow = () => frameOf([1, 0, 0], { metadata: { sample_rate: 8000 } });
  const { one, stage } = await openStage(biquad);
  const first = await one(frameOf([1, 0, 0]));
  const other = samplesOf(await one(slow()));
  assert.deepEqual(other, samplesOf(await (await openStage(biquad)).one(slow())));
  assert.notDeepEqual(other, samplesOf(first));
  stage.reset!();
  assert.deepEqual(await one(frameOf([1, 0, 0])), first);
});

Deno.test("Biquad forgets what is no number by the next frame", async () => {
  const { one } = await openStage(biquad);
  assert.ok(samplesOf(await one(frameOf([0, NaN, 0]))).slice(1).every(Number.isNaN));
  assert.deepEqual(samplesOf(await one(frameOf([0, 0]))), [0, 0]);
});

Deno.test("Biquad says what it misses: a sample rate, a frequency below half of it", async () => {
  await assert.rejects((await openStage(biquad)).one(frameOf([1], { metadata: { sample_rate: "fast" } })), {
    message: "Cannot filter: sample_rate in the frame's metadata is fast, not a number above zero",
  });
  await assert.rejects((await openStage(biquad, { frequency: 24_000 })).one(frameOf([1])), {
    message: "Cannot filter at 24000 Hz: it has to be between 0 and 24000 Hz, half the sample rate",
  });
});
