import assert from "node:assert/strict";
import { CreditWindow } from "./credit_window.ts";

/** A link that takes two seconds for each round trip, and brings what is allowed a piece at a time. */
function runTrips(trips: number, bytesPerSecond: number) {
  let nowMs = 0;
  const window = new CreditWindow(() => nowMs);
  for (let i = 0; i < trips; i++) {
    let left = window.grant();
    nowMs += 2000;
    for (; left > 0; left -= 100) {
      nowMs += 100_000 / bytesPerSecond;
      assert.ok(window.take(Math.min(left, 100)));
    }
  }
  return { window, wait: (ms: number) => void (nowMs += ms) };
}

Deno.test("A10: the window grows with what a link carries in a round trip, up to a limit", () => {
  assert.equal(runTrips(20, 600).window.bytes, 768);
  const { bytes } = runTrips(20, 20_000).window;
  assert.ok(bytes > 10_000 && bytes < 100_000, `${bytes}`);
  assert.ok(runTrips(60, 1e9).window.bytes <= 2 ** 20);
});

Deno.test("A10: what was held up and comes all at once does not make the window larger than the link is", () => {
  let nowMs = 0;
  const window = new CreditWindow(() => nowMs);
  window.grant();
  nowMs = 2000;
  // In the middle of it something was lost: all that was behind it comes when that has been sent again.
  for (let i = 0; i < 30; i++) {
    for (let piece = 0; piece < 3; piece++) window.take(128);
    window.grant();
    nowMs += 6000;
    for (let piece = 0; piece < 6; piece++) {
      window.take(128);
      window.grant();
    }
    nowMs += 10;
  }
  assert.ok(window.bytes <= 2 * 768, `${window.bytes}`);
});

Deno.test("A10: nothing that was not allowed is taken", () => {
  const window = new CreditWindow(() => 0);
  const allowed = window.grant();
  assert.equal(window.take(allowed), true);
  assert.equal(window.take(1), false);
});
