// Equivalent of the original's composite_codec_test.py: TestPrimitiveCodecs.test_bool_codec.
import assert from "node:assert/strict";
import { testCodec } from "tinman/testing";
import { bool, boolKind } from "./bool.ts";

testCodec({
  name: "bool()",
  test: Deno.test,
  create: bool,
  kind: boolKind,
  values: [true, false],
  refused: [{ value: 1, message: /got number 1, expected true or false/ }],
});

Deno.test("bool() says what it found in the place of a byte of 0 or 1", () => {
  assert.throws(() => bool().decode(Uint8Array.of(2)), /Cannot decode: got the byte 2, expected one byte, 0 or 1/);
  assert.throws(() => bool().decode(new Uint8Array(3)), /got 3 bytes/);
});
