import assert from "node:assert/strict";
import { formatLine, NumberLines, type NumbersOptions } from "./numbers.ts";

const readAll = (lines: readonly string[], options?: NumbersOptions) => {
  const reader = new NumberLines(options);
  return lines.map((line) => reader.read(line));
};

Deno.test("NumberLines takes what is between commas, semicolons or blanks, and names it by its place", () => {
  assert.deepEqual(readAll(["1,-2.5", "1; 2e3", "  7\t.5  8 ", "4", "1,,3", "1,R,2"]), [
    { c1: 1, c2: -2.5 },
    { c1: 1, c2: 2000 },
    { c1: 7, c2: 0.5, c3: 8 },
    { c1: 4 },
    { c1: 1, c2: NaN, c3: 3 },
    { c1: 1, c3: 2 },
  ]);
});

Deno.test("NumberLines takes names from a first line without numbers, or as it was told", () => {
  assert.deepEqual(readAll(["time,temp", "1,20.5", "2,cold", "3"]), [
    undefined,
    { time: 1, temp: 20.5 },
    'temp is "cold", expected a number',
    "it has 1 cells, expected 2",
  ]);
  assert.deepEqual(readAll(["x|1|R|2"], { columns: ["", "angle", "", "speed"], separator: "|" }), [{
    angle: 1,
    speed: 2,
  }]);
});

Deno.test("NumberLines reads sentences of NMEA 0183, and looks at their checksum", () => {
  const columns = ["angle", "", "speed"];
  const lines = ["$WIMWV,214.8,R,0.1,K,A*28", "$WIMWV,214.8,R,0.1,K,A*29", "$GPGGA,1", "$WIMWV,1,R,2", "$WIMWV,R*5A"];
  assert.deepEqual(readAll(lines, { columns, prefix: "$WIMWV" }), [
    { angle: 214.8, speed: 0.1 },
    "its checksum is 28, it says 29",
    undefined,
    { angle: 1, speed: 2 },
    "its checksum is 2C, it says 5A",
  ]);
  assert.deepEqual(readAll(["$WIMWV,R,K"]), ["there is no number in it"]);
});

Deno.test("formatLine() writes rows, lists, numbers and text", () => {
  assert.equal(formatLine({ time_us: 5, left: 1, right: -0.5 }), "1,-0.5");
  assert.equal(formatLine({ a: 1, b: 2 }, { columns: ["b", "c", "a"], separator: " ", prefix: "SET " }), "SET 2  1");
  assert.deepEqual([formatLine(7), formatLine([1, NaN, 3]), formatLine("go")], ["7", "1,,3", "go"]);
  assert.throws(() => formatLine({ a: "x" }), {
    code: "CODEC",
    message: /the message is string in it, not text or numbers/,
  });
  for (const bad of [null, {}, true, new Uint8Array(2)]) assert.throws(() => formatLine(bad), { code: "CODEC" });
});

Deno.test("what formatLine() writes, NumberLines reads", () => {
  const row = { a: 0.1, b: -1e-300, c: 1.7976931348623157e308 };
  assert.deepEqual(readAll([formatLine(row)], { columns: ["a", "b", "c"] }), [row]);
});
