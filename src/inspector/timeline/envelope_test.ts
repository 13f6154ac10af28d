import assert from "node:assert/strict";
import fc from "fast-check";
import { envelope } from "./envelope.ts";

const points = (values: readonly number[]) => ({
  width: 2 as const,
  data: Float64Array.from(values.flatMap((value, i) => [i, value])),
});

Deno.test("envelope() gives all points where there are not more than two a column", () => {
  const { data } = points([3, 1, 2]);
  assert.deepEqual([...envelope([points([3, 1, 2])], { fromNs: 0, toNs: 3, columns: 2 })], [...data]);
});

Deno.test("envelope() keeps the lowest and the highest of each column, in the order of time", () => {
  const found = envelope([points([0, 5, -5, 0, 1, 1, 9, 1])], { fromNs: 0, toNs: 8, columns: 2 });
  assert.deepEqual([...found], [1, 5, 2, -5, 4, 1, 6, 9]);
});

Deno.test("envelope() keeps a point on either side, so that the line goes on to the edge", () => {
  const found = envelope([points([7, 1, 2, 8])], { fromNs: 1, toNs: 3, columns: 10 });
  assert.deepEqual([...found], [0, 7, 1, 1, 2, 2, 3, 8]);
});

Deno.test("envelope() has at most two points a column, and the extremes of all, whatever comes", () => {
  const values = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 400 });
  fc.assert(fc.property(values, fc.integer({ min: 1, max: 50 }), (values, columns) => {
    const found = envelope([points(values)], { fromNs: 0, toNs: values.length, columns });
    assert.ok(found.length / 2 <= columns * 2);
    const kept = Array.from({ length: found.length / 2 }, (_, i) => found[i * 2 + 1]!);
    assert.deepEqual([Math.min(...kept), Math.max(...kept)], [Math.min(...values), Math.max(...values)]);
    for (let i = 2; i < found.length; i += 2) assert.ok(found[i]! > found[i - 2]!);
  }));
});

Deno.test("envelope() thins out a track evenly", () => {
  const data = Float64Array.from({ length: 300 }, (_, i) => i % 3 === 0 ? i / 3 : i);
  const found = envelope([{ width: 3, data }], { fromNs: 0, toNs: 100, columns: 5 });
  assert.equal(found.length / 3, 10);
  assert.deepEqual([found[0], found[3]], [0, 10]);
});
