import assert from "node:assert/strict";
import fc from "fast-check";
import { formatValue } from "./value.ts";

Deno.test("formatValue() shows small values whole, on one line", () => {
  assert.equal(
    formatValue({ celsius: 21.5, ok: true, at: null, id: 7n }),
    "{ celsius: 21.5, ok: true, at: null, id: 7n }",
  );
  assert.equal(formatValue("plain text"), "plain text");
  assert.equal(formatValue({ name: 'a "b"' }), '{ name: "a \\"b\\"" }');
  assert.equal(formatValue([1, [2, "x"], {}, -0, NaN]), '[1, [2, "x"], {}, -0, NaN]');
  assert.equal(formatValue(new Map<unknown, unknown>([["a b", 1], [2, new Set([3])]])), '{ "a b": 1, 2: [3] }');
  assert.equal(formatValue(undefined), "undefined");
});

Deno.test("formatValue() shows bytes as hex", () => {
  assert.equal(formatValue(Uint8Array.of(0, 255)), "<2 bytes 00 ff>");
  assert.equal(formatValue(new Uint8Array(0)), "<0 bytes>");
  assert.match(formatValue(new Uint8Array(100)), /^<100 bytes (00 ){24}…>$/);
});

Deno.test("formatValue() counts what it leaves out", () => {
  assert.equal(formatValue(new Float64Array(1000)), "Float64Array(1000) [0, 0, 0, 0, 0, 0, 0, 0, … 992 more]");
  assert.match(formatValue(Array.from({ length: 100 }, (_, i) => i)), /15, … 84 more\]$/);
  assert.match(formatValue("x".repeat(300)), /x… 100 more$/);
});

Deno.test("formatValue() is one bounded line without control characters, whatever the value", () => {
  const value = fc.anything({
    withTypedArray: true,
    withMap: true,
    withSet: true,
    withBigInt: true,
    withDate: true,
    maxDepth: 4,
  });
  fc.assert(fc.property(value, (each) => {
    const text = formatValue(each);
    // deno-lint-ignore no-control-regex
    assert.ok(!/[\x00-\x1f\x7f-\x9f]/.test(text), text);
  }));
  let deep: unknown = 1;
  for (let i = 0; i < 1000; i++) deep = { deep };
  assert.ok(formatValue(deep).length < 100);
});
