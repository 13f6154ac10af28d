// Equivalents of the original's composite_codec_test.py: TestOptionalCodec (test_optional_with_value,
// test_optional_with_none, test_optional_in_dict).
import assert from "node:assert/strict";
import fc from "fast-check";
import { builtinKinds } from "tinman/codecs";
import { testCodec } from "tinman/testing";
import { dict } from "./dict.ts";
import { type Json, json } from "./json.ts";
import { ndarray, toNdArray } from "./ndarray.ts";
import { optional, optionalKind } from "./optional.ts";
import { text } from "./text.ts";

testCodec<string | undefined>({
  name: "optional(text())",
  test: Deno.test,
  create: () => optional(text()),
  kind: optionalKind,
  nested: builtinKinds,
  values: [undefined, "", "a", "x".repeat(7), "x".repeat(8), "\0".repeat(8)],
  arbitrary: fc.option(fc.string(), { nil: undefined }),
  refused: [
    { value: 5, message: /^Codec "optional": Cannot encode: got number 5, expected text$/ },
    { value: null, message: /got null, expected text/ },
  ],
});

testCodec<Json | undefined>({
  name: "optional(json())",
  test: Deno.test,
  create: () => optional(json()),
  kind: optionalKind,
  nested: builtinKinds,
  values: [undefined, null, [null]],
});

testCodec<string | undefined>({
  name: "optional(optional(text()))",
  test: Deno.test,
  create: () => optional(optional(text())),
  kind: optionalKind,
  nested: builtinKinds,
  values: [undefined, "", "abc"],
});

testCodec<{ note: string | undefined; id: string }>({
  name: "dict() with an optional()",
  test: Deno.test,
  create: () => dict({ note: optional(text()), id: text() }),
  kind: builtinKinds.find(({ id }) => id === "dict")!,
  nested: builtinKinds,
  values: [{ note: undefined, id: "a" }, { note: "", id: "" }, { note: "n", id: "b" }],
});

Deno.test("optional() keeps arrays views, and each length a multiple of 8", () => {
  const codec = optional(ndarray());
  const frame = codec.encode(toNdArray(Float64Array.of(1, 2, 3)));
  assert.equal(frame.length % 8, 0);
  assert.equal(codec.encode(undefined).length % 8, 0);
  assert.equal(codec.decode(frame)!.data.buffer, frame.buffer);
});
