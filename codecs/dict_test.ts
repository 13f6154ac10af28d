// Equivalents of the original's composite_codec_test.py: TestDictCodec (test_dict_with_arrays, test_dict_with_mixed_types,
// test_dict_missing_key_strict, _allowed, _multiple, test_dict_all_keys_missing, test_dict_missing_key_with_arrays;
// test_dict_codec_with_oblog is the header test of the suite) and TestNestedComposites.test_dict_of_lists.
import assert from "node:assert/strict";
import fc from "fast-check";
import { builtinKinds } from "tinman/codecs";
import { testCodec } from "tinman/testing";
import { dict, dictKind } from "./dict.ts";
import { float } from "./float.ts";
import { int } from "./int.ts";
import { list } from "./list.ts";
import { type NdArray, ndarray, toNdArray } from "./ndarray.ts";
import { text } from "./text.ts";

interface Scan {
  name: string;
  count: number;
  points: NdArray;
  tags: string[];
}

const points = toNdArray(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]);
const scan = () => dict({ name: text(), count: int(), points: ndarray(), tags: list(text()) });

testCodec<Scan>({
  name: "dict()",
  test: Deno.test,
  create: scan,
  kind: dictKind,
  nested: builtinKinds,
  values: [
    { name: "", count: 0, points: toNdArray(new Float64Array()), tags: [] },
    { name: "lidar", count: 3, points, tags: ["", "front"] },
  ],
  refused: [
    { value: { name: "a", count: 1, points }, message: /^Codec "dict": Cannot encode at \.tags: got undefined/ },
    { value: { name: "a", count: 1, points, tags: ["a", 2] }, message: /at \.tags\[1\]: got number 2, expected text/ },
    {
      value: { name: "a", count: 1, points, tags: [], nmae: 1 },
      message: /at \.nmae: got number 1, expected only the/,
    },
    { value: { name: "a", count: 1, points: { ...points, shape: [7] }, tags: [] }, message: /at \.points\.data: got/ },
    { value: 5, message: /got number 5, expected an object with name, count, points, tags/ },
  ],
});

testCodec<Partial<Scan>>({
  name: 'dict(fields, { missing: "allow" })',
  test: Deno.test,
  create: () => dict({ name: text(), count: int(), points: ndarray(), tags: list(text()) }, { missing: "allow" }),
  kind: dictKind,
  nested: builtinKinds,
  values: [{}, { name: "" }, { count: 1, tags: [] }, { points }, { name: "", count: 0, points, tags: [""] }],
  refused: [{ value: { name: undefined }, message: /at \.name: got undefined, expected text/ }],
});

testCodec<Record<string, number>>({
  name: "dict() with awkward keys",
  test: Deno.test,
  create: () =>
    dict({ "": float(), 1: float(), "é": float(), constructor: float(), toString: float(), length: float() }),
  kind: dictKind,
  nested: builtinKinds,
  values: [{ "": 1, 1: 2, "é": 3, constructor: 4, toString: 5, length: 6 }],
  arbitrary: fc.double().map((x) => ({ "": x, 1: x, "é": x, constructor: x, toString: x, length: x })),
});

testCodec({
  name: "dict() of nothing",
  test: Deno.test,
  create: () => dict({}),
  kind: dictKind,
  nested: builtinKinds,
  values: [{}],
});

Deno.test("dict() keeps empty texts, which the original drops", () => {
  const codec = dict({ a: text(), b: int() });
  assert.deepEqual(codec.decode(codec.encode({ a: "", b: 1 })), { a: "", b: 1 });
});

Deno.test("dict() writes its keys in the order in which they were named", () => {
  const codec = dict({ b: text(), a: text() });
  assert.deepEqual(codec.encode({ a: "1", b: "2" }), codec.encode({ b: "2", a: "1" }));
  assert.deepEqual(Object.keys(codec.decode(codec.encode({ a: "1", b: "2" }))), ["b", "a"]);
});

Deno.test("dict() gives arrays as views into the frame", () => {
  const frame = scan().encode({ name: "lidar", count: 3, points, tags: ["a"] });
  assert.equal(scan().decode(frame).points.data.buffer, frame.buffer);
});

Deno.test("dict() refuses a key that would change what the object is", () => {
  assert.throws(() => dict({ ["__proto__"]: text() }), /key called __proto__/);
});

Deno.test("dict() refuses the bytes of a dict with other keys", () => {
  const two = dict({ a: int(), b: int() }).encode({ a: 1, b: 2 });
  assert.throws(() => dict({ a: int() }).decode(two), /got 2 keys, expected 1/);
  const some = dict({ a: int(), b: int() }, { missing: "allow" }).encode({ a: 1 });
  assert.throws(() => dict({ a: int(), b: int() }).decode(some), /at \.b: the key is missing/);
});
