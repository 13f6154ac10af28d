// Equivalents of the original's composite_codec_test.py: TestListCodec (test_list_of_arrays, test_list_of_strings,
// test_empty_list) and TestNestedComposites (test_list_of_dicts; test_dict_of_lists is in dict_test.ts).
import assert from "node:assert/strict";
import fc from "fast-check";
import { builtinKinds } from "tinman/codecs";
import { testCodec } from "tinman/testing";
import { bytes } from "./bytes.ts";
import { dict } from "./dict.ts";
import { int } from "./int.ts";
import { list, listKind } from "./list.ts";
import { type NdArray, ndarray, toNdArray } from "./ndarray.ts";
import { text } from "./text.ts";

testCodec<string[]>({
  name: "list(text())",
  test: Deno.test,
  create: () => list(text()),
  kind: listKind,
  nested: builtinKinds,
  values: [[], [""], ["", "a", ""], ["x".repeat(8), "x".repeat(7), "x".repeat(200)], new Array(300).fill("ab")],
  arbitrary: fc.array(fc.string({ unit: "grapheme" })),
  refused: [
    { value: ["a", 5], message: /^Codec "list": Cannot encode at \[1\]: got number 5, expected text$/ },
    { value: "abc", message: /got text "abc", expected an array/ },
    { value: { length: 1, 0: "a" }, message: /got object, expected an array/ },
    { value: new Array(2), message: /at \[0\]: got undefined, expected text/ },
  ],
});

testCodec<NdArray[]>({
  name: "list(ndarray())",
  test: Deno.test,
  create: () => list(ndarray()),
  kind: listKind,
  nested: builtinKinds,
  values: [[], [toNdArray(Float64Array.of(1, 2)), toNdArray(Uint8Array.of(1)), toNdArray(new Int32Array())]],
});

testCodec<{ id: number; names: string[] }[]>({
  name: "list(dict())",
  test: Deno.test,
  create: () => list(dict({ id: int(), names: list(text()) })),
  kind: listKind,
  nested: builtinKinds,
  values: [[], [{ id: 1, names: [] }, { id: 2, names: ["a", ""] }]],
  refused: [{
    value: [{ id: 1, names: ["a", "b", 7] }],
    message: /^Codec "list": Cannot encode at \[0\]\.names\[2\]: got number 7, expected text$/,
  }],
});

Deno.test("list() says where decoding failed", () => {
  const bad = list(list(bytes())).encode([[], [Uint8Array.of(0xff)]]);
  assert.throws(() => list(list(text())).decode(bad), /^TinmanError: Codec "list": Cannot decode at \[1\]\[0\]: /);
});

Deno.test("list() neither loops nor allocates for a count that the bytes cannot hold", () => {
  const claims = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0);
  assert.throws(() => list(bytes()).decode(claims), /4294967295 parts do not fit into 8 bytes/);
});

Deno.test("list() gives items without bytes one common array", () => {
  // A million views from a megabyte would take a hundred times that.
  const [first, second] = list(bytes()).decode(list(bytes()).encode([new Uint8Array(), new Uint8Array()]));
  assert.equal(first, second);
});
