import assert from "node:assert/strict";
import fc from "fast-check";
import { frameOf, openStage, samplesOf } from "./_fixture.ts";
import { mixer } from "./mixer.ts";

Deno.test("Mixer adds the frames of one sequence id, whichever comes first", async () => {
  const { process } = await openStage(mixer);
  assert.deepEqual(await process(frameOf([1, 2]), "in2"), []);
  const [frame, ...more] = await process(frameOf([10, 20]), "in1");
  assert.deepEqual([samplesOf(frame!), more, frame!.metadata], [[11, 22], [], { sample_rate: 48_000 }]);
});

Deno.test("Mixer counts what an input has not as silence: a channel, the end of a shorter one, a skipped frame", async () => {
  const { process } = await openStage(mixer, { gains: [1, -2] });
  await process(frameOf({ a: [1, 1, 1], only: [7] }), "in1");
  const [first] = await process(frameOf({ a: [1] }), "in2");
  assert.deepEqual([samplesOf(first!, "a"), samplesOf(first!, "only")], [[-1, 1, 1], [7]]);
  await process(frameOf([1], { sequenceId: 1 }), "in1");
  await process(frameOf([2], { sequenceId: 2 }), "in1");
  const later = await process(frameOf([4], { sequenceId: 2 }), "in2");
  assert.deepEqual(later.map((each) => [each.sequenceId, ...samplesOf(each)]), [[1, 1], [2, -6]]);
});

Deno.test("Mixer pairs the n-th of each input if it is told to", async () => {
  const { process } = await openStage(mixer, { pair: "order" });
  await process(frameOf([1], { sequenceId: 40 }), "in1");
  const frames = await process(frameOf([2]), "in2");
  assert.deepEqual(frames.map((each) => [each.sequenceId, ...samplesOf(each)]), [[40, 3]]);
});

Deno.test("Mixer does not let one input run ahead without end", async () => {
  const { process } = await openStage(mixer, { max_pending: 2 });
  for (const sequenceId of [0, 1]) await process(frameOf([1], { sequenceId }), "in1");
  await assert.rejects(process(frameOf([1], { sequenceId: 2 }), "in1"), {
    message: "Cannot mix in1: it is 2 frames ahead of in2, max_pending is reached",
  });
});

Deno.test("Mixer refuses frames of two sample rates, and an input that is not in use", async () => {
  const { process } = await openStage(mixer);
  await process(frameOf([1]), "in1");
  await assert.rejects(process(frameOf([1], { metadata: { sample_rate: 8000 } }), "in2"), {
    message: "Cannot mix frames of 48000 Hz and 8000 Hz: put a Resample before",
  });
  await assert.rejects(process(frameOf([1]), "in3"), { message: "Cannot mix in3: inputs is 2, so in2 is the last" });
});

Deno.test("Mixer.end() gives what waits for the other input, and reset() forgets it", async () => {
  const { process, end, stage } = await openStage(mixer);
  await process(frameOf([5]), "in2");
  assert.deepEqual((await end()).map((each) => samplesOf(each)), [[5]]);
  await process(frameOf([6]), "in2");
  stage.reset!();
  assert.deepEqual(await end(), []);
});

Deno.test("Mixer keeps no array of a frame that it was given", async () => {
  const { process } = await openStage(mixer);
  const input = frameOf([1]);
  await process(input, "in1");
  input.payload.get("main_channel")![0] = 99;
  assert.deepEqual(samplesOf((await process(frameOf([1]), "in2"))[0]!), [2]);
});

Deno.test("Mixer gives the same whatever the order in which its inputs come", async () => {
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray([..."112233"], { minLength: 6 }), async (order) => {
      const { process } = await openStage(mixer, { inputs: 3 });
      const counts: Record<string, number> = {};
      const sums = [];
      for (const each of order) {
        const sequenceId = counts[each] = (counts[each] ?? -1) + 1;
        sums.push(...await process(frameOf([Number(each) * 10 ** sequenceId], { sequenceId }), `in${each}`));
      }
      assert.deepEqual(sums.map((each) => samplesOf(each)), [[6], [60]]);
    }),
    { numRuns: 30 },
  );
});
