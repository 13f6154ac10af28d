import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../errors/mod.ts";
import { formatCsvRow, parseCsv, unguardCell } from "../form/mod.ts";
import { Columns, formatCell } from "./export_columns.ts";

/** The columns of these values, and the cells of each. */
function tableOf(values: readonly unknown[], taken: readonly string[] = []) {
  const columns = new Columns();
  for (const value of values) columns.see(value);
  const names = columns.names(taken);
  return [names, ...values.map((value) => columns.cells(value))];
}

Deno.test("a plain value is the column value", () => {
  assert.deepEqual(tableOf([1.5, -0, "x", null, true, 7n]), [["value"], ["1.5"], ["-0"], ["x"], [""], ["true"], ["7"]]);
});

Deno.test("fields inside others are columns with dots, in the order in which they were seen", () => {
  const values = [{ a: 1, pose: { x: 2 } }, { pose: { y: 3, x: 4 }, b: 5 }, {}];
  assert.deepEqual(tableOf(values), [
    ["value", "a", "pose.x", "pose.y", "b"],
    ["", "1", "2", "", ""],
    ["", "", "4", "3", "5"],
    ["{}", "", "", "", ""],
  ]);
});

Deno.test("a key with a dot is not taken for a field inside another", () => {
  assert.deepEqual(tableOf([{ "a.b": 1, a: { b: 2 }, "": 3 }])[0], ['"a.b"', "a.b", '""']);
});

Deno.test("lists of one length are a column for each item, others one cell with JSON", () => {
  const values = [
    { xyz: Float32Array.of(1, 2, 3), tags: ["a"], path: [[1, 2]], long: new Float64Array(17), none: [] },
    { xyz: [4, null, 6], tags: ["a", "=b"], path: [[3, 4]], long: new Float64Array(17), none: [] },
  ];
  const [names, first, second] = tableOf(values);
  assert.deepEqual(names, ["xyz.0", "xyz.1", "xyz.2", "tags", "path", "long", "none"]);
  const zeros = `[${new Array(17).fill(0)}]`;
  assert.deepEqual(first, ["1", "2", "3", '["a"]', "[[1,2]]", zeros, "[]"]);
  assert.deepEqual(second, ["4", "", "6", '["a","=b"]', "[[3,4]]", zeros, "[]"]);
});

Deno.test("a place that has now a value, now a list, now fields loses none of them", () => {
  const [names, ...rows] = tableOf([{ a: 1 }, { a: [2, 3] }, { a: { b: 4 } }, { a: null }]);
  assert.deepEqual(names, ["a", "a.0", "a.1", "a.b"]);
  assert.deepEqual(rows, [["1", "", "", ""], ["", "2", "3", ""], ["", "", "", "4"], ["", "", "", ""]]);
});

Deno.test("null needs a column only where nothing else is", () => {
  assert.deepEqual(tableOf([{ a: null, b: null }, { a: { x: 1 } }])[0], ["a.x", "b"]);
});

Deno.test("a field that has the name of another column gets value. in front", () => {
  assert.deepEqual(tableOf([{ time: 1, "value.time": 2 }], ["time_ns", "time"])[0], ["value.time", '"value.time"']);
});

Deno.test("bytes are hex, dates ISO, maps fields, sets lists", () => {
  const date = new Date(0);
  const values = [{ bytes: Uint8Array.of(1, 255), date, map: new Map([[1, "x"]]), set: new Set([1, 2]) }];
  assert.deepEqual(tableOf(values), [
    ["bytes", "date", "map.1", "set"],
    ["01ff", "1970-01-01T00:00:00.000Z", "x", "[1,2]"],
  ]);
});

Deno.test("text that a spreadsheet would run is made harmless, numbers stay numbers", () => {
  const cells = ["=1+1", "+1 2a", "-x", "@sum", "\ttab", "fine", "-5"].map(formatCell);
  assert.deepEqual(cells, ["'=1+1", "'+1 2a", "'-x", "'@sum", "'\ttab", "fine", "-5"]);
  assert.deepEqual([-1e-7, -Infinity, NaN].map(formatCell), ["-1e-7", "-Infinity", "NaN"]);
});

Deno.test("keys without number are TOO_LARGE for a table, not for the memory", () => {
  const columns = new Columns();
  assert.throws(() => {
    for (let i = 0; i < 1e6; i++) columns.see({ [`key ${i}`]: i });
  }, (error) => isTinmanError(error, "TOO_LARGE") && /jsonl/.test(error.hint!));
});

Deno.test("whatever the texts are, a row reads back as it was", () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom('"', ",", "\r", "\n", "=", "'", ";", "a", " ") }),
  );
  fc.assert(fc.property(fc.array(fc.record({ a: text, b: text }), { minLength: 1 }), (values) => {
    const [names, ...rows] = tableOf(values);
    const csv = [names!, ...rows].map((row) => formatCsvRow(row)).join("");
    const read = [...parseCsv(csv)].map(({ cells }) => cells.map(unguardCell));
    assert.deepEqual(read, [["a", "b"], ...values.map(({ a, b }) => [a, b])]);
  }));
});

Deno.test("any value has as many cells as there are columns, and no cell is lost", () => {
  fc.assert(fc.property(fc.array(fc.anything({ maxDepth: 4, withMap: true, withTypedArray: true })), (values) => {
    const [names, ...rows] = tableOf(values);
    assert.equal(new Set(names).size, names!.length);
    for (const row of rows) {
      assert.equal(row.length, names!.length);
      assert.ok(row.every((cell) => typeof cell === "string"));
    }
  }));
});
