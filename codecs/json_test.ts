import assert from "node:assert/strict";
import fc from "fast-check";
import { testCodec } from "tinman/testing";
import { type Json, json, jsonKind } from "./json.ts";

const nested = (depth: number): Json => depth === 0 ? [] : [nested(depth - 1)];

testCodec<Json>({
  name: "json()",
  test: Deno.test,
  create: () => json(),
  kind: jsonKind,
  values: [
    ...[null, true, 0, -1.5, 1e300, Number.MIN_VALUE, "", "é\u{1f980}\ud800\n", [], {}, [[], {}], nested(255)],
    { id: 17, name: "imu", list: [1, { a: null }], "": 1, "__proto__x": 2 },
    { many: Array.from({ length: 300 }, () => [{}]) },
    { text: '[{"\\'.repeat(300) },
  ],
  arbitrary: fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value))),
  refused: [
    {
      value: { a: [1, { b: NaN }] },
      message: /Cannot encode at \.a\[1\]\.b: got number NaN, expected a finite number/,
    },
    { value: [undefined], message: /at \[0\]: got undefined, expected what JSON can say/ },
    { value: { t: new Date(0) }, message: /at \.t: got object Date/ },
    { value: { m: new Map() }, message: /at \.m: got object Map/ },
    { value: { x: new Float64Array(2) }, message: /at \.x: got Float64Array of 16 bytes/ },
    { value: { n: 1n }, message: /at \.n: got bigint 1n/ },
    { value: nested(256), message: /expected at most 256 levels, and no cycle/ },
  ],
});

Deno.test("json() leaves out a field that is undefined, and takes an object of a class as its fields", () => {
  class Reading {
    celsius = 21;
    note = undefined;
  }
  assert.deepEqual(json().decode(json<Reading>().encode(new Reading())), { celsius: 21 });
});

Deno.test("json() counts levels, not brackets in texts", () => {
  assert.throws(() => json().decode(new TextEncoder().encode("[".repeat(5000))), /nested deeper than 256/);
  assert.throws(() => json().decode(new TextEncoder().encode('{"a":'.repeat(300) + "1" + "}".repeat(300))), /deeper/);
});
