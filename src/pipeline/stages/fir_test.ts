import assert from "node:assert/strict";
import fc from "fast-check";
import { createRandom } from "../../random/mod.ts";
import { cut, distance, frameOf, joined, openStage, samplesOf, waveOf } from "./_fixture.ts";
import { designFir, fir, type FirDesign } from "./fir.ts";

const design: FirDesign = { kind: "lowpass", length: 101, frequency: 6000, upper: 12_000, window: "hamming" };

// Symmetric taps have a real gain once their delay of (length - 1)/2 samples is taken out; at(hz) is that gain.
function gainOf(taps: ArrayLike<number>, hz: number): number {
  const [w, middle] = [2 * Math.PI * hz / 48_000, (taps.length - 1) / 2];
  return Array.from(taps).reduce((sum, tap, n) => sum + tap * Math.cos(w * (n - middle)), 0);
}

Deno.test("FIR with taps of its own answers a pulse with them", async () => {
  const { one } = await openStage(fir, { taps: [3, 2, 1] });
  assert.deepEqual(samplesOf(await one(frameOf([1, 0, 0, 0, 1]))), [3, 2, 1, 0, 3]);
  assert.deepEqual(samplesOf(await one(frameOf([0]))), [2]);
  assert.deepEqual(samplesOf(await one(frameOf([0, 0], { metadata: { sample_rate: 48_000 } }))), [1, 0]);
});

Deno.test("FIR designs pass what they should and stop the rest by 47 dB", () => {
  const passes: Record<FirDesign["kind"], readonly number[]> = {
    lowpass: [0, 3000, 5000],
    highpass: [7000, 15_000, 24_000],
    bandpass: [7000, 9000, 11_000],
    bandstop: [0, 5000, 13_000, 24_000],
  };
  for (const kind of ["lowpass", "highpass", "bandpass", "bandstop"] as const) {
    const taps = designFir({ ...design, kind }, 48_000);
    const others = Object.values(passes).flat().filter((hz) =>
      kind === "lowpass"
        ? hz >= 7000
        : kind === "highpass"
        ? hz <= 5000
        : kind === "bandpass"
        ? hz <= 5000 || hz >= 13_000
        : hz > 6900 && hz < 11_100
    );
    for (const hz of passes[kind]) assert.ok(Math.abs(gainOf(taps, hz) - 1) < 0.005, `${kind} at ${hz}`);
    for (const hz of others) assert.ok(Math.abs(gainOf(taps, hz)) < 0.00447, `${kind} at ${hz}: ${gainOf(taps, hz)}`);
  }
});

Deno.test("FIR has gain 1 to 1e-12 at 0 Hz for a lowpass, nothing there for a highpass, and half at the cut-off", () => {
  assert.ok(Math.abs(gainOf(designFir(design, 48_000), 0) - 1) < 1e-12);
  assert.ok(Math.abs(gainOf(designFir({ ...design, kind: "highpass" }, 48_000), 0)) < 1e-12);
  assert.ok(Math.abs(gainOf(designFir(design, 48_000), 6000) - 0.5) < 0.002);
});

Deno.test("FIR designs delay every frequency by (length - 1)/2 samples", async () => {
  const { one } = await openStage(fir, { ...design });
  const taps = designFir(design, 48_000);
  for (const hz of [500, 2000, 6000]) {
    const wave = (i: number) => Math.sin(2 * Math.PI * hz * i / 48_000);
    const samples = samplesOf(await one(frameOf(waveOf(400, wave))));
    const ideal = waveOf(200, (i) => gainOf(taps, hz) * wave(i + 200 - 50));
    assert.ok(distance(samples.slice(200), ideal) < 1e-12, `${hz} Hz`);
  }
});

Deno.test("FIR gives the same however the samples are cut into frames", async () => {
  const random = createRandom("fir");
  const samples = waveOf(300, () => random.next());
  const whole = samplesOf(await (await openStage(fir, { length: 31 })).one(frameOf(samples)));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(60), { minLength: 1, maxLength: 5 }), async (sizes) => {
      const { one } = await openStage(fir, { length: 31 });
      const frames = [];
      for (const frame of cut(samples, sizes)) frames.push(await one(frame));
      assert.equal(distance(joined(frames), whole), 0);
    }),
    { numRuns: 30 },
  );
});

Deno.test("FIR needs no sample rate for taps of its own, but for a design", async () => {
  const frame = frameOf([1], { metadata: {} });
  assert.deepEqual(samplesOf(await (await openStage(fir, { taps: [2] })).one(frame)), [2]);
  await assert.rejects((await openStage(fir)).one(frame), /Cannot design a filter: sample_rate .* is missing/);
});

Deno.test("FIR refuses designs that cannot be", async () => {
  await assert.rejects(
    openStage(fir, { kind: "highpass", length: 100 }),
    /a highpass of 100 taps: an even number has no middle/,
  );
  await assert.rejects(
    openStage(fir, { kind: "bandpass", frequency: 2000 }),
    /from 2000 to 2000 Hz: upper has to be above/,
  );
  await assert.rejects((await openStage(fir, { frequency: 30_000 })).one(frameOf([1])), /Cannot filter at 30000 Hz/);
});
