import assert from "node:assert/strict";
import { createRandom } from "../../random/mod.ts";
import { distance, frameOf, openStage, samplesOf, waveOf } from "./_fixture.ts";
import { powerSpectrum } from "./power_spectrum.ts";

const sine = (amplitude: number, size: number) =>
  waveOf(size, (i) => amplitude * Math.sin(2 * Math.PI * 32 * i / size));

Deno.test("PowerSpectrum gives A²/2 for a sine, with any window", async () => {
  for (const window of ["rectangular", "hann", "hamming", "blackman", "blackman_harris", "flat_top"]) {
    const { one } = await openStage(powerSpectrum, { window });
    assert.ok(Math.abs(samplesOf(await one(frameOf(sine(3, 512))))[32]! - 4.5) < 1e-9, window);
  }
});

Deno.test("PowerSpectrum's bins add up to the mean square of the samples (Parseval)", async () => {
  const random = createRandom("power");
  const { one } = await openStage(powerSpectrum);
  for (const size of [1, 2, 3, 255, 1024]) {
    const samples = waveOf(size, () => random.next() - 0.3);
    const total = samplesOf(await one(frameOf(samples))).reduce((sum, each) => sum + each, 0);
    assert.ok(Math.abs(total - samples.reduce((sum, each) => sum + each * each, 0) / size) < 1e-12, `size ${size}`);
  }
});

Deno.test("PowerSpectrum of density adds up to the same over Hz, and decibels are ten times its logarithm", async () => {
  const density = await (await openStage(powerSpectrum, { scaling: "density" })).one(frameOf(sine(2, 480)));
  const total = samplesOf(density).reduce((sum, each) => sum + each * 100, 0);
  assert.ok(Math.abs(total - 2) < 1e-12);
  assert.equal(density.metadata.bin_hz, 100);
  const level = await (await openStage(powerSpectrum, { decibels: true })).one(frameOf(sine(Math.SQRT2, 480)));
  assert.ok(Math.abs(samplesOf(level)[32]!) < 1e-12);
});

Deno.test("PowerSpectrum needs no sample rate for power, but for density", async () => {
  const frame = frameOf([1, 2], { metadata: {} });
  assert.ok(distance(samplesOf(await (await openStage(powerSpectrum)).one(frame)), [2.25, 0.25]) < 1e-15);
  await assert.rejects((await openStage(powerSpectrum, { scaling: "density" })).one(frame), {
    message: "Cannot give power per Hz: sample_rate in the frame's metadata is missing, not a number above zero",
  });
});

Deno.test("PowerSpectrum of an empty channel is empty", async () => {
  assert.deepEqual(samplesOf(await (await openStage(powerSpectrum)).one(frameOf([]))), []);
});
