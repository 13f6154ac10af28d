import assert from "node:assert/strict";
import { apart } from "./series.ts";

Deno.test("apart() has as many digits as tell numbers from each other, and no more", () => {
  const large = 1_700_000_000_000_000_000;
  assert.deepEqual(apart([large, large, large + 512]), [
    "1.700000000000000e+18",
    "1.700000000000000e+18",
    "1.700000000000001e+18",
  ]);
  assert.deepEqual(apart([undefined, 1.25, 1.5]), ["–", "1.25", "1.5"]);
  assert.deepEqual(apart([large, large]), ["1.7000e+18", "1.7000e+18"]);
  assert.deepEqual(apart([0.1 + 0.2, 0.3]), ["0.30000000000000004", "0.3"]);
  assert.deepEqual(apart([NaN, Infinity, 3]), ["NaN", "Infinity", "3"]);
});
