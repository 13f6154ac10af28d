import assert from "node:assert/strict";
import { frameOf, openStage, samplesOf } from "./_fixture.ts";
import { offset } from "./offset.ts";

Deno.test("Offset adds to every sample of every channel", async () => {
  const input = frameOf({ a: [1, 2, NaN], b: [] });
  const frame = await (await openStage(offset, { offset: -1 })).one(input);
  assert.deepEqual([samplesOf(frame, "a"), samplesOf(frame, "b")], [[0, 1, NaN], []]);
  assert.deepEqual(samplesOf(input, "a"), [1, 2, NaN]);
});
