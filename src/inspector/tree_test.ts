import assert from "node:assert/strict";
import fc from "fast-check";
import { toTree } from "./tree.ts";

Deno.test("toTree() leaves plain values as they are", () => {
  const value = { a: 1, b: ["x", null, true, { c: -2.5 }], "": {} };
  assert.deepEqual(toTree(value), value);
});

Deno.test("toTree() says what JSON has no word for", () => {
  const cases: [unknown, unknown][] = [
    [12n, { $: "bigint", text: "12" }],
    [NaN, { $: "number", text: "NaN" }],
    [-0, { $: "number", text: "-0" }],
    [undefined, { $: "undefined" }],
    [new Uint8Array([1, 255]), { $: "bytes", length: 2, hex: "01ff" }],
    [new Float32Array([0.5, Infinity]), {
      ...{ $: "array", type: "Float32Array", length: 2 },
      items: [0.5, { $: "number", text: "Infinity" }],
    }],
    [new Date(0), { $: "date", text: "1970-01-01T00:00:00.000Z" }],
    [new Date(NaN), { $: "date", text: "?" }],
    [new Map([["k", 1]]), { $: "map", size: 1, items: [["k", 1]] }],
    [new Set([1]), { $: "set", size: 1, items: [1] }],
    // A field that looks like one of ours.
    [{ $: "bytes" }, { $: "object", size: 1, items: [["$", "bytes"]] }],
  ];
  for (const [value, tree] of cases) assert.deepEqual(toTree(value), tree);
});

Deno.test("toTree() cuts what is long, wide or deep, and says how much there is", () => {
  assert.deepEqual(toTree("x".repeat(10), { maxText: 3 }), { $: "text", text: "xxx", length: 10 });
  assert.deepEqual(toTree([1, 2, 3], { maxItems: 2 }), { $: "array", length: 3, items: [1, 2] });
  assert.deepEqual(toTree({ a: 1, b: 2 }, { maxItems: 1 }), { $: "object", size: 2, items: [["a", 1]] });
  const deep: { next?: unknown } = {};
  deep.next = deep;
  assert.ok(JSON.stringify(toTree(deep)).length < 2000, "also a circle ends");
});

Deno.test("toTree() gives JSON of bounded size for any value", () => {
  fc.assert(
    fc.property(
      fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true }),
      (value) => {
        assert.ok(JSON.stringify(toTree(value, { maxItems: 50, maxText: 20 })).length < 50_000);
      },
    ),
  );
});
