import assert from "node:assert/strict";
import { readSummary } from "./counts.ts";

Deno.test("readSummary() takes the last summary line, with or without colours", () => {
  const coloured = "\x1b[32mok\x1b[0m | 12 passed (3 steps) | 0 failed | 2 ignored (1 step) \x1b[90m(7ms)\x1b[0m\n";
  assert.deepEqual(readSummary(`ok | 1 passed | 0 failed (2ms)\n${coloured}`), { passed: 12, failed: 0, skipped: 2 });
  assert.deepEqual(readSummary("FAILED | 3 passed | 1 failed (80ms)\n\nerror: Test failed\n"), {
    passed: 3,
    failed: 1,
    skipped: 0,
  });
});

Deno.test("readSummary() is undefined for a run that died before its end", () => {
  assert.equal(readSummary("error: Uncaught SyntaxError\n"), undefined);
  assert.equal(readSummary(""), undefined);
});
