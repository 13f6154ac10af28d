import assert from "node:assert/strict";
import fc from "fast-check";
import { Fifo } from "./fifo.ts";

Deno.test("Fifo gives what an array with push() and shift() gives", () => {
  fc.assert(fc.property(fc.array(fc.option(fc.integer(), { freq: 2 }), { maxLength: 400 }), (steps) => {
    const [fifo, array] = [new Fifo<number>(), [] as number[]];
    for (const step of steps) {
      if (step === null) assert.equal(fifo.shift(), array.shift());
      else fifo.push(step), array.push(step);
      assert.deepEqual([fifo.length, fifo.first], [array.length, array[0]]);
    }
  }));
});

Deno.test("Fifo takes out a hundred thousand in no time to speak of", () => {
  const fifo = new Fifo<number>();
  for (let i = 0; i < 100_000; i++) fifo.push(i);
  for (let i = 0; i < 100_000; i++) assert.equal(fifo.shift(), i);
  assert.equal(fifo.length, 0);
});
