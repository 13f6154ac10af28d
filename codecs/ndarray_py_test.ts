import assert from "node:assert/strict";
import { testCodec } from "tinman/testing";
import { everyDType } from "./_every_dtype.ts";
import type { NdArray } from "./ndarray.ts";
import { ndarrayPy, ndarrayPyKind } from "./ndarray_py.ts";

testCodec<NdArray>({
  name: "ndarrayPy()",
  test: Deno.test,
  create: ndarrayPy,
  kind: ndarrayPyKind,
  values: [...everyDType, { dtype: "f64", shape: [], data: Float64Array.of(1) }],
  refused: [{ value: [1, 2], message: /got array of 2, expected an array \{ dtype, shape, data \}/ }],
});

// What NumpyArrayCodec().encode(numpy.array([[1.5, -2.0]])) gives.
const original = Uint8Array.of(
  ...[3, 0, 0, 0, ...new TextEncoder().encode("<f8")],
  ...[2, 0, 0, 0, /* shape */ 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0],
  ...[0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0],
);

Deno.test("ndarrayPy() reads and writes the bytes of the Python original", () => {
  const array: NdArray = { dtype: "f64", shape: [1, 2], data: Float64Array.of(1.5, -2) };
  assert.deepEqual(ndarrayPy().decode(original), array);
  assert.deepEqual(ndarrayPy().encode(array), original);
});

Deno.test("ndarrayPy() turns big-endian numbers", () => {
  const big = Uint8Array.of(
    3,
    0,
    0,
    0,
    ...new TextEncoder().encode(">i2"),
    1,
    0,
    0,
    0,
    2,
    ...new Array(7).fill(0),
    1,
    2,
    255,
    254,
  );
  assert.deepEqual(ndarrayPy().decode(big), { dtype: "i16", shape: [2], data: Int16Array.of(0x102, -2) });
});

Deno.test("ndarrayPy() says which numbers it does not know", () => {
  const dates = Uint8Array.of(7, 0, 0, 0, ...new TextEncoder().encode("<M8[ns]"), 0, 0, 0, 0);
  assert.throws(() => ndarrayPy().decode(dates), /the numbers are "<M8\[ns\]", which is not known/);
});
