import type { NdArray } from "./_ndarray.ts";

/** For tests: one array of each type, with the edges of its range. */
export const everyDType: NdArray[] = [
  { dtype: "bool", shape: [2], data: Uint8Array.of(0, 1) },
  { dtype: "i8", shape: [2], data: Int8Array.of(-128, 127) },
  { dtype: "u8", shape: [1], data: Uint8Array.of(255) },
  { dtype: "i16", shape: [3], data: Int16Array.of(-32768, 0, 32767) },
  { dtype: "u16", shape: [1], data: Uint16Array.of(65535) },
  { dtype: "i32", shape: [2, 1], data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) },
  { dtype: "u32", shape: [1], data: Uint32Array.of(2 ** 32 - 1) },
  { dtype: "i64", shape: [2], data: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n) },
  { dtype: "u64", shape: [1], data: BigUint64Array.of(2n ** 64n - 1n) },
  { dtype: "f16", shape: [3], data: Float16Array.of(1.5, -0, NaN) },
  { dtype: "f32", shape: [2], data: Float32Array.of(NaN, -Infinity) },
  { dtype: "f64", shape: [3], data: Float64Array.of(-0, NaN, Number.MAX_VALUE) },
  { dtype: "c64", shape: [1], data: Float32Array.of(1, -1) },
  { dtype: "c128", shape: [2], data: Float64Array.of(1, -1, 0, 2) },
];
