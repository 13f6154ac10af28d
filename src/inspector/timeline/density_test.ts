import assert from "node:assert/strict";
import fc from "fast-check";
import { BASE_NS, record, unlimited } from "./_fixture_test.ts";
import { density } from "./density.ts";
import { createBudget, RunTimes } from "./run_times.ts";

function count(times: readonly number[], { fromNs = 0, toNs = 1e9, columns = 10, budget = unlimited } = {}) {
  using recorded = record(times.map((ms) => [ms, "a", "x".repeat(100)]));
  const counts = new Float32Array(columns);
  const window = { baseNs: BASE_NS, fromNs, toNs, columns };
  const found = density("a", recorded.timeline.runs("a"), { window, times: new RunTimes(BASE_NS), budget, counts });
  return { ...found, counts: [...counts] };
}

Deno.test("density() counts the frames of each column, and a gap is empty", () => {
  const { counts, wanted } = count([0, 50, 100, 150, 500, 950]);
  assert.deepEqual([counts, wanted], [[2, 2, 0, 0, 0, 1, 0, 0, 0, 1], 0]);
});

Deno.test("density() without a budget spreads a run evenly, and says that there is more to know", () => {
  const { counts, wanted } = count([0, 10, 20, 990], { budget: { take: () => false } });
  assert.equal(wanted, 1);
  assert.ok(Math.abs(counts.reduce((a, b) => a + b) - 4) < 0.01);
  assert.ok(counts[4]! > 0.3);
});

Deno.test("density() loses no frame and makes up none, in any window", () => {
  const times = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(times, fc.integer({ min: 1, max: 300 }), fc.boolean(), (times, columns, isExact) => {
      const sorted = times.toSorted((a, b) => a - b);
      const budget = isExact ? unlimited : { take: () => false };
      const { counts } = count(sorted, { toNs: 1.001e9, columns, budget });
      assert.ok(Math.abs(counts.reduce((a, b) => a + b) - times.length) < 0.01 * times.length);
    }),
    { numRuns: 40 },
  );
});

Deno.test("density() of a part leaves out what lies outside", () => {
  const { counts } = count([0, 100, 200, 300, 400], { fromNs: 150e6, toNs: 350e6, columns: 4 });
  assert.deepEqual(counts, [0, 1, 0, 1]);
});

Deno.test("a budget gives the first one its turn however large it is, then no more than is left", () => {
  const budget = createBudget({ bytes: 10, ms: 5, elapsedNs: () => 0 });
  assert.deepEqual([budget.take(100), budget.take(1)], [true, false]);
  let now = 0;
  const timed = createBudget({ bytes: 1000, ms: 5, elapsedNs: () => now });
  assert.deepEqual([timed.take(1), timed.take(1)], [true, true]);
  now = 6e6;
  assert.equal(timed.take(1), false);
});
