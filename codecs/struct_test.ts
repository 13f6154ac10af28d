// Equivalents of the original's composite_codec_test.py: TestDataclassCodec (test_basic_dataclass,
// test_dataclass_with_arrays, test_dataclass_with_multiple_types, test_dataclass_missing_fields,
// test_dataclass_interop_with_dict_codec; test_dataclass_with_oblog is the header test of the suite).
import assert from "node:assert/strict";
import fc from "fast-check";
import { builtinKinds } from "tinman/codecs";
import { testCodec } from "tinman/testing";
import { dict } from "./dict.ts";
import { float } from "./float.ts";
import { int } from "./int.ts";
import { list } from "./list.ts";
import { type NdArray, ndarray, toNdArray } from "./ndarray.ts";
import { struct, structKind } from "./struct.ts";
import { text } from "./text.ts";

const everyNumber = {
  bool: "bool",
  i8: "i8",
  u8: "u8",
  i16: "i16",
  u16: "u16",
  i32: "i32",
  u32: "u32",
  int: "int",
  i64: "i64",
  u64: "u64",
  f32: "f32",
  f64: "f64",
} as const;
const safe = Number.MAX_SAFE_INTEGER;
const low = {
  bool: false,
  i8: -128,
  u8: 0,
  i16: -32768,
  u16: 0,
  i32: -(2 ** 31),
  u32: 0,
  int: -safe,
  i64: -(2n ** 63n),
  u64: 0n,
  f32: -0,
  f64: -Infinity,
};
const high = {
  bool: true,
  i8: 127,
  u8: 255,
  i16: 32767,
  u16: 65535,
  i32: 2 ** 31 - 1,
  u32: 2 ** 32 - 1,
  int: safe,
  i64: 2n ** 63n - 1n,
  u64: 2n ** 64n - 1n,
  f32: NaN,
  f64: Number.MAX_VALUE,
};

testCodec<typeof low>({
  name: "struct() of numbers",
  test: Deno.test,
  create: () => struct(everyNumber),
  kind: structKind,
  values: [low, high],
  arbitrary: fc.record({
    bool: fc.boolean(),
    i8: fc.integer({ min: -128, max: 127 }),
    u8: fc.nat({ max: 255 }),
    i16: fc.integer({ min: -32768, max: 32767 }),
    u16: fc.nat({ max: 65535 }),
    i32: fc.integer(),
    u32: fc.nat({ max: 2 ** 31 - 1 }).map((n) => n * 2),
    int: fc.maxSafeInteger(),
    i64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    u64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    f32: fc.float(),
    f64: fc.double(),
  }, { noNullPrototype: true }),
  refused: [
    { value: { ...low, u8: 256 }, message: /^Codec "struct": Cannot encode at \.u8: got number 256, expected a whole/ },
    { value: { ...low, i16: 1.5 }, message: /at \.i16: got number 1.5, expected a whole number from -32768 to 32767/ },
    { value: { ...low, i64: 1 }, message: /at \.i64: got number 1, expected a bigint/ },
    { value: { ...low, u64: -1n }, message: /at \.u64: got bigint -1n/ },
    { value: { ...low, int: safe + 1 }, message: /at \.int: / },
    { value: { ...low, f64: "1" }, message: /at \.f64: got text "1", expected a number/ },
    { value: { ...low, bool: 1 }, message: /at \.bool: got number 1, expected true or false/ },
    { value: { ...low, f64: undefined }, message: /at \.f64: got undefined/ },
    { value: { ...low, other: 1 }, message: /at \.other: got number 1, expected only the fields bool, i8/ },
    { value: null, message: /got null, expected an object with bool, i8/ },
  ],
});

interface Pose {
  id: number;
  name: string;
  position: number[];
  time: number;
  scan: NdArray;
}

const pose = () => struct({ id: "u16", name: text(), position: list(float()), time: "f64", scan: ndarray() });
const scan = toNdArray(Float64Array.of(1, 2, 3));

testCodec<Pose>({
  name: "struct() of numbers and codecs",
  test: Deno.test,
  create: pose,
  kind: structKind,
  nested: builtinKinds,
  values: [
    { id: 1, name: "", position: [], time: 0, scan: toNdArray(new Int8Array()) },
    { id: 2, name: "arm", position: [1, 2, 3], time: 1.5, scan },
  ],
  refused: [
    {
      value: { id: 2, name: "arm", position: [1, 2, "3"], time: 1.5, scan },
      message: /^Codec "struct": Cannot encode at \.position\[2\]: got text "3", expected a number$/,
    },
    { value: { id: 2, position: [], time: 1, scan }, message: /at \.name: got undefined, expected text/ },
  ],
});

testCodec({ name: "struct() of nothing", test: Deno.test, create: () => struct({}), kind: structKind, values: [{}] });

Deno.test("struct() packs numbers without gaps, in the order in which they were named", () => {
  const codec = struct({ a: "u8", b: "u32", c: "bool" });
  assert.deepEqual(codec.encode({ c: true, b: 2, a: 1 }), Uint8Array.of(1, 2, 0, 0, 0, 1));
  assert.deepEqual(Object.keys(codec.decode(codec.encode({ c: true, b: 2, a: 1 }))), ["a", "b", "c"]);
});

Deno.test("struct() takes objects of a class, and gives plain ones", () => {
  class Reading {
    constructor(readonly id: number, readonly celsius: number) {}
  }
  const codec = struct({ id: "u32", celsius: "f64" });
  assert.deepEqual(codec.decode(codec.encode(new Reading(1, 21.5))), { id: 1, celsius: 21.5 });
});

Deno.test("struct() rounds an f32 to what 32 bits hold", () => {
  const codec = struct({ x: "f32" });
  assert.equal(codec.decode(codec.encode({ x: 0.1 })).x, Math.fround(0.1));
});

Deno.test("struct() and dict() can take the values of each other", () => {
  const asStruct = struct({ id: int(), name: text() });
  const asDict = dict({ id: int(), name: text() });
  const value = { id: 1, name: "" };
  assert.deepEqual(asDict.decode(asDict.encode(asStruct.decode(asStruct.encode(value)))), value);
});

Deno.test("struct() gives arrays as views into the frame", () => {
  const frame = pose().encode({ id: 1, name: "a", position: [], time: 1, scan });
  assert.equal(frame.length % 8, 0);
  assert.equal(pose().decode(frame).scan.data.buffer, frame.buffer);
});

Deno.test("struct() refuses types that it does not know, and fields that would change what the object is", () => {
  assert.throws(() => struct({ a: "f16" as "f32" }), /\.a is f16, expected a codec or one of bool, i8/);
  assert.throws(() => struct({ ["__proto__"]: "u8" }), /field called __proto__/);
});
