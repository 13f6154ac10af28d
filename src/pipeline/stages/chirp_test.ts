import assert from "node:assert/strict";
import { distance, joined, openStage, samplesOf } from "./_fixture.ts";
import { chirp, chirpCycles, type ChirpDesign } from "./chirp.ts";

const design: ChirpDesign = { from: 100, to: 1600, duration: 2, kind: "linear", repeat: true, sample_rate: 48_000 };
const frequencyAt = (each: ChirpDesign, t: number) =>
  (chirpCycles(each, (t + 1e-5) * 48_000) - chirpCycles(each, (t - 1e-5) * 48_000)) / 2e-5;

Deno.test("Chirp has the frequency that it should have at each moment", () => {
  for (const t of [0.1, 0.5, 1, 1.9]) {
    assert.ok(Math.abs(frequencyAt(design, t) - (100 + 750 * t)) < 1e-5);
    assert.ok(Math.abs(frequencyAt({ ...design, kind: "exponential" }, t) - 100 * 16 ** (t / 2)) < 1e-4);
  }
  assert.ok(Math.abs(frequencyAt({ ...design, repeat: false }, 7) - 1600) < 1e-5);
});

Deno.test("Chirp begins again, or stays, without a jump of its phase", () => {
  for (const repeat of [true, false]) {
    for (const kind of ["linear", "exponential"] as const) {
      const [before, after] = [1.999999999, 2.000000001].map((t) =>
        chirpCycles({ ...design, kind, repeat }, t * 48_000)
      );
      const jump = after! - before!;
      assert.ok(Math.abs(jump - Math.round(jump)) < 1e-5, kind);
    }
  }
});

Deno.test("Chirp joins two triggers without a seam", async () => {
  const config = { ...design, duration: 0.01 };
  const [small, whole] = [await openStage(chirp, { ...config, frame_size: 500 }), await openStage(chirp, config)];
  const frames = [await small.one(), await small.one(), await small.one()];
  assert.ok(distance(joined(frames).slice(0, 1024), samplesOf(await whole.one())) <= 1e-12);
});

Deno.test("Chirp between equal frequencies is a sine", async () => {
  for (const kind of ["linear", "exponential"]) {
    const { one } = await openStage(chirp, { from: 480, to: 480, kind });
    const ideal = Array.from({ length: 1024 }, (_, i) => Math.sin(2 * Math.PI * (i % 100) / 100));
    assert.ok(distance(samplesOf(await one()), ideal) < 1e-12);
  }
});

Deno.test("Chirp refuses an exponential sweep from 0 Hz", async () => {
  await assert.rejects(openStage(chirp, { from: 0, kind: "exponential" }), /from or to 0 Hz: both have to be above/);
});
