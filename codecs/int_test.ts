// Equivalent of the original's composite_codec_test.py: TestPrimitiveCodecs.test_int_codec.
import assert from "node:assert/strict";
import fc from "fast-check";
import { testCodec } from "tinman/testing";
import { int, intKind } from "./int.ts";

const safe = Number.MAX_SAFE_INTEGER;

testCodec({
  name: "int()",
  test: Deno.test,
  create: () => int(),
  kind: intKind,
  values: [0, 1, -1, 255, -256, 2 ** 31, -(2 ** 31) - 1, 2 ** 32, -(2 ** 32), safe, -safe],
  arbitrary: fc.maxSafeInteger(),
  refused: [
    { value: 1.5, message: /got number 1.5, expected a whole number/ },
    { value: safe + 1, message: /expected a whole number up to 2\^53 - 1/ },
    { value: NaN, message: /got number NaN/ },
    { value: 1n, message: /got bigint 1n/ },
  ],
});

testCodec({
  name: "int({ bigint: true })",
  test: Deno.test,
  create: () => int({ bigint: true }),
  kind: intKind,
  values: [0n, 1n, -1n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)],
  arbitrary: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  refused: [
    { value: 2n ** 63n, message: /got bigint 9223372036854775808n, expected a bigint of 64 bits/ },
    { value: 1, message: /got number 1/ },
  ],
});

Deno.test("int() has the bytes of the Python original in both forms", () => {
  const bytes = new Uint8Array(8).fill(0xff);
  assert.deepEqual(int().encode(-1), bytes);
  assert.deepEqual(int({ bigint: true }).encode(-1n), bytes);
});

Deno.test("int() does not round what is beyond 2^53", () => {
  const bytes = int({ bigint: true }).encode(2n ** 53n + 1n);
  assert.throws(() => int().decode(bytes), /9007199254740993 is beyond 2\^53 - 1/);
});
