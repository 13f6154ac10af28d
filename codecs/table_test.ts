// Equivalents of the original's pandas_codec_test.py: test_encode_decode_numeric, _various_dtypes, test_large_dataframe,
// test_oblog_integration (the header test of the suite), test_empty_dataframe, test_single_row_dataframe, test_many_columns,
// test_zero_copy_view, test_data_integrity (the property of the suite).
import assert from "node:assert/strict";
import fc from "fast-check";
import { testCodec } from "tinman/testing";
import { type Table, table, tableKind, type TableValue } from "./table.ts";

const various: Table = {
  i8: Int8Array.of(-1, 2),
  u8: Uint8Array.of(1, 255),
  i16: Int16Array.of(-1, 2),
  u16: Uint16Array.of(1, 65535),
  i32: Int32Array.of(-1, 2),
  u32: Uint32Array.of(1, 2),
  i64: BigInt64Array.of(-1n, 2n),
  u64: BigUint64Array.of(1n, 2n),
  f16: Float16Array.of(0.5, NaN),
  f32: Float32Array.of(0.5, -0),
  f64: Float64Array.of(NaN, Infinity),
  text: ["", "Grüße \u{1f980}"],
  ascii: ["plain", ""],
  bool: [true, false],
};
const columns = { timeUs: "u64", celsius: "f32", place: "text", ok: "bool" } as const;
const typed: TableValue<typeof columns> = {
  timeUs: BigUint64Array.of(1n),
  celsius: Float32Array.of(21.5),
  place: ["roof"],
  ok: [true],
};

testCodec<Table>({
  name: "table()",
  test: Deno.test,
  create: () => table(),
  kind: tableKind,
  values: [
    {},
    various,
    { empty: new Float64Array(), none: [] },
    { one: Float64Array.of(1) },
    Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`column ${i}`, Float64Array.of(i, i + 0.5)])),
    { "": Int8Array.of(1), "é": Int8Array.of(2), constructor: Int8Array.of(3) },
  ],
  arbitrary: fc.array(fc.tuple(fc.double(), fc.string(), fc.boolean())).map((rows) => ({
    numbers: Float64Array.from(rows, ([number]) => number),
    texts: rows.map(([, text]) => text),
    ...(rows.length > 0 && { truths: rows.map(([, , truth]) => truth) }),
  })),
  refused: [
    {
      value: { a: new Float64Array(2), b: new Int8Array(3) },
      message: /^Codec "table": Cannot encode at \.b: got .* expected 2 rows like \.a$/,
    },
    { value: { a: ["x", 5] }, message: /at \.a\[1\]: got number 5, expected text/ },
    { value: { a: [true, "x"] }, message: /at \.a\[1\]: got text "x", expected true or false/ },
    { value: { a: [1, 2] }, message: /at \.a\[0\]: got number 1/ },
    { value: { a: ["half \ud83e", "\udd80 half"] }, message: /at \.a\[0\]: .* expected text of whole characters/ },
    { value: { a: 5 }, message: /at \.a: got number 5, expected a typed array, an array of texts or of truth values/ },
    { value: [new Float64Array(1)], message: /got array of 1, expected an object of columns/ },
  ],
});

testCodec<TableValue<typeof columns>>({
  name: "table(columns)",
  test: Deno.test,
  create: () => table(columns),
  kind: tableKind,
  values: [typed, { timeUs: new BigUint64Array(), celsius: new Float32Array(), place: [], ok: [] }],
  refused: [
    {
      value: { ...typed, celsius: Float64Array.of(1) },
      message: /at \.celsius: got Float64Array of 8 bytes, expected f32/,
    },
    { value: { ...typed, other: [] }, message: /at \.other: .* expected only the columns timeUs, celsius, place, ok/ },
    { value: { ...typed, place: undefined }, message: /at \.place: got undefined, expected text/ },
  ],
});

Deno.test("table() gives columns of numbers as views into the frame", () => {
  const data = Float64Array.from({ length: 100_000 }, (_, i) => i);
  const frame = table().encode({ id: new Uint8Array(100_000), data });
  const decoded = table({ id: "u8", data: "f64" }).decode(frame);
  assert.equal(decoded.data.buffer, frame.buffer);
  assert.equal(decoded.id.buffer, frame.buffer);
  assert.deepEqual(decoded.data, data);
  assert.equal(frame.length % 8, 0);
});

Deno.test("table(columns) refuses the bytes of a table with other columns", () => {
  const other = table().encode({ a: Float64Array.of(1) });
  assert.throws(() => table({ b: "f64" }).decode(other), /column 0 is a of type f64, expected b of type f64/);
  assert.throws(() => table({ a: "f32" }).decode(other), /column 0 is a of type f64, expected a of type f32/);
  assert.throws(() => table({ a: "f64", b: "f64" }).decode(other), /got 1 columns, expected 2/);
});
