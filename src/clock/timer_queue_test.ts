import assert from "node:assert/strict";
import fc from "fast-check";
import { TimerQueue } from "./mod.ts";

Deno.test("TimerQueue without timers has nothing to fire", () => {
  const timers = new TimerQueue();
  assert.equal(timers.pending, 0);
  assert.equal(timers.nextNs, Infinity);
  assert.equal(timers.fireNext(), undefined);
});

Deno.test("TimerQueue.add() can be taken back twice, and after it fired", () => {
  const timers = new TimerQueue();
  const seen: string[] = [];
  const takeBack = timers.add(1, () => seen.push("a"));
  const other = timers.add(2, () => seen.push("b"));
  timers.fireNext();
  takeBack();
  assert.equal(timers.pending, 1);
  other();
  other();
  assert.equal(timers.pending, 0);
  assert.deepEqual(seen, ["a"]);
});

Deno.test("TimerQueue.fireNext() takes the timer out before it wakes, so that it can ask again and a throw is told once", () => {
  const timers = new TimerQueue();
  const seen: number[] = [];
  timers.add(1, () => {
    seen.push(timers.pending);
    timers.add(1, () => {
      throw new Error("broken");
    });
  });
  assert.equal(timers.fireNext(), 1);
  assert.throws(() => timers.fireNext(), /broken/);
  assert.deepEqual(seen, [0]);
  assert.equal(timers.pending, 0);
});

Deno.test("TimerQueue does what a sorted list would, for any mix of adding, taking back and firing", () => {
  type Move = { readonly kind: "add" | "take" | "fire"; readonly value: number };
  const move = fc.record({ kind: fc.constantFrom("add", "take", "fire"), value: fc.nat(8) });
  fc.assert(fc.property(fc.array(move, { maxLength: 200 }), (moves) => {
    const timers = new TimerQueue();
    const seen: number[] = [];
    const expected: number[] = [];
    const model: { at: number; id: number; takeBack: () => void }[] = [];
    let id = 0;
    for (const { kind, value } of moves as Move[]) {
      if (kind === "add") {
        const own = id++;
        model.push({ at: value, id: own, takeBack: timers.add(value, () => seen.push(own)) });
        model.sort((a, b) => a.at - b.at || a.id - b.id);
      } else if (kind === "fire") {
        const first = model.shift();
        if (first !== undefined) expected.push(first.id);
        assert.equal(timers.fireNext(), first?.at);
      } else if (model.length > 0) {
        const [gone] = model.splice(value % model.length, 1);
        gone!.takeBack();
      }
      assert.equal(timers.pending, model.length);
      assert.equal(timers.nextNs, model[0]?.at ?? Infinity);
    }
    assert.deepEqual(seen, expected);
  }));
});
