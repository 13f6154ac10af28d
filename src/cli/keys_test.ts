import assert from "node:assert/strict";
import fc from "fast-check";
import { readActions } from "./keys.ts";

const read = (text: string) => [...readActions(new TextEncoder().encode(text))];

Deno.test("readActions() knows space, the arrows in both forms, and q", () => {
  assert.deepEqual(read(" q"), ["pause", "quit"]);
  assert.deepEqual(read("\x1b[A\x1b[B\x1b[C\x1b[D"), ["faster", "slower", "step", "step10"]);
  assert.deepEqual(read("\x1bOA\x1bOC"), ["faster", "step"]);
});

Deno.test("readActions() does not take a part of another key for one of its own", () => {
  assert.deepEqual(read("\x1b[3~\x1b[1;5C\x1b[Hx\n"), []);
  assert.deepEqual(read(""), []);
});

Deno.test("readActions() takes any bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => void [...readActions(bytes)]));
});
