// Equivalent of the original's composite_codec_test.py: TestPrimitiveCodecs.test_float_codec.
import assert from "node:assert/strict";
import fc from "fast-check";
import { testCodec } from "tinman/testing";
import { float, floatKind } from "./float.ts";

testCodec({
  name: "float()",
  test: Deno.test,
  create: float,
  kind: floatKind,
  values: [0, -0, 1.5, NaN, Infinity, -Infinity, Number.MIN_VALUE, Number.MAX_VALUE, 2 ** 53],
  arbitrary: fc.double(),
  refused: [{ value: "1", message: /got text "1", expected a number/ }, { value: 1n, message: /got bigint 1n/ }],
});

Deno.test("float() has the bytes of the Python original", () => {
  assert.deepEqual(float().encode(1), Uint8Array.of(0, 0, 0, 0, 0, 0, 0xf0, 0x3f));
});
