import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteReader, ByteWriter } from "../../bytes/mod.ts";
import { LeafSet, leavesOf, readRuns, writeLeaves } from "./leaf_set.ts";

Deno.test("A5: leaves come back from runs as they were, or fewer when there are too many runs", () => {
  fc.assert(fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 200 }), (bits) => {
    const leaves = new LeafSet(bits.length);
    bits.forEach((bit, leaf) => bit && leaves.add(leaf));
    const writer = new ByteWriter();
    writeLeaves(writer, leaves);
    const read = leaves.count === 0
      ? new LeafSet(bits.length)
      : leavesOf(readRuns(new ByteReader(writer.take())), bits.length);
    const expected = bits.filter(Boolean).length;
    assert.equal(leaves.count, expected);
    const runs = bits.filter((bit, i) => bit && !bits[i - 1]).length;
    if (runs <= 64) assert.equal(read.count, expected);
    for (let leaf = 0; leaf < bits.length; leaf++) if (read.has(leaf)) assert.ok(bits[leaf]);
  }));
});

Deno.test("A5: a bitmap of more leaves than there are, or of very many runs, is refused before there is room for it", () => {
  const runs = (...numbers: readonly number[]) => {
    const writer = new ByteWriter();
    for (const number of numbers) writer.varint(number);
    return new ByteReader(writer.take());
  };
  assert.throws(() => leavesOf(readRuns(runs(1, 0, 2 ** 40)), 64), RangeError);
  assert.throws(() => leavesOf(readRuns(runs(1, 2 ** 52, 2 ** 52)), 64), RangeError);
  assert.throws(() => leavesOf(readRuns(runs(2, 60, 2, 2, 1)), 64), RangeError);
  assert.throws(() => readRuns(runs(2 ** 40)), RangeError);
  assert.throws(() => readRuns(runs(1, 0, 0)), RangeError);
});
