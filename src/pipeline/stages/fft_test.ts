import assert from "node:assert/strict";
import fc from "fast-check";
import { createRandom } from "../../random/mod.ts";
import { createFrame, type DataFrame } from "../frame.ts";
import { distance, frameOf, openStage, samplesOf, waveOf } from "./_fixture.ts";
import { createRealFft } from "./_fft.ts";
import { fft, inverseFft } from "./fft.ts";

const random = createRandom("fft");
const noise = (length: number) => waveOf(length, () => 2 * random.next() - 1);

Deno.test("FFT gives what the definition of the transform gives, for every size up to 40", async () => {
  const { one } = await openStage(fft);
  for (let size = 1; size <= 40; size++) {
    const samples = noise(size);
    const frame = await one(frameOf(samples));
    for (let k = 0; k <= size / 2; k++) {
      const sum = (wave: (x: number) => number) =>
        samples.reduce((total, each, n) => total + each * wave(2 * Math.PI * (k * n % size) / size), 0);
      assert.ok(Math.abs(samplesOf(frame, "main_channel.re")[k]! - sum(Math.cos)) < 1e-12, `size ${size}, bin ${k}`);
      assert.ok(Math.abs(samplesOf(frame, "main_channel.im")[k]! + sum(Math.sin)) < 1e-12, `size ${size}, bin ${k}`);
    }
  }
});

Deno.test("FFT of a cosine is size/2 in one bin and nothing in the others", async () => {
  for (const size of [1024, 1000, 4096, 30_030]) {
    const frame = await (await openStage(fft)).one(frameOf(waveOf(size, (i) => Math.cos(2 * Math.PI * 7 * i / size))));
    const ideal = waveOf(size / 2 + 1, (k) => k === 7 ? size / 2 : 0);
    assert.ok(distance(samplesOf(frame, "main_channel.re"), ideal) < 1e-9, `size ${size}`);
    assert.ok(distance(samplesOf(frame, "main_channel.im"), ideal.fill(0)) < 1e-9, `size ${size}`);
    assert.deepEqual([frame.metadata.fft_size, frame.metadata.bin_hz], [size, 48_000 / size]);
  }
});

Deno.test("FFT keeps the energy (Parseval), and InverseFFT gives the samples back", async () => {
  const [forward, back] = [await openStage(fft), await openStage(inverseFft)];
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 3000 }), async (size) => {
      const samples = noise(size);
      const spectrum = await forward.one(frameOf(samples));
      const [re, im] = [samplesOf(spectrum, "main_channel.re"), samplesOf(spectrum, "main_channel.im")];
      const twice = (k: number) => k === 0 || 2 * k === size ? 1 : 2;
      const energy = re.reduce((sum, each, k) => sum + twice(k) * (each ** 2 + im[k]! ** 2), 0) / size;
      assert.ok(Math.abs(energy - samples.reduce((sum, each) => sum + each * each, 0)) < 1e-9 * Math.max(1, energy));
      const frame = await back.one(spectrum);
      assert.ok(distance(samplesOf(frame), samples) < 1e-12);
      assert.deepEqual(frame.metadata, { sample_rate: 48_000 });
    }),
    { numRuns: 60 },
  );
});

Deno.test("FFT keeps its precision at a million samples, also where the size is no power of two", () => {
  for (const size of [1 << 20, 1_000_000]) {
    const transform = createRealFft(size);
    const samples = waveOf(size, (i) => i === 1 ? 1 : 0);
    const [re, im] = [new Float64Array(size / 2 + 1), new Float64Array(size / 2 + 1)];
    transform.forward(samples, re, im);
    // A pulse one sample late is a phase that turns once round.
    for (let k = 0; k < re.length; k += 9973) {
      assert.ok(Math.abs(re[k]! - Math.cos(2 * Math.PI * k / size)) < 1e-12);
      assert.ok(Math.abs(im[k]! + Math.sin(2 * Math.PI * k / size)) < 1e-12);
    }
  }
});

Deno.test("FFT cuts or fills to a size; without one, channels agree", async () => {
  const { one } = await openStage(fft, { size: 4 });
  const frame = await one(frameOf({ long: [1, 0, 0, 0, 9], short: [1] }));
  assert.deepEqual([samplesOf(frame, "long.re"), samplesOf(frame, "short.re")], [[1, 1, 1], [1, 1, 1]]);
  await assert.rejects((await openStage(fft)).one(frameOf({ a: [1, 2, 3], b: [1] })), {
    message: "Cannot transform channels of 3 and 1 samples at once: set size",
  });
});

Deno.test("FFT and InverseFFT pass a trigger and an empty channel on", async () => {
  const [forward, back] = [await openStage(fft), await openStage(inverseFft)];
  assert.equal((await back.one(await forward.one(createFrame()))).payload.size, 0);
  assert.deepEqual(samplesOf(await back.one(await forward.one(frameOf([])))), []);
});

Deno.test("FFT of what is no number is no number, and the next frame is whole again", async () => {
  const { one } = await openStage(fft);
  assert.ok(samplesOf(await one(frameOf([1, NaN, 1, 1])), "main_channel.re").every(Number.isNaN));
  assert.deepEqual(samplesOf(await one(frameOf([1, 0, 0, 0])), "main_channel.re"), [1, 1, 1]);
});

Deno.test("FFT refuses ten million samples at once and says what to do", async () => {
  await assert.rejects((await openStage(fft)).one(frameOf(new Float64Array(10_000_000))), {
    message: "Cannot transform 10000000 samples: it has to be 1 to 4194304; a Window with a size cuts them",
  });
});

Deno.test("InverseFFT refuses what is no spectrum", async () => {
  const { one } = await openStage(inverseFft);
  const frames: DataFrame[] = [frameOf([1]), frameOf({ "a.re": [1, 2], "a.im": [1] }), frameOf({ "a.im": [1] })];
  for (const frame of frames) {
    await assert.rejects(one(frame), /a spectrum is two channels of one length, x\.re and x\.im/);
  }
});
