import assert from "node:assert/strict";
import * as fc from "fast-check";
import { marksIn, placeIn, rangeAround } from "./scale.ts";

Deno.test("marksIn() gives round values in a range", () => {
  assert.deepEqual(marksIn({ from: -0.3, to: 10.2 }, 6), { step: 2, values: [0, 2, 4, 6, 8, 10] });
});

Deno.test("marksIn() ends where numbers are too large to be counted up: times in ns, close to each other", () => {
  const at = 1_700_000_000_000_000_000;
  const { values } = marksIn(rangeAround(at, at + 768), 12);
  assert.ok(values.length > 0 && values.length <= 14 && values.every((each) => each >= at - 512 && each <= at + 1280));
});

Deno.test("rangeAround() has room for a value that stays the same, however large", () => {
  for (const value of [0, 1e17, 1.7e18, -1e300, Number.MAX_VALUE]) {
    const range = rangeAround(value, value);
    const place = placeIn(range, value);
    assert.ok(range.from < range.to && place >= 0 && place <= 1, `${value}: ${place}`);
  }
});

Deno.test("any two values have a place in their range, and marks that lie in it", () => {
  const values = fc.tuple(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  );
  fc.assert(fc.property(values, fc.integer({ min: 2, max: 40 }), ([a, b], most) => {
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    const range = rangeAround(low, high);
    for (const value of [low, high]) {
      const place = placeIn(range, value);
      assert.ok(place >= 0 && place <= 1, `${place}`);
    }
    const marks = marksIn(range, most).values;
    assert.ok(marks.length <= most + 2 && marks.every((each) => each >= range.from && each <= range.to));
  }));
});
