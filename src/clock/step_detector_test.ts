import assert from "node:assert/strict";
import fc from "fast-check";
import { StepDetector } from "./mod.ts";

const start = { monotonicMs: 1_000, wallMs: 1_700_000_000_000 };
const originNs = 1_700_000_000_000_000_000n;

/** Both clocks, `ms` after the start; the one on the wall shows `wallAheadMs` more. */
const after = (ms: number, wallAheadMs = 0) => ({
  monotonicMs: start.monotonicMs + ms,
  wallMs: start.wallMs + ms + wallAheadMs,
});

Deno.test("StepDetector counts on from the wall time of its first reading", () => {
  const steps = new StepDetector(start);
  assert.equal(steps.originNs, originNs);
  assert.equal(steps.elapsedNs(start.monotonicMs), 0);
  assert.equal(steps.elapsedNs(start.monotonicMs + 0.0015), 1_500);
});

Deno.test("StepDetector.check() takes a small difference for slewing, and goes on as the monotonic clock does", () => {
  const steps = new StepDetector(start);
  assert.equal(steps.check(after(10, 499)), undefined);
  assert.equal(steps.check(after(20, -499)), undefined);
  assert.equal(steps.elapsedNs(after(20).monotonicMs), 20e6);
});

Deno.test("StepDetector.check() moves time forward with the wall clock, and tells of the step once", () => {
  const steps = new StepDetector(start);
  assert.deepEqual(steps.check(after(10, 60_000)), { atNs: originNs + 60_010_000_000n, deltaMs: 60_000 });
  assert.equal(steps.check(after(20, 60_000)), undefined);
  assert.equal(steps.elapsedNs(after(30).monotonicMs), 60_030e6);
});

Deno.test("StepDetector.check() lets time go on when the wall clock is set back", () => {
  const steps = new StepDetector(start);
  assert.deepEqual(steps.check(after(10, -3_600_000)), { atNs: originNs + 10_000_000n, deltaMs: -3_600_000 });
  assert.equal(steps.elapsedNs(after(20).monotonicMs), 20e6);
});

Deno.test("StepDetector.check() does not count an hour twice that was taken back and given again", () => {
  const steps = new StepDetector(start);
  steps.check(after(10, -3_600_000));
  assert.equal(steps.check(after(20, 0))?.deltaMs, 3_600_000);
  assert.equal(steps.elapsedNs(after(30).monotonicMs), 30e6);
});

Deno.test("StepDetector.check() notices a drift that has grown to the threshold", () => {
  const steps = new StepDetector(start, 100);
  for (let ahead = 0; ahead < 100; ahead += 10) assert.equal(steps.check(after(ahead, ahead)), undefined);
  assert.equal(steps.check(after(100, 100))?.deltaMs, 100);
});

Deno.test("StepDetector gives times that never go back, and follow the wall clock whatever it does", () => {
  const moves = fc.array(fc.record({ passed: fc.nat(5_000), step: fc.integer({ min: -5_000, max: 5_000 }) }));
  fc.assert(fc.property(moves, (moves) => {
    const steps = new StepDetector(start);
    let [passed, ahead, before] = [0, 0, 0];
    for (const move of moves) {
      passed += move.passed;
      ahead += move.step;
      const step = steps.check(after(passed, ahead));
      const now = steps.elapsedNs(after(passed).monotonicMs);
      assert.ok(now >= before && now >= (passed + ahead - 500) * 1e6);
      if (step !== undefined) assert.equal(step.atNs, steps.originNs + BigInt(now));
      before = now;
    }
  }));
});
