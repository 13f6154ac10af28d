import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../errors/mod.ts";
import { formatCsvRow } from "../form/mod.ts";
import { linesOf, rowsOf } from "./import_lines.ts";
import { framesOfLines, framesOfTable, type ImportRowsOptions } from "./import_rows.ts";
import { readTime } from "./import_time.ts";
import { createRowReader, readCell } from "./import_values.ts";

const options: ImportRowsOptions = { text: [], bigints: true };
const table = (text: string, more: Partial<ImportRowsOptions> = {}) => [
  ...framesOfTable(rowsOf([text]), { ...options, ...more }),
];
const lines = (text: string, more: Partial<ImportRowsOptions> = {}) => [
  ...framesOfLines(linesOf([text]), { ...options, ...more }),
];

Deno.test("rowsOf() does not depend on how the text is split, and knows the line of each row", () => {
  const cell = fc.string({ unit: fc.constantFrom('"', ",", "\r", "\n", ";", "\t", "a", "ä") });
  const row = fc.array(cell, { minLength: 2, maxLength: 4 });
  fc.assert(fc.property(fc.array(row), fc.array(fc.nat({ max: 200 })), (rows, cuts) => {
    const text = [["h", "i"], ...rows].map((each) => formatCsvRow(each)).join("");
    // The first piece has the first line: in real life it is a megabyte.
    const at = [5, ...cuts.map((cut) => Math.min(5 + cut, text.length)), text.length].sort((a, b) => a - b);
    const read = [...rowsOf(at.map((end, i) => text.slice(i === 0 ? 0 : at[i - 1], end)))];
    assert.deepEqual(read.map(({ row }) => row), [["h", "i"], ...rows]);
    let line = 1;
    for (const { row, line: said } of read) {
      assert.equal(said, line);
      line += 1 + row.join("").split("\n").length - 1;
    }
  }));
});

Deno.test("rowsOf() takes ; and tabs, a byte order mark, and empty lines", () => {
  assert.deepEqual([...rowsOf(['\ufeffa;b\n\n1,5;"x;\ny"\n\n\n2;3'])], [
    { line: 1, row: ["a", "b"] },
    { line: 3, row: ["1,5", "x;\ny"] },
    { line: 7, row: ["2", "3"] },
  ]);
  assert.deepEqual([...rowsOf(["a\tb\n1\t2\n"])].map(({ row }) => row), [["a", "b"], ["1", "2"]]);
  assert.throws(() => [...rowsOf(['a,b\n1,2\n3,"x'])], /at line 3: a quote is not closed/);
});

Deno.test("readTime() is exact for each way to write a time", () => {
  assert.equal(readTime("1777629600000000001", "ns"), 1777629600000000001n);
  assert.equal(readTime("1777629600.123456789", "s"), 1777629600123456789n);
  assert.equal(readTime("1777629600123.4", "ms"), 1777629600123400000n);
  assert.equal(readTime("1777629600123456", "us"), 1777629600123456000n);
  assert.equal(readTime(" 2026-05-01T10:00:00.000000001Z ", undefined), 1777629600000000001n);
  assert.equal(readTime("2026-05-01 12:00:00+02:00", "iso"), 1777629600000000000n);
  for (const [text, format] of [["12:00", "iso"], ["x", "s"], ["-5", "s"], ["1e9", "ms"], ["", "ns"], ["50%", "iso"]]) {
    assert.equal(typeof readTime(text!, format as "iso"), "object", text);
  }
  assert.match((readTime("1777629600", undefined) as { problem: string }).problem, /say --time-format s, ms, us or ns/);
  assert.match((readTime("9".repeat(20), "s") as { problem: string }).problem, /2262/);
  for (const [text, format] of [["-5", "s"], ["-0.5", "ms"], ["1969-12-31T23:59:59Z", "iso"]] as const) {
    assert.match((readTime(text, format) as { problem: string }).problem, /is before 1970/);
  }
});

Deno.test("cells are numbers, truth values and JSON where they are, and text where they are not", () => {
  const read = [
    "1.5",
    "-0",
    "1e3",
    "007",
    "+1",
    "true",
    "[1,2]",
    "[1",
    "NaN",
    "'=x",
    "1.50",
    "",
    "12345678901234567890",
  ];
  assert.deepEqual(read.map((text) => readCell(text, true)), [
    ...[1.5, -0, 1000, "007", "+1", true, [1, 2], "[1", NaN, "=x", 1.5, "", 12345678901234567890n],
  ]);
  assert.equal(readCell("12345678901234567890", false), "12345678901234567890");
});

Deno.test("names with dots are objects inside others, counted ones lists", () => {
  const read = (names: readonly (string | undefined)[], cells: readonly string[]) =>
    createRowReader(names, { text: new Set(["zip"]), bigints: true })(cells);
  assert.deepEqual(read(["pose.x", "pose.at.0", "pose.at.1", "zip", undefined], ["1", "2", "", "0123", "9"]), {
    pose: { x: 1, at: [2, null] },
    zip: "0123",
  });
  assert.deepEqual(read(["a", "a.b", '"c.d"'], ["1", "2", "3"]), { a: 1, "a.b": 2, "c.d": 3 });
  assert.deepEqual(read(["value"], ["7"]), 7);
  assert.deepEqual(read(["1", "0"], ["a", ""]), { 1: "a" });
  assert.deepEqual(read(["a..b", ".c"], ["1", "2"]), { "a..b": 1, ".c": 2 });
});

Deno.test("the time column is the one that is called so, or that is named", () => {
  assert.deepEqual(table("lat,time\n59,2026-05-01T10:00Z\n"), [
    { line: 2, timeNs: 1777629600000000000n, value: { lat: 59 } },
  ]);
  assert.deepEqual(table("when,lat\n5,59\n", { time: "when", format: "s" }), [
    { line: 2, timeNs: 5_000_000_000n, value: { lat: 59 } },
  ]);
  const hints: readonly [string, Partial<ImportRowsOptions>, RegExp][] = [
    ["a,b\n1,2\n", {}, /--time names it; there is a, b/],
    ["tiem,b\n1,2\n", { time: "time" }, /did you mean "tiem"\?/],
    ["time,b\n1,2\n", { text: ["bb"] }, /did you mean "b"\?/],
  ];
  for (const [text, more, hint] of hints) {
    assert.throws(() => table(text, more), (error) => isTinmanError(error, "CONFIG") && hint.test(error.hint!));
  }
});

Deno.test("a row that is no frame says why, with its line", () => {
  assert.deepEqual(table("time_ns,a\n1\nx,2\n3,4\n"), [
    { line: 2, problem: "it has 1 cells, and there are 2 columns" },
    { line: 3, problem: 'its time "x" is not a number of ns since 1970' },
    { line: 4, timeNs: 3n, value: { a: 4 } },
  ]);
  const read = lines('[1]\n\n{"a":1}\n{"time":5}\n{"t":"2026-05-01","a":2}\n');
  assert.deepEqual(read.map(({ line, ...row }) => [line, "problem" in row ? row.problem : row.value]), [
    [1, "it is no object in JSON"],
    [3, "it has no time: --time names it; there is a"],
    [4, "its time 5 may be seconds or nanoseconds: say --time-format s, ms, us or ns"],
    [5, { a: 2 }],
  ]);
});

Deno.test("nanoseconds in JSON are exact although a float cannot hold them", () => {
  const text = '{"ts":1777629600000000001,"inner":{"ts":5},"a":1}';
  assert.deepEqual(lines(text, { format: "ns" }), [
    { line: 1, timeNs: 1777629600000000001n, value: { inner: { ts: 5 }, a: 1 } },
  ]);
});

Deno.test("what log export wrote needs no option, in either format", () => {
  const csv = "time_ns,time,lat,value.time,value.x\r\n7,1970-01-01T00:00:00.000000007Z,1,2,3\r\n";
  assert.deepEqual(table(csv), [{ line: 2, timeNs: 7n, value: { lat: 1, time: 2, value: { x: 3 } } }]);
  const own = (channel: string, more: object) => JSON.stringify({ channel, timeNs: "7", time: "…", index: 0, ...more });
  const text = [own("a", { value: [1] }), own("b", { value: 2 }), own("a", { bytes: "c1", error: "no" })].join("\n");
  assert.deepEqual(lines(text), [
    { line: 1, timeNs: 7n, value: [1] },
    { line: 2, problem: 'it is of channel "b", those before of "a": log export -c takes one' },
    { line: 3, problem: "it is a frame that did not decode" },
  ]);
});
