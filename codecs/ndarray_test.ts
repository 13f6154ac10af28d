// Equivalents of the original's numpy_codec_test.py: test_encode_decode_1d, _2d, _various_dtypes, test_oblog_integration (the
// header test of the suite), test_zero_copy_view, test_empty_array, test_large_array.
import assert from "node:assert/strict";
import fc from "fast-check";
import { testCodec } from "tinman/testing";
import { everyDType } from "./_every_dtype.ts";
import { type NdArray, ndarray, ndarrayKind, toNdArray } from "./ndarray.ts";

const oddShapes: NdArray[] = [
  { dtype: "f64", shape: [], data: Float64Array.of(42) },
  { dtype: "f64", shape: [0], data: new Float64Array() },
  { dtype: "u8", shape: [3, 0, 2 ** 32 - 1], data: new Uint8Array() },
  { dtype: "f32", shape: [2, 3, 4], data: Float32Array.from({ length: 24 }, (_, i) => i) },
  { dtype: "i8", shape: new Array(64).fill(1), data: Int8Array.of(5) },
];

const small: NdArray<"f64"> = { dtype: "f64", shape: [2, 2], data: Float64Array.of(1, 2, 3, 4) };

testCodec<NdArray>({
  name: "ndarray()",
  test: Deno.test,
  create: () => ndarray(),
  kind: ndarrayKind,
  values: [...everyDType, ...oddShapes],
  arbitrary: fc.oneof(
    fc.float64Array().map((data) => toNdArray(data)),
    fc.int16Array({ minLength: 6, maxLength: 6 }).map((data) => toNdArray(data, [3, 2])),
    fc.bigInt64Array().map((data) => toNdArray(data)),
  ),
  refused: [
    { value: Float64Array.of(1), message: /got Float64Array of 8 bytes, expected an array \{ dtype, shape, data \}/ },
    { value: { ...small, dtype: "f8" }, message: /at \.dtype: got text "f8", expected one of bool, i8/ },
    { value: { ...small, shape: [3] }, message: /at \.data: got .* expected Float64Array of length 3 for f64\[3\]/ },
    { value: { ...small, shape: [-1] }, message: /at \.shape: / },
    { value: { ...small, shape: [2 ** 31, 2 ** 31, 2 ** 31] }, message: /at \.data: / },
    { value: { ...small, shape: new Array(65).fill(1) }, message: /at \.shape: .* at most 64/ },
    { value: { ...small, data: [1, 2, 3, 4] }, message: /at \.data: got array of 4/ },
    { value: { ...small, data: new Float32Array(4) }, message: /at \.data: got Float32Array/ },
  ],
});

testCodec<NdArray<"f64">>({
  name: 'ndarray("f64")',
  test: Deno.test,
  create: () => ndarray("f64"),
  kind: ndarrayKind,
  values: [small],
  refused: [{ value: everyDType[1], message: /at \.dtype: got text "i8", expected f64/ }],
});

Deno.test("ndarray() gives a view into the frame when it is aligned, a copy when it is not", () => {
  const frame = ndarray().encode(small);
  const view = ndarray("f64").decode(frame).data;
  assert.equal(view.buffer, frame.buffer);
  view[0] = 99;
  assert.equal(ndarray("f64").decode(frame).data[0], 99);

  const shifted = new Uint8Array(frame.length + 1);
  shifted.set(frame, 1);
  const copy = ndarray("f64").decode(shifted.subarray(1)).data;
  assert.notEqual(copy.buffer, shifted.buffer);
  assert.deepEqual([...copy], [99, 2, 3, 4]);
});

Deno.test("ndarray() decodes eight megabytes without touching them", () => {
  const frame = ndarray().encode(toNdArray(new Float64Array(1e6), [1000, 1000]));
  const { data, shape } = ndarray("f64").decode(frame);
  assert.equal(data.buffer, frame.buffer);
  assert.deepEqual(shape, [1000, 1000]);
  assert.equal(data.length, 1e6);
});

Deno.test("ndarray() makes frames whose length, and numbers whose place, is a multiple of 8", () => {
  for (const array of [...everyDType, ...oddShapes]) {
    const frame = ndarray().encode(array);
    assert.equal(frame.length % 8, 0);
    const { data } = ndarray().decode(frame);
    assert.equal((data.byteOffset - frame.byteOffset) % 8, 0);
  }
});

Deno.test("ndarray() counts no further than the bytes go", () => {
  const frame = ndarray().encode(toNdArray(new Float64Array(2), [1, 2]));
  frame.fill(0xff, 4, 12);
  assert.throws(() => ndarray().decode(frame), /f64\[4294967295×4294967295\] takes .* bytes, there are 32/);
});

Deno.test("toNdArray() tells the type by the array and copies nothing", () => {
  const data = Float32Array.of(1, 2);
  assert.deepEqual(toNdArray(data), { dtype: "f32", shape: [2], data });
  assert.equal(toNdArray(data).data, data);
  assert.throws(() => toNdArray([1] as unknown as Float32Array), /expected a typed array/);
});
