import assert from "node:assert/strict";
import { openStage, samplesOf } from "./_fixture.ts";
import { noiseGenerator } from "./noise.ts";
import { powerSpectrum } from "./power_spectrum.ts";

const mean = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;

Deno.test("NoiseGenerator draws uniform numbers up to its amplitude, with their mean and variance", async () => {
  const samples = samplesOf(await (await openStage(noiseGenerator, { frame_size: 100_000, amplitude: 3 })).one());
  assert.ok(samples.every((each) => Math.abs(each) <= 3));
  assert.ok(Math.abs(mean(samples)) < 0.03);
  assert.ok(Math.abs(mean(samples.map((each) => each * each)) - 3) < 0.05);
});

Deno.test("NoiseGenerator's gaussian numbers have the moments of a normal distribution", async () => {
  const config = { kind: "gaussian", frame_size: 100_000, amplitude: 2 };
  const samples = samplesOf(await (await openStage(noiseGenerator, config)).one()).map((each) => each / 2);
  const moments = [1, 2, 3, 4].map((power) => mean(samples.map((each) => each ** power)));
  for (const [i, ideal] of [0, 1, 0, 3].entries()) assert.ok(Math.abs(moments[i]! - ideal) < 0.06, `${moments}`);
});

Deno.test("NoiseGenerator's pink numbers lose 3 dB an octave", async () => {
  const noise = await openStage(noiseGenerator, { kind: "pink", frame_size: 65_536 });
  const power = samplesOf(await (await openStage(powerSpectrum)).one(await noise.one()));
  const octaves = [64, 256, 1024, 4096].map((k) => 10 * Math.log10(mean(power.slice(k, 2 * k))));
  for (let i = 1; i < octaves.length; i++) {
    assert.ok(Math.abs(octaves[i - 1]! - octaves[i]! - 6) < 1.5, `${octaves}`);
  }
});

Deno.test("NoiseGenerator gives the same for the same chance, and goes on from frame to frame", async () => {
  const [a, b] = [await openStage(noiseGenerator, {}, "seed"), await openStage(noiseGenerator, {}, "seed")];
  const first = await a.one();
  assert.deepEqual(await b.one(), first);
  assert.notDeepEqual(samplesOf(await a.one()), samplesOf(first));
});
