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

// What the original writes with NumPy 2.4: array([[1.5, -2.0]]) and so on.
const written: readonly [hex: string, array: NdArray][] = [
  [
    "030000003c66380200000001000000000000000200000000000000000000000000f83f00000000000000c0",
    { dtype: "f64", shape: [1, 2], data: Float64Array.of(1.5, -2) },
  ],
  ["030000007c62310100000002000000000000000100", { dtype: "bool", shape: [2], data: Uint8Array.of(1, 0) }],
  ["030000007c6931010000000100000000000000ff", { dtype: "i8", shape: [1], data: Int8Array.of(-1) }],
  ["030000003c693800000000feffffffffffffff", { dtype: "i64", shape: [], data: BigInt64Array.of(-2n) }],
  ["030000003c6632010000000100000000000000003e", { dtype: "f16", shape: [1], data: Float16Array.of(1.5) }],
  ["030000003c63380100000001000000000000000000803f000000c0", {
    dtype: "c64",
    shape: [1],
    data: Float32Array.of(1, -2),
  }],
  [
    "040000003c6331360200000001000000000000000100000000000000000000000000f03f0000000000000040",
    { dtype: "c128", shape: [1, 1], data: Float64Array.of(1, 2) },
  ],
  ["030000003c75340200000000000000000000000300000000000000", { dtype: "u32", shape: [0, 3], data: new Uint32Array() }],
];

Deno.test("ndarrayPy() reads and writes the bytes of the Python original", () => {
  for (const [hex, array] of written) {
    assert.deepEqual(ndarrayPy().decode(Uint8Array.fromHex(hex)), array);
    assert.equal(ndarrayPy().encode(array).toHex(), hex);
  }
});

Deno.test("ndarrayPy() turns big-endian numbers", () => {
  const big = Uint8Array.fromHex("030000003e66340100000002000000000000003fc00000c0000000");
  assert.deepEqual(ndarrayPy().decode(big), { dtype: "f32", shape: [2], data: Float32Array.of(1.5, -2) });
});

Deno.test("ndarrayPy() says which numbers it does not know", () => {
  const texts = Uint8Array.fromHex("030000003c55320100000001000000000000006100000062000000");
  assert.throws(() => ndarrayPy().decode(texts), /the numbers are "<U2", which is not known/);
  const records = Uint8Array.fromHex("030000007c56380100000001000000000000006100000001000000");
  assert.throws(() => ndarrayPy().decode(records), /the numbers are "\|V8", which is not known/);
});
