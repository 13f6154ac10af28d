import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { someBytes } from "./_exchange.ts";
import { hashLeaf, isUnit, LEAF_BYTES, leafCount, treeOf, unitBytes } from "./tree.ts";

/** RFC 6962, section 2.1, as it stands there. */
function mth(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return createHash("sha256").update("\0").update(leaves[0]!).digest();
  let k = 1;
  while (2 * k < leaves.length) k *= 2;
  return createHash("sha256").update("\x01").update(mth(leaves.slice(0, k))).update(mth(leaves.slice(k))).digest();
}

function nameOf(bytes: Uint8Array): string {
  const leaves = Array.from(
    { length: Math.max(1, Math.ceil(bytes.length / LEAF_BYTES)) },
    (_, i) => bytes.subarray(i * LEAF_BYTES, (i + 1) * LEAF_BYTES),
  );
  const size = new Uint8Array(8);
  new DataView(size.buffer).setBigUint64(0, BigInt(bytes.length), true);
  return createHash("sha256").update("tinman mesh blob 1\0").update(size).update(mth(leaves)).digest("hex");
}

const SIZES = [0, 1, LEAF_BYTES - 1, LEAF_BYTES, LEAF_BYTES + 1, 2 * LEAF_BYTES, 7 * LEAF_BYTES + 5, 13 * LEAF_BYTES];

Deno.test("A1: the name of a blob is a hash of its size and of the tree of RFC 6962 over its leaves", () => {
  for (const size of SIZES) {
    const bytes = someBytes(size);
    assert.deepEqual(treeOf(bytes).ref, { blob: nameOf(bytes), size });
  }
});

Deno.test("A2: each leaf is checked by itself, and only where it belongs", () => {
  for (const size of SIZES) {
    const bytes = someBytes(size);
    const tree = treeOf(bytes);
    for (let leaf = 0; leaf < leafCount(size); leaf++) {
      const unit = tree.unit(leaf, bytes.subarray(leaf * LEAF_BYTES, (leaf + 1) * LEAF_BYTES));
      assert.equal(unit.length, unitBytes(size, leaf));
      for (let other = 0; other < leafCount(size); other++) {
        assert.equal(isUnit(unit, { ...tree.ref, leaf: other }), other === leaf);
      }
      assert.equal(isUnit(unit, { ...tree.ref, size: size + 1, leaf }), false);
      assert.equal(isUnit(unit, { ...tree.ref, blob: "00".repeat(32), leaf }), false);
    }
  }
});

Deno.test("A2: one flipped bit in a leaf or its proof, or a byte more or less, is found", () => {
  const bytes = someBytes(5 * LEAF_BYTES + 100);
  const tree = treeOf(bytes);
  fc.assert(fc.property(fc.nat(5), fc.nat(), fc.nat(7), (leaf, at, bit) => {
    const unit = tree.unit(leaf, bytes.subarray(leaf * LEAF_BYTES, (leaf + 1) * LEAF_BYTES));
    const wrong = unit.slice();
    wrong[at % unit.length]! ^= 1 << bit;
    for (const each of [wrong, unit.subarray(1), Uint8Array.of(...unit, 0)]) {
      assert.equal(isUnit(each, { ...tree.ref, leaf }), false);
    }
  }));
});

Deno.test("A1: no inner node is a leaf, so no shorter content has the name of a longer one", () => {
  const bytes = someBytes(2 * LEAF_BYTES);
  const node = Uint8Array.of(...hashLeaf(bytes.subarray(0, LEAF_BYTES)), ...hashLeaf(bytes.subarray(LEAF_BYTES)));
  assert.notEqual(treeOf(node).ref.blob, treeOf(bytes).ref.blob);
});
