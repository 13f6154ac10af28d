import assert from "node:assert/strict";
import fc from "fast-check";
import { type Row, RowParser, type RowParserOptions, valueOf } from "./parse.ts";
import { cellOf, columnsOf, formatRow } from "./row.ts";

const cells = fc.array(fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('"', "a,b", "\r\n", " x ", "=1", "")), {
  minLength: 1,
  maxLength: 6,
});

Deno.test("RowParser reads what formatRow() writes, however the text is cut", () => {
  fc.assert(fc.property(fc.array(cells), fc.nat(8), fc.constantFrom(",", ";", "\t"), (rows, step, delimiter) => {
    const text = rows.map((row) => formatRow(row, { delimiter, guard: false })).join("");
    const got = parse(text, { delimiter }, step + 1);
    assert.deepEqual(got.map((row) => row.cells.map((cell) => cell.text)), rows);
  }));
});

Deno.test("formatRow() tells empty text from nothing, and valueOf() reads values back", () => {
  const values = [null, "", "text", -1.5, 5e17, true, false, 1_800_000_000_123_456_789n, 0];
  const line = formatRow(values);
  assert.equal(line, ',"",text,-1.5,5e+17,true,false,1800000000123456789,0\r\n');
  assert.deepEqual(parse(line)[0]!.cells.map(valueOf), values);
  assert.equal(formatRow([Uint8Array.of(1, 2), [1, 2n], {}, undefined]), 'AQI=,"[1,""2""]",{},\r\n');
});

Deno.test("valueOf() leaves as text what only looks like a number", () => {
  for (const text of ["007", "+1", "1.", ".5", "1e999", "0x10", "NaN", "99999999999999999999999", " 1", "TRUE"]) {
    assert.equal(valueOf({ text, quoted: false }), text);
  }
  assert.equal(valueOf({ text: "1", quoted: true }), "1");
});

Deno.test("formatRow() keeps spreadsheets from running texts, and leaves numbers alone", () => {
  const texts = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1", "＝1"];
  for (const text of texts) {
    assert.equal(parse(formatRow([text]))[0]!.cells[0]!.text, `'${text}`);
    assert.equal(parse(formatRow([text], { guard: false }))[0]!.cells[0]!.text, text);
  }
  assert.equal(formatRow([-5, "-5", "+49.5", "a=b", -1n]), "-5,-5,+49.5,a=b,-1\r\n");
});

Deno.test("RowParser knows the line of each row, whatever ends it", () => {
  const rows = parse('a,b\r\n1,"x\r\ny"\n\n2,3\r4,5');
  assert.deepEqual(rows.map(({ line, cells }) => [line, cells.length]), [[1, 2], [2, 2], [5, 2], [6, 2]]);
});

Deno.test("RowParser says where the text is not CSV, or over a limit", () => {
  const wrong: readonly (readonly [text: string, options: RowParserOptions, message: RegExp])[] = [
    ['a\nb"c', {}, /line 2 has a quote inside a cell/],
    ['"a"b', {}, /line 1 has "b" behind the end of a quoted cell/],
    ['x\n"a\nb', {}, /the row from line 2 has a quoted cell that is never closed/],
    ["a\nbcdefg", { maxRow: 5 }, /line 2 is longer than 5 characters/],
    ["a,b,c", { maxCells: 2 }, /line 1 has more than 2 cells/],
  ];
  for (const [text, options, message] of wrong) assert.throws(() => parse(text, options), message, text);
});

Deno.test("columnsOf() and cellOf() go into objects, and not into what is no field", () => {
  const message = { time: 1n, position: { x: 1, y: { z: [2] } }, "a.b": 3, empty: {} };
  assert.deepEqual(columnsOf(message), ["time", "position.x", "position.y.z", "a.b", "empty"]);
  assert.deepEqual(columnsOf(message).map((column) => cellOf(message, column)), [1n, 1, [2], 3, {}]);
  for (const column of ["toString", "position.constructor", "__proto__", "position.x.y", "."]) {
    assert.equal(cellOf(message, column), undefined);
  }
  assert.deepEqual([columnsOf(5), cellOf(5, "value"), cellOf(5, "x")], [["value"], 5, undefined]);
});

function parse(text: string, options?: RowParserOptions, step = 1000): Row[] {
  const parser = new RowParser(options);
  const rows: Row[] = [];
  for (let at = 0; at < text.length; at += step) rows.push(...parser.push(text.slice(at, at + step)));
  return [...rows, ...parser.end()];
}
