import assert from "node:assert/strict";
import { allocateBytes, copyBytes } from "./slab.ts";

Deno.test("allocateBytes() gives zero bytes that nobody else has, at a multiple of 8", () => {
  const runs = Array.from({ length: 200 }, (_, i) => allocateBytes(i * 7));
  for (const [i, run] of runs.entries()) {
    assert.equal(run.length, i * 7);
    assert.equal(run.byteOffset % 8, 0);
    assert.ok(run.every((byte) => byte === 0));
    run.fill(i);
  }
  for (const [i, run] of runs.entries()) assert.ok(run.every((byte) => byte === i % 256));
});

Deno.test("copyBytes() is a copy at every length", () => {
  for (const length of [0, 1, 1023, 1024, 1025, 5000]) {
    const bytes = new Uint8Array(length).fill(3);
    const copy = copyBytes(bytes);
    bytes.fill(0);
    assert.deepEqual(copy, new Uint8Array(length).fill(3));
  }
});
