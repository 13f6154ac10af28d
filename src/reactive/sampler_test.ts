// Of the Python original: test_reservoir_sampler.py (test_same_content_produces_same_sample_regardless_of_order,
// test_sample_size_respected, test_small_input_returns_all_items). Its StreamSampler had no test.
import assert from "node:assert/strict";
import fc from "fast-check";
import { artifactsOf, builtOf } from "./_drive.ts";
import { builder } from "./builder.ts";
import { Resolve } from "./builder_events.ts";
import { ReservoirSampler } from "./reservoir_sampler.ts";
import { StreamSampler } from "./stream_sampler.ts";

const ask = Resolve({ target: "sample" });
const reservoir = (size: number, items: readonly unknown[], seed?: string) => {
  const made = new ReservoirSampler({ provides: "sample", requires: ["x"], size, seed });
  return artifactsOf("sample", { builders: [made], outside: ["x"], events: [...builtOf("x", ...items), ask] });
};
const stream = (probability: number, items: readonly unknown[], seed?: string) => {
  const made = new StreamSampler({ provides: "sample", requires: ["x"], probability, seed });
  return artifactsOf("sample", { builders: [made], outside: ["x"], events: [...builtOf("x", ...items), ask] });
};
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);

Deno.test("ReservoirSampler takes the same sample of the same items, in whatever order they come", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.string({ maxLength: 2 })), { maxLength: 30 }).chain((
        items,
      ) => fc.tuple(fc.constant(items), fc.shuffledSubarray(items, { minLength: items.length }))),
      async ([items, shuffled]) => assert.deepEqual(await reservoir(5, items), await reservoir(5, shuffled)),
    ),
    { numRuns: 50 },
  );
});

Deno.test("ReservoirSampler takes `size` items, or all where there are fewer, repeated ones too", async () => {
  const sample = await reservoir(5, upTo(100));
  assert.equal(new Set(sample).size, 5);
  assert.deepEqual((await reservoir(10, ["a", "b", "a"])).toSorted(), ["a", "a", "b"]);
});

Deno.test("ReservoirSampler takes others with another seed, and each item as likely as any other", async () => {
  assert.notDeepEqual(await reservoir(5, upTo(100), "other"), await reservoir(5, upTo(100)));
  const taken = new Map<unknown, number>();
  for (let seed = 0; seed < 200; seed++) {
    for (const item of await reservoir(5, upTo(20), `${seed}`)) taken.set(item, (taken.get(item) ?? 0) + 1);
  }
  // 50 of 200 each; five times the standard deviation of 6.1 to both sides.
  assert.ok(upTo(20).every((item) => Math.abs(taken.get(item)! - 50) < 31), `${[...taken.values()]}`);
});

Deno.test("ReservoirSampler takes a sample of each phase", async () => {
  const source = builder({
    provides: "x",
    build: () => [1, 2],
    phase: (_, phase: number) => phase === 1 ? [3, 4] : [],
  });
  const made = new ReservoirSampler({ provides: "sample", requires: ["x"], size: 9 });
  const items = await artifactsOf("sample", { builders: [made, source], events: [ask] });
  assert.deepEqual([items.slice(0, 2).toSorted(), items.slice(2).toSorted()], [[1, 2], [3, 4]]);
});

Deno.test("StreamSampler lets through all, none, or as many as its probability says", async () => {
  assert.deepEqual(await stream(1, upTo(50)), upTo(50));
  assert.deepEqual(await stream(0, upTo(50)), []);
  const { length } = await stream(0.3, upTo(2000));
  // Five times the standard deviation of 20.5.
  assert.ok(Math.abs(length - 600) < 103, `${length}`);
});

Deno.test("StreamSampler lets the same through in every run, others with another seed, and repeated items", async () => {
  assert.deepEqual(await stream(0.5, upTo(50)), await stream(0.5, upTo(50)));
  assert.notDeepEqual(await stream(0.5, upTo(50)), await stream(0.5, upTo(50), "other"));
  const repeated = await stream(0.5, upTo(50).map(() => "same"));
  assert.equal(repeated.length, (await stream(0.5, upTo(50))).length);
});

Deno.test("samplers refuse what is no probability and no size", () => {
  const x = { provides: "sample", requires: ["x"] as const };
  for (const probability of [-0.1, 1.1, NaN]) assert.throws(() => new StreamSampler({ ...x, probability }), RangeError);
  for (const size of [0, 1.5, -1, NaN]) assert.throws(() => new ReservoirSampler({ ...x, size }), RangeError);
});
