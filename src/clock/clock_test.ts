import assert from "node:assert/strict";
import { BaseClock, msToNs, VirtualClock } from "./mod.ts";
import { testClock } from "../testing/mod.ts";

Deno.test("msToNs() rounds to the nearest nanosecond", () => {
  assert.equal(msToNs(1.5), 1_500_000n);
  assert.equal(msToNs(0.000_000_4), 0n);
  assert.equal(msToNs(-2), -2_000_000n);
});

/** Half as fast as the clock it is made of. */
class Halved extends BaseClock {
  readonly inner = new VirtualClock(7n);
  readonly originNs = 7n;

  elapsedNs(): number {
    return Math.floor(this.inner.elapsedNs() / 2);
  }

  at(elapsedNs: number, wake: () => void): () => void {
    return this.inner.at(elapsedNs * 2, wake);
  }
}

testClock({
  name: "A clock on BaseClock",
  test: Deno.test,
  create: () => new Halved(),
  advance: ({ inner }, ms) => inner.runTo(inner.now() + msToNs(ms * 2)),
});
