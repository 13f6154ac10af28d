import assert from "node:assert/strict";
import { changeLoop } from "./loop.ts";

Deno.test("changeLoop() keeps the end that was set last, where they would cross", () => {
  const none = { inNs: undefined, outNs: undefined };
  assert.deepEqual(changeLoop(none, { inNs: 5 }), { inNs: 5, outNs: undefined });
  assert.deepEqual(changeLoop({ inNs: 5, outNs: undefined }, { outNs: 9 }), { inNs: 5, outNs: 9 });
  assert.deepEqual(changeLoop({ inNs: 5, outNs: 9 }, { inNs: 9 }), { inNs: 9, outNs: undefined });
  assert.deepEqual(changeLoop({ inNs: 5, outNs: 9 }, { outNs: 2 }), { inNs: undefined, outNs: 2 });
  assert.deepEqual(changeLoop({ inNs: 5, outNs: 9 }, none), none);
});
