import assert from "node:assert/strict";
import fc from "fast-check";
import { formatDate } from "./dates.ts";
import type { FieldType, FormValue } from "./schema.ts";
import { fieldTypes } from "./schema.ts";
import { formatValue, parseValue, unfit } from "./value.ts";

const value = (type: FieldType, text: string) => {
  const parsed = parseValue({ type }, text);
  return "value" in parsed ? parsed.value : parsed.problem;
};

Deno.test("parseValue() goes by the type of the field, never by how the text looks", () => {
  assert.equal(value("text", "007"), "007");
  assert.equal(value("text", " 1e5 "), " 1e5 ");
  assert.equal(value("text", "true"), "true");
  assert.equal(value("integer", "007"), 7);
  assert.equal(value("decimal", "-1.50"), -1.5);
  assert.equal(value("decimal", "-0"), 0);
  assert.equal(value("boolean", "true"), true);
  assert.deepEqual(value("select_multiple", " a  b "), ["a", "b"]);
  assert.equal(value("geopoint", " 1.50 -3 "), "1.5 -3");
  assert.equal(value("time", "10:30+0100"), "10:30:00+01:00");
  assert.equal(value("datetime", "2026-11-21 10:30"), "2026-11-21T10:30:00");
  for (const type of fieldTypes) assert.equal(value(type, ""), undefined);
});

Deno.test("parseValue() refuses what is no number in digits, and says how it is written", () => {
  assert.match(value("integer", "1_000") as string, /found "1_000"; thousands have no sign/);
  assert.match(value("integer", "١٢") as string, /the digits are 0 to 9/);
  assert.match(value("integer", "nan") as string, /whole number in digits, found "nan"/);
  assert.match(value("integer", "1.0") as string, /whole number/);
  assert.match(value("integer", "9007199254740993") as string, /text field/);
  assert.match(value("decimal", "1,5") as string, /the decimal sign is a point/);
  for (const text of ["1e5", "0x10", "Infinity", "NaN", ".", "", "--1", "1 2"]) {
    if (text !== "") assert.match(value("decimal", text) as string, /expected a number/, text);
  }
});

Deno.test("parseValue() knows the calendar, the globe and what a file may be called", () => {
  assert.equal(value("date", "2024-02-29"), "2024-02-29");
  for (const text of ["2023-02-29", "2026-13-01", "2026-1-1", "21.11.2026", "0000-01-01"]) {
    assert.match(value("date", text) as string, /expected a day/, text);
  }
  assert.match(value("time", "24:00") as string, /expected a time/);
  assert.match(value("datetime", "2026-11-21T10:30:00+15:00") as string, /expected a day and a time/);
  assert.match(value("geopoint", "91 0") as string, /latitude goes from -90 to 90/);
  assert.match(value("geopoint", "52,1 4,3") as string, /expected a number, found "52,1"/);
  assert.match(value("geoshape", "0 0;0 1;1 1;1 0") as string, /ends where it begins/);
  assert.equal(value("geoshape", "0 0;0 1;1 1;0 0;"), "0 0;0 1;1 1;0 0");
  assert.match(value("image", "../x.jpg") as string, /without its folder/);
  assert.match(value("select_multiple", "a b a") as string, /"a" is chosen twice/);
});

const day = fc.integer({ min: -500_000, max: 2_000_000 }).map(formatDate);
const name = fc.stringMatching(/^[a-z_][a-z0-9_.-]{0,8}$/);
const degrees = (most: number) => fc.double({ min: -most, max: most, noNaN: true }).map((x) => x === 0 ? 0 : x);
const point = fc.tuple(degrees(90), degrees(180)).map(([a, b]) => formatValue(a) + " " + formatValue(b));
const cases: readonly (readonly [FieldType, fc.Arbitrary<FormValue>])[] = [
  ["text", fc.string({ minLength: 1, unit: "grapheme" })],
  ["integer", fc.maxSafeInteger().map((n) => n === 0 ? 0 : n)],
  ["decimal", fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n === 0 ? 0 : n)],
  ["boolean", fc.boolean()],
  ["date", day],
  ["datetime", fc.tuple(day, fc.constantFrom("T10:30:00", "T23:59:59.25Z", "T00:00:00-03:30")).map((p) => p.join(""))],
  ["select_multiple", fc.uniqueArray(name, { minLength: 1 })],
  ["geopoint", point],
  ["geotrace", fc.array(point, { minLength: 2, maxLength: 5 }).map((points) => points.join(";"))],
];

for (const [type, values] of cases) {
  Deno.test(`formatValue() of ${type} reads back as the same value, which fits its field`, () => {
    fc.assert(fc.property(values, (expected) => {
      assert.equal(unfit({ type }, expected), undefined);
      assert.deepEqual(parseValue({ type }, formatValue(expected)), { value: expected });
    }));
  });
}

Deno.test("parseValue() answers for any text of any type, and what it gives is in its one form", () => {
  fc.assert(fc.property(fc.constantFrom(...fieldTypes), fc.string(), (type, text) => {
    const parsed = parseValue({ type }, text);
    if (!("value" in parsed) || parsed.value === undefined) return;
    assert.equal(unfit({ type }, parsed.value), undefined);
    assert.deepEqual(parseValue({ type }, formatValue(parsed.value)), parsed);
  }));
});

Deno.test("unfit() names what is there and what should be", () => {
  assert.match(unfit({ type: "integer" }, "5")!, /expected a number, found a text/);
  assert.match(unfit({ type: "integer" }, 1.5)!, /whole number/);
  assert.match(unfit({ type: "select_multiple" }, [])!, /at least one choice/);
  assert.match(unfit({ type: "geopoint" }, "1.50 2")!, /expected "1.5 2", the same in its own form/);
  for (const type of fieldTypes) assert.notEqual(unfit({ type }, { a: 1 }), undefined);
});

Deno.test("parseValue() takes no longer for a text that is made to take long", () => {
  const start = Date.now();
  for (const type of fieldTypes) {
    for (const text of [" ".repeat(99_998) + "x", "1".repeat(99_999), "a ".repeat(49_999), "0 0;".repeat(24_999)]) {
      parseValue({ type }, text);
    }
  }
  assert.ok(Date.now() - start < 2000);
});

Deno.test("parseValue() reads what Collect and spreadsheets write", () => {
  const read = (type: FieldType, text: string) => parseValue({ type }, text);
  assert.deepEqual(read("datetime", "2012-10-23T10:15:47.000-04"), { value: "2012-10-23T10:15:47-04:00" });
  assert.deepEqual(read("datetime", "2012-10-23T10:15:47.000+0530"), { value: "2012-10-23T10:15:47+05:30" });
  assert.deepEqual(read("time", "10:15:47.000+02"), { value: "10:15:47+02:00" });
  assert.deepEqual([read("boolean", "TRUE"), read("boolean", "False")], [{ value: true }, { value: false }]);
  assert.deepEqual(read("integer", "5.0"), {
    problem: 'expected a whole number in digits, found "5.0"; a whole number has no point',
  });
});
