import assert from "node:assert/strict";
import fc from "fast-check";
import { Histogram } from "./mod.ts";

/** Of any size that the histogram resolves, and on the ends of its buckets. */
const value = fc.oneof(
  fc.double({ min: 0, max: 48, noNaN: true }).map((exponent) => 2 ** exponent),
  fc.tuple(fc.integer({ min: 0, max: 47 }), fc.integer({ min: 0, max: 16 })).map(([k, j]) => 2 ** k * (1 + j / 16)),
);
const values = fc.array(value, { minLength: 1, maxLength: 60 });

function record(values: Iterable<number>): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

Deno.test("Histogram.quantile() is off by 1/32 at most, for values from 1 to 2^48", () => {
  fc.assert(fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
    const exact = [...values].sort((a, b) => a - b)[Math.max(1, Math.ceil(q * values.length)) - 1]!;
    const off = Math.abs(record(values).quantile(q) / exact - 1);
    assert.ok(off <= Histogram.RELATIVE_ERROR + 1e-12, `off by ${off}`);
  }));
});

Deno.test("Histogram knows count, sum, least and greatest exactly", () => {
  fc.assert(fc.property(values, (values) => {
    const { count, sum, min, max, mean } = record(values);
    assert.deepEqual([count, min, max], [values.length, Math.min(...values), Math.max(...values)]);
    const expected = values.reduce((a, b) => a + b, 0);
    assert.deepEqual([sum, mean], [expected, expected / count]);
  }));
});

Deno.test("Histogram.merge() gives what recording everything in one gives", () => {
  fc.assert(fc.property(values, values, (a, b) => {
    const [merged, both] = [record(a), record([...a, ...b])];
    merged.merge(record(b));
    const look = (h: Histogram) => [h.count, h.min, h.max, ...[0.01, 0.5, 0.9, 0.99].map((q) => h.quantile(q))];
    assert.deepEqual(look(merged), look(both));
    assert.ok(Math.abs(merged.sum / both.sum - 1) < 1e-12);
  }));
  const empty = new Histogram();
  empty.merge(new Histogram());
  assert.deepEqual([empty.count, empty.min, empty.max], [0, 0, 0]);
});

Deno.test("Histogram.countAtMost() is exact on the ends of buckets, which belong to their bucket", () => {
  const end = fc.tuple(fc.integer({ min: 0, max: 47 }), fc.integer({ min: 0, max: 15 })).map(([k, j]) =>
    2 ** k * (1 + j / 16)
  );
  fc.assert(fc.property(values, end, (values, bound) => {
    assert.equal(record(values).countAtMost(bound), values.filter((value) => value <= bound).length);
  }));
});

Deno.test("Histogram without values says 0", () => {
  const { count, sum, mean, min, max } = new Histogram();
  assert.deepEqual([count, sum, mean, min, max, new Histogram().quantile(0.5)], [0, 0, 0, 0, 0, 0]);
});

Deno.test("Histogram.record() takes what is below zero or no number for 0, and keeps the greatest beyond its range", () => {
  const odd = record([-5, NaN, -Infinity]);
  assert.deepEqual([odd.count, odd.sum, odd.max, odd.quantile(1)], [3, 0, 0, 0]);
  const large = record([2 ** 60, 2 ** 60, 2 ** 61]);
  assert.deepEqual([large.quantile(0), large.quantile(1), large.countAtMost(2 ** 47)], [2 ** 61, 2 ** 61, 0]);
  assert.equal(record([0.25, 0.5, 0.5]).quantile(0.3), 0.5);
});

Deno.test("Histogram.quantile() refuses what is no share", () => {
  for (const q of [-0.1, 1.1, NaN]) assert.throws(() => new Histogram().quantile(q), RangeError);
});

// Goal: recording allocates nothing. Method: less garbage than would come of boxing one number in ten; the median of five
// looks, because a collection may fall into any of them.
Deno.test("Histogram.record() allocates nothing", () => {
  const histogram = new Histogram();
  const count = 100_000;
  const work = () => {
    for (let i = 0; i < count; i++) histogram.record(1e3 + (i * 7919) % 1e7 + 0.5);
  };
  for (let i = 0; i < 5; i++) work();
  const grownBytes = Array.from({ length: 5 }, () => {
    const before = Deno.memoryUsage().heapUsed;
    work();
    return Deno.memoryUsage().heapUsed - before;
  }).sort((a, b) => a - b)[2]!;
  assert.ok(grownBytes < count, `${count} records left ${grownBytes} bytes`);
});
