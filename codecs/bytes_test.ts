import assert from "node:assert/strict";
import fc from "fast-check";
import { testCodec } from "tinman/testing";
import { bytes, bytesKind } from "./bytes.ts";

testCodec({
  name: "bytes()",
  test: Deno.test,
  create: bytes,
  kind: bytesKind,
  values: [new Uint8Array(), Uint8Array.of(0), new Uint8Array(1000).fill(0xff)],
  arbitrary: fc.uint8Array(),
  refused: [
    { value: "abc", message: /got text "abc", expected a Uint8Array/ },
    { value: new Float64Array(1), message: /got Float64Array of 8 bytes/ },
    { value: [1, 2], message: /got array of 2/ },
  ],
});

Deno.test("bytes() copies in neither direction", () => {
  const value = new Uint8Array(8);
  assert.equal(bytes().encode(value), value);
  assert.equal(bytes().decode(value), value);
});
