import assert from "node:assert/strict";
import { record, unlimited, type Write } from "./_fixture_test.ts";
import { Comparison } from "./comparison.ts";

const numbers = (values: readonly unknown[]): Write[] => values.map((value, i) => [i, "a", value]);

function compare(one: readonly unknown[], other: readonly unknown[]) {
  using a = record(numbers(one));
  using b = record(numbers(other));
  const comparison = new Comparison(a.timeline, b.timeline);
  comparison.advance(unlimited);
  const { differences, ...rest } = comparison.results()[0]!;
  return { ...rest, differences: differences.map(({ kind, a, b, frames }) => [kind, a, b, frames]) };
}

Deno.test("two equal recordings have no differences, however long", () => {
  const values = Array.from({ length: 5000 }, (_, i) => i);
  const { equal, done, differences } = compare(values, values);
  assert.deepEqual([equal, done, differences], [5000, 1, []]);
});

Deno.test("a frame that changed, one that is missing and one that is extra are told apart", () => {
  const one = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const other = [0, 1, "changed", 3, 5, 6, 7, "extra", 8, 9];
  const { equal, changed, missing, extra, differences } = compare(one, other);
  assert.deepEqual([equal, changed, missing, extra], [8, 1, 1, 1]);
  assert.deepEqual(differences, [["changed", 2, 2, 1], ["missing", 4, 4, 1], ["extra", 8, 7, 1]]);
});

Deno.test("frames in a row that differ are one difference", () => {
  const one = Array.from({ length: 100 }, (_, i) => i);
  const { differences } = compare(one, one.map((each) => each >= 40 && each < 80 ? -each : each));
  assert.deepEqual(differences, [["changed", 40, 40, 40]]);
});

Deno.test("what one has behind the end of the other is missing, or extra", () => {
  assert.deepEqual(compare([1, 2, 3], [1]).differences, [["missing", 1, 1, 2]]);
  assert.deepEqual(compare([1], [1, 2, 3]).differences, [["extra", 1, 1, 2]]);
});

Deno.test("a comparison goes on where its budget ended, and each channel gets its turn", () => {
  const writes = Array.from({ length: 6000 }, (_, i): Write => [i, i % 2 === 0 ? "a" : "b", i]);
  using one = record(writes);
  using other = record(writes);
  const comparison = new Comparison(one.timeline, other.timeline);
  let left = 2;
  comparison.advance({ take: () => left-- > 0 });
  const part = comparison.results().map(({ done }) => done);
  assert.ok(part.every((done) => done > 0 && done < 1), `${part}`);
  comparison.advance(unlimited);
  assert.deepEqual(comparison.results().map(({ equal, done }) => [equal, done]), [[3000, 1], [3000, 1]]);
});

Deno.test("channels that one of them alone has are named", () => {
  using one = record([[0, "a", 1], [1, "b", 1]]);
  using other = record([[0, "a", 1], [1, "c", 1]]);
  const { onlyA, onlyB } = new Comparison(one.timeline, other.timeline);
  assert.deepEqual([onlyA, onlyB], [["b"], ["c"]]);
});
