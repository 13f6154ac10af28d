// Equivalents of the original's composite_codec_test.py: TestTupleCodec (test_tuple_mixed_types, test_tuple_wrong_length).
import assert from "node:assert/strict";
import fc from "fast-check";
import { builtinKinds } from "tinman/codecs";
import { testCodec } from "tinman/testing";
import { bool } from "./bool.ts";
import { float } from "./float.ts";
import { int } from "./int.ts";
import { text } from "./text.ts";
import { tuple, tupleKind } from "./tuple.ts";

testCodec<[string, number, boolean]>({
  name: "tuple()",
  test: Deno.test,
  create: () => tuple(text(), float(), bool()),
  kind: tupleKind,
  nested: builtinKinds,
  values: [["", NaN, false], ["abc", -0, true]],
  arbitrary: fc.tuple(fc.string(), fc.double(), fc.boolean()),
  refused: [
    { value: ["a", 1], message: /got array of 2, expected an array of 3/ },
    { value: ["a", 1, true, 4], message: /got array of 4, expected an array of 3/ },
    { value: ["a", "b", true], message: /^Codec "tuple": Cannot encode at \[1\]: got text "b", expected a number$/ },
    { value: null, message: /got null, expected an array of 3/ },
  ],
});

testCodec<[]>({
  name: "tuple() of nothing",
  test: Deno.test,
  create: () => tuple(),
  kind: tupleKind,
  nested: builtinKinds,
  values: [[]],
});

Deno.test("tuple() refuses the bytes of a tuple with another number of values", () => {
  const two = tuple(int(), int()).encode([1, 2]);
  assert.throws(() => tuple(int()).decode(two), /got 2 values, expected 1/);
  assert.throws(() => tuple(int(), int(), int()).decode(two), /got 2 values, expected 3/);
});

Deno.test("tuple() has the types of its values", () => {
  const [name, count]: [string, number] = tuple(text(), int()).decode(tuple(text(), int()).encode(["a", 1]));
  assert.deepEqual([name, count], ["a", 1]);
});
