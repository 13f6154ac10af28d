import assert from "node:assert/strict";
import fc from "fast-check";
import { testCodec } from "tinman/testing";
import { msgpack, msgpackKind } from "./msgpack.ts";

// Equivalents of the original's oblog_test.py (default codec): test_default_codec_with_strings, _with_dicts and
// _with_complex_types. There the default is pickle, which is never run here: test_pickle_codec_class_exists is the
// refusal of a pickled header, in src/codec/registry_test.ts; test_mixed_explicit_and_default_codecs needs a run and is
// in the runtime's tests.

const nested = (depth: number): unknown => depth === 0 ? {} : { a: nested(depth - 1) };

testCodec<unknown>({
  name: "msgpack()",
  test: Deno.test,
  create: () => msgpack(),
  kind: msgpackKind,
  values: [
    ...["first", "second", "", "é\u{1f980}", "a".repeat(31), "a".repeat(32), "é".repeat(16), "é".repeat(200)],
    ...["x".repeat(255), "x".repeat(256), "x".repeat(70_000), null, true, false],
    ...[0, -0, 127, 128, 255, 256, 65535, 65536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53, 1e300, 1.5, NaN, Infinity],
    ...[-1, -32, -33, -128, -129, -32768, -32769, -(2 ** 31), -(2 ** 31) - 1, -Infinity],
    ...[0n, 1n, 2n ** 64n - 1n, -1n, -(2n ** 63n)],
    ...[new Date(0), new Date(-1), new Date(1e12 + 1), new Date(8.64e15), new Date(-8.64e15)],
    ...[[], {}, [[], {}], Array.from({ length: 16 }, (_, i) => i), new Array(70_000).fill(0), nested(255)],
    { type: "sensor", values: [1, 2.5, -3], nested: { ok: true, none: null } },
    { raw: Uint8Array.of(1, 2, 3), empty: new Uint8Array(), long: new Uint8Array(300), big: 5n },
    Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`key${i}`, i])),
  ],
  arbitrary: fc.anything({
    key: fc.string().filter((key) => key !== "__proto__"),
    values: [
      fc.boolean(),
      fc.double(),
      fc.string(),
      fc.constant(null),
      fc.maxSafeInteger(),
      fc.bigInt(-(2n ** 63n), 0n),
    ],
    withTypedArray: false,
  }),
  refused: [
    {
      value: { a: { b: [1, undefined] } },
      message: /Cannot encode at \.a\.b\[1\]: got undefined, expected plain data/,
    },
    { value: undefined, message: /got undefined, expected plain data/ },
    { value: { m: new Map() }, message: /at \.m: got object Map, expected plain data/ },
    { value: { s: new Set() }, message: /at \.s: got object Set/ },
    { value: { x: new Float64Array(2) }, message: /at \.x: got Float64Array of 16 bytes/ },
    { value: { f() {} }, message: /at \.f: got a function/ },
    { value: [2n ** 64n], message: /at \[0\]: got bigint 18446744073709551616n, expected a bigint of 64 bits/ },
    { value: { name: "half \udc00" }, message: /at \.name: .* expected whole characters/ },
    { value: JSON.parse('{"__proto__":1}'), message: /at \.__proto__: .* expected another name/ },
    { value: nested(256), message: /expected at most 256 levels, and no cycle/ },
  ],
});

Deno.test("msgpack() gives binary data as a view into the frame", () => {
  const frame = msgpack().encode({ raw: new Uint8Array(4) });
  const { raw } = msgpack<{ raw: Uint8Array }>().decode(frame);
  assert.equal(raw.buffer, frame.buffer);
});

Deno.test("msgpack() leaves out a field that is undefined, and takes an object of a class as its fields", () => {
  class Reading {
    celsius = 21;
    note = undefined;
  }
  assert.deepEqual(msgpack().decode(msgpack().encode(new Reading())), { celsius: 21 });
});
