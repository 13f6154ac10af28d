import assert from "node:assert/strict";
import { duration } from "./format.ts";
import { age } from "./time/frames_at.ts";

Deno.test("duration() goes over to the next unit where it is reached by rounding", () => {
  assert.deepEqual([999.4, 999.6, 59_940, 59_960].map(duration), ["999 ms", "1.0 s", "59.9 s", "1 min 00 s"]);
});

Deno.test("age() writes no powers of ten", () => {
  assert.deepEqual([0, 850, 999_600, 1_230_000, 999_700_000].map(age), ["0", "850 ns", "1.00 ms", "1.23 ms", "1.0 s"]);
});
