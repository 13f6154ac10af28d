import assert from "node:assert/strict";
import fc from "fast-check";
import { cut, frameOf, joined, openStage, samplesOf, waveOf } from "./_fixture.ts";
import { delay } from "./delay.ts";

Deno.test("Delay gives every sample later, however they are cut into frames", async () => {
  const samples = waveOf(60, (i) => i + 1);
  await fc.assert(
    fc.asyncProperty(fc.nat(70), fc.array(fc.nat(20), { minLength: 1, maxLength: 4 }), async (by, sizes) => {
      const { one } = await openStage(delay, { samples: by });
      const frames = [];
      for (const frame of cut(samples, sizes)) frames.push(await one(frame));
      assert.deepEqual(joined(frames), [...waveOf(60, (i) => i < by ? 0 : samples[i - by]!)]);
    }),
    { numRuns: 40 },
  );
});

Deno.test("Delay takes seconds at the rate of the frame, to the nearest sample", async () => {
  const { one } = await openStage(delay, { seconds: 0.001 });
  const frame = (rate: number) => frameOf(waveOf(60, (i) => i === 0 ? 1 : 0), { metadata: { sample_rate: rate } });
  assert.equal(samplesOf(await one(frame(48_000))).indexOf(1), 48);
  assert.equal(samplesOf(await one(frame(8000))).indexOf(1), 8);
});

Deno.test("Delay refuses more than sixteen million samples, and seconds without a rate", async () => {
  await assert.rejects(
    (await openStage(delay, { seconds: 1e6 })).one(frameOf([1])),
    /by 48000000000 samples: 16777216 is the most/,
  );
  await assert.rejects(
    (await openStage(delay, { seconds: 1 })).one(frameOf([1], { metadata: {} })),
    /Cannot delay by seconds/,
  );
});
