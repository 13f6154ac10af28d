import assert from "node:assert/strict";
import { Counter, Gauge } from "./mod.ts";

Deno.test("Counter.add() adds one, or as much as it is told, and never takes away", () => {
  const counter = new Counter();
  counter.add();
  counter.add(4);
  counter.add(0);
  assert.equal(counter.value, 5);
  for (const amount of [-1, NaN]) assert.throws(() => counter.add(amount), RangeError);
  assert.equal(counter.value, 5);
});

Deno.test("Gauge goes up and down and knows the most that it was", () => {
  const gauge = new Gauge();
  gauge.add(3);
  gauge.add(-2);
  assert.deepEqual([gauge.value, gauge.max], [1, 3]);
  gauge.set(-7);
  assert.deepEqual([gauge.value, gauge.max], [-7, 3]);
});
