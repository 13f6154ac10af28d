import assert from "node:assert/strict";
import fc from "fast-check";
import { createSlab, Slab } from "./mod.ts";

/** The slab as each of two threads has it. */
function both(slots: number, slotBytes = 64): [Slab, Slab] {
  const memory = createSlab({ slots, slotBytes });
  return [new Slab(memory), new Slab(memory)];
}

Deno.test("a slot has one owner at a time, and is free when all its readers released it", () => {
  const step = fc.record({ do: fc.constantFrom("take", "share", "release"), side: fc.nat(1), pick: fc.nat(100) });
  fc.assert(fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 100 }), (slots, steps) => {
    const sides = both(slots);
    const readers = new Map<number, number>();
    for (const { do: what, side, pick } of steps) {
      const slab = sides[side]!;
      const taken = [...readers.keys()][pick % Math.max(1, readers.size)];
      if (what === "take") {
        const slot = slab.tryTake();
        assert.equal(slot === -1, readers.size === slots);
        assert.ok(!readers.has(slot));
        if (slot >= 0) readers.set(slot, 1);
      } else if (taken !== undefined && what === "share") {
        slab.share(taken, 2);
        readers.set(taken, readers.get(taken)! + 2);
      } else if (taken !== undefined) {
        slab.release(taken);
        if (readers.get(taken) === 1) readers.delete(taken);
        else readers.set(taken, readers.get(taken)! - 1);
      }
    }
  }));
});

Deno.test("what one side writes into a slot the other finds there", () => {
  const [here, there] = both(3, 100);
  assert.equal(here.slotBytes, 128);
  const slot = here.tryTake();
  here.bytesOf(slot).fill(7);
  assert.deepEqual([...there.bytesOf(slot, 3)], [7, 7, 7]);
  assert.ok(there.bytesOf(slot).byteOffset % 64 === 0);
  there.release(slot);
  assert.deepEqual([here.tryTake(), here.tryTake(), here.tryTake(), here.tryTake()].sort(), [-1, 0, 1, 2]);
});

Deno.test("a slot that nobody has cannot be released, shared or passed for another", () => {
  const [slab] = both(2);
  const slot = slab.tryTake();
  slab.release(slot);
  assert.throws(() => slab.release(slot), { message: "Cannot release slot 0: nobody has it" });
  for (const no of [-1, 2, 1.5e9, NaN]) assert.throws(() => slab.bytesOf(no), RangeError);
  assert.throws(() => slab.bytesOf(0, 65), RangeError);
  assert.equal(slab.tryTake(), 1, "a failed release changes nothing");
});

Deno.test("a slab that has a free slot does not block", () => {
  const [slab] = both(2);
  slab.tryTake();
  slab.block(1e9); // returns
});

Deno.test("createSlab() refuses what is no size, and Slab other memory", () => {
  for (const [slots, slotBytes] of [[0, 1], [1, 0], [1.5, 8], [2 ** 20, 2 ** 20], [NaN, 1]] as const) {
    assert.throws(() => createSlab({ slots, slotBytes }), RangeError);
  }
  assert.throws(() => new Slab(new SharedArrayBuffer(64)), RangeError);
});
