import assert from "node:assert/strict";
import { toTree } from "../../tree.ts";
import { diffTrees } from "./tree_diff.ts";

const diff = (a: unknown, b: unknown) => diffTrees(toTree(a), toTree(b)).map(({ path, a, b }) => [path, a, b]);

Deno.test("diffTrees() names each place where two values differ", () => {
  assert.deepEqual(diff({ a: 1, b: { c: [1, 2] } }, { a: 1, b: { c: [1, 3] } }), [["b.c[1]", "2", "3"]]);
  assert.deepEqual(diff({ a: 1 }, { b: 1 }), [["a", "1", undefined], ["b", undefined, "1"]]);
  assert.deepEqual(diff(1n, 2n), [["", "1n", "2n"]]);
  assert.deepEqual(diff({ a: [] }, { a: {} }), [["a", "[]", "{}"]]);
  assert.deepEqual(diff({ x: NaN, y: [1] }, { x: NaN, y: [1] }), []);
});

Deno.test("diffTrees() of values that differ everywhere stays short", () => {
  const many = (value: number) => Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`f${i}`, value]));
  assert.equal(diffTrees(many(1), many(2)).length, 200);
});
