import assert from "node:assert/strict";
import { distance, frameOf, openStage, samplesOf } from "./_fixture.ts";
import { gate } from "./gate.ts";

const at = (samples: readonly number[]) => frameOf(samples, { metadata: { sample_rate: 10 } });

Deno.test("Gate lets through what is loud and nothing else", async () => {
  const { one } = await openStage(gate, { threshold: 0.5 });
  assert.deepEqual(samplesOf(await one(at([0.1, 0.5, -0.7, 0.4, NaN, 1]))), [0, 0.5, -0.7, 0, 0, 1]);
});

Deno.test("Gate opens, holds and closes in time, over frames as well", async () => {
  const { one, stage } = await openStage(gate, { threshold: 1, attack: 0.2, hold: 0.2, release: 0.4 });
  const gains = [...samplesOf(await one(at([2, 2, 2, 0.5]))), ...samplesOf(await one(at(Array(6).fill(0.5))))];
  assert.ok(distance(gains, [1, 2, 2, 0.5, 0.5, 0.375, 0.25, 0.125, 0, 0]) < 1e-12);
  stage.reset!();
  assert.deepEqual(samplesOf(await one(at([2]))), [1]);
});

Deno.test("Gate needs a sample rate for times alone", async () => {
  const frame = frameOf([1], { metadata: {} });
  assert.deepEqual(samplesOf(await (await openStage(gate)).one(frame)), [1]);
  await assert.rejects((await openStage(gate, { hold: 1 })).one(frame), /Cannot open and close in time: sample_rate/);
});
