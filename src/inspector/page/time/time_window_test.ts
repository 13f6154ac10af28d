import assert from "node:assert/strict";
import fc from "fast-check";
import { offset, readSeconds, ticks, TimeWindow, writeSeconds } from "./time_window.ts";

Deno.test("TimeWindow.zoom() keeps what is under the pointer, and never leaves the recording", () => {
  const moves = fc.array(fc.record({ factor: fc.double({ min: 0.1, max: 10, noNaN: true }), at: fc.nat(1e12) }));
  fc.assert(fc.property(moves, (moves) => {
    const window = new TimeWindow(1e12);
    for (const { factor, at } of moves) {
      window.zoom(factor, at);
      assert.ok(window.fromNs >= -0.006e12 && window.toNs <= 1.006e12 && window.toNs - window.fromNs >= 999);
    }
  }));
  const window = new TimeWindow(1e12);
  const before = window.x(3e11, 1000);
  window.zoom(0.25, 3e11);
  assert.ok(Math.abs(window.x(3e11, 1000) - before) < 0.01);
});

Deno.test("TimeWindow.reveal() moves only what cannot be seen", () => {
  const window = new TimeWindow(1e12);
  window.show(0, 1e9);
  assert.deepEqual([window.reveal(5e8), window.reveal(5e11)], [false, true]);
  assert.ok(window.fromNs < 5e11 && window.toNs > 5e11);
});

Deno.test("ticks() are round, and not more than there is room for", () => {
  for (const span of [1e3, 7e5, 1e9, 65e9, 3600e9, 1e14]) {
    const { at } = ticks(0, span, 10);
    assert.ok(at.length >= 2 && at.length <= 12, `${span}: ${at.length}`);
  }
  assert.deepEqual(ticks(0, 60e9, 6), { stepNs: 10e9, at: [0, 10e9, 20e9, 30e9, 40e9, 50e9, 60e9] });
});

Deno.test("offset() says a time with as many digits as matter", () => {
  assert.equal(offset(1_234_567_890), "1.235 s");
  assert.equal(offset(62_345e6), "1:02.345");
  assert.equal(offset(3_723_000e6, 1e9), "1:02:03");
  assert.equal(offset(1_000_500, 100), "0.0010005 s");
  assert.equal(offset(59_999_999_999), "1:00.000", "it is rounded before it is taken apart");
});

Deno.test("ticks() and offset() of years are days", () => {
  const { stepNs, at } = ticks(0, 3652.5 * 86_400e9, 8);
  assert.deepEqual(at.map((ns) => offset(ns, stepNs)), [
    "0 s",
    "500 d",
    "1000 d",
    "1500 d",
    "2000 d",
    "2500 d",
    "3000 d",
    "3500 d",
  ]);
  assert.equal(offset(3652.5 * 86_400e9 + 10e6), "3652 d 12:00:00.010");
  assert.equal(offset(47 * 3600e9, 1e9), "47:00:00");
});

Deno.test("seconds of an address are read as they were written", () => {
  fc.assert(fc.property(fc.nat(4e9), (ns) => assert.equal(readSeconds(writeSeconds(ns)), ns)));
  for (const odd of ["", "x", "1e9", "1.", "99999999999", "1.1234567891"]) {
    assert.equal(readSeconds(odd), undefined, odd);
  }
});
