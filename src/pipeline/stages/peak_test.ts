import assert from "node:assert/strict";
import { frameOf, openStage, samplesOf } from "./_fixture.ts";
import { peak } from "./peak.ts";

Deno.test("Peak gives the greatest magnitude of each channel of a frame", async () => {
  const frame = await (await openStage(peak)).one(frameOf({ a: [1, -3, 2], b: [0], c: [], d: [1, NaN, 5] }));
  assert.deepEqual([...frame.payload].map(([name, [value]]) => [name, value]), [["a", 3], ["b", 0], ["c", undefined], [
    "d",
    NaN,
  ]]);
});

Deno.test("Peak looks across frames for every so many samples", async () => {
  const { process } = await openStage(peak, { window: 3 });
  assert.deepEqual(await process(frameOf([1, -9])), []);
  assert.deepEqual((await process(frameOf([0, 4, 2, -5, 8]))).map((each) => samplesOf(each)), [[9, 5]]);
});
