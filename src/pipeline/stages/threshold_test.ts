import assert from "node:assert/strict";
import { createFrame } from "../frame.ts";
import { frameOf, openStage, samplesOf } from "./_fixture.ts";
import { threshold } from "./threshold.ts";

Deno.test("Threshold is 1 from its level up and 0 below", async () => {
  const { one } = await openStage(threshold);
  assert.deepEqual(samplesOf(await one(frameOf([0, 0.5, 0.49, 1, -1]))), [0, 1, 0, 1, 0]);
});

Deno.test("Threshold stays as it is within the hysteresis, at NaN, and from frame to frame", async () => {
  const { one, stage } = await openStage(threshold, { level: 1, hysteresis: 0.5 });
  assert.deepEqual(samplesOf(await one(frameOf([0.7, 1, 0.5, NaN]))), [0, 1, 1, 1]);
  assert.deepEqual(samplesOf(await one(frameOf([0.6, 0.4, 0.7]))), [1, 0, 0]);
  await one(frameOf([2]));
  stage.reset!();
  assert.deepEqual(samplesOf(await one(frameOf([0.7]))), [0]);
});

Deno.test("Threshold forgets a channel that a frame does not have", async () => {
  const { one } = await openStage(threshold, { hysteresis: 1 });
  await one(frameOf([1]));
  await one(createFrame());
  assert.deepEqual(samplesOf(await one(frameOf([0]))), [0]);
});
