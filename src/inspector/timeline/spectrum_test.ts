import assert from "node:assert/strict";
import { createFrame } from "../../pipeline/mod.ts";
import { parsePath } from "./field_path.ts";
import { createSpectra } from "./spectrum.ts";

const path = parsePath("payload.main_channel[*]");

Deno.test("the spectrum of a sine has its peak where the sine is", () => {
  const payload = Float64Array.from({ length: 1000 }, (_, i) => Math.sin(2 * Math.PI * i / 10));
  const frame = createFrame({ payload, metadata: { sample_rate: 8000 } });
  const { decibels, top, rate, samples } = createSpectra()(frame, { path, columns: 4000 });
  const peak = decibels.indexOf(Math.max(...decibels));
  assert.deepEqual([top, rate, samples, decibels.length], [4000, 8000, 1000, 501]);
  assert.equal(peak / (decibels.length - 1) * top, 800);
  assert.ok(Math.abs(decibels[peak]! - 10 * Math.log10(0.5)) < 0.01, "a sine of amplitude 1 has a power of 1/2");
});

Deno.test("a spectrum has no more columns than are wanted, and its peaks stay", () => {
  const payload = Float64Array.from({ length: 4096 }, (_, i) => Math.sin(i));
  const spectra = createSpectra();
  const all = spectra({ payload: new Map([["main_channel", payload]]) }, { path, columns: 4000 }).decibels;
  const few = spectra({ payload: new Map([["main_channel", payload]]) }, { path, columns: 100 }).decibels;
  assert.deepEqual([few.length, Math.max(...few)], [100, Math.max(...all)]);
});

Deno.test("there is no spectrum of one number", () => {
  assert.throws(() => createSpectra()({ x: 3 }, { path: parsePath("x"), columns: 10 }), { code: "USAGE" });
});

Deno.test("there is no spectrum of samples of which one is no number, and which one is said", () => {
  const samples = Array.from({ length: 20 }, (_, i) => i === 7 ? NaN : i);
  assert.throws(() => createSpectra()({ x: samples }, { path: parsePath("x[*]"), columns: 10 }), {
    code: "USAGE",
    message: "Cannot make a spectrum: sample 7 is NaN",
  });
});
