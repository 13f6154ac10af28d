import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../errors/mod.ts";
import { formatCsvRow, guardCell, parseCsv, unguardCell } from "./csv.ts";
import { readEntryTable } from "./entries.ts";
import { csvTables, exportCsv } from "./export_csv.ts";
import { exportGeoJson } from "./export_geojson.ts";
import { exportJsonLines } from "./export_jsonl.ts";
import { readForm } from "./import.ts";
import type { ExportRecord } from "./record.ts";
import { surveyForm } from "./survey_fixture.ts";
import { makeWorkbook } from "./workbook_fixture.ts";

const survey = surveyForm();
const records: readonly ExportRecord[] = [
  {
    id: "R-1",
    form: "households",
    createdBy: "ana",
    createdAt: "2026-11-21T10:00:00Z",
    fields: {
      code: "=HYPERLINK(1)",
      place: "-1.5 3 0 4",
      "household/needs": ["food", "other"],
      "household/needs_other": 'tents; and "rope"',
      "household/member[1]/name": "Ana",
      "household/member[2]/name": "Ben",
      "household/member[2]/age": 7,
      asked_before: 3,
    },
    notes: [{ text: "gate is shut" }, { text: "=2" }],
    attachments: [{ name: "door.jpg" }],
  },
  { id: "R-2", form: "households", createdBy: "ben", fields: { "household/member[1]/name": "Cy" } },
];

function table(text: string): Record<string, string>[] {
  const [head, ...rows] = [...parseCsv(text)];
  return rows.map(({ cells }) => Object.fromEntries(head!.cells.map((name, i) => [name, cells[i]!])));
}

Deno.test("exportCsv() has the columns of Kobo: paths, choices as 0 and 1, the parts of a place", () => {
  const [first, second] = table([...exportCsv(survey, records)].join("")) as [
    Record<string, string>,
    Record<string, string>,
  ];
  assert.equal(first.code, "'=HYPERLINK(1)");
  assert.deepEqual([
    first["household/needs"],
    first["household/needs/water"],
    first["household/needs/food"],
    first["household/needs/other"],
  ], [
    ...["food other", "0", "1", "1"],
  ]);
  assert.deepEqual(
    [first.place, first._place_latitude, first._place_longitude, first._place_altitude, first._place_precision],
    ["-1.5 3 0 4", "-1.5", "3", "0", "4"],
  );
  assert.equal(first["household/needs_other"], 'tents; and "rope"');
  assert.deepEqual([first._id, first._submission_time, first._submitted_by, first._index, first.__version__], [
    ...["R-1", "2026-11-21T10:00:00Z", "ana", "1", "2026111"],
  ]);
  assert.equal(first._notes, "gate is shut\n=2");
  assert.equal(first._other, '{"asked_before":3}');
  assert.equal(second["household/needs/food"], "");
  assert.ok(!("welcome" in first) && !("household/member/name" in first));
});

Deno.test("exportCsv() makes a table of each repeat, tied to the rows around it", () => {
  assert.deepEqual(csvTables(survey), ["", "household/member"]);
  const rows = table([...exportCsv(survey, records, { repeat: "household/member" })].join(""));
  assert.deepEqual(
    rows.map((row) => [row["household/member/name"], row._index, row._parent_index, row._submission__id]),
    [
      ["Ana", "1", "1", "R-1"],
      ["Ben", "2", "1", "R-1"],
      ["Cy", "3", "2", "R-2"],
    ],
  );
  assert.throws(() => [...exportCsv(survey, records, { repeat: "x" })], (error) => isTinmanError(error, "NOT_FOUND"));
});

Deno.test("exportCsv() counts the rows of a repeat in a repeat", () => {
  const form = readForm(makeWorkbook({
    survey: [
      ["type", "name", "label"],
      ...[["begin_repeat", "a", "A"], ["text", "x", "X"], ["begin_repeat", "b", "B"], ["text", "y", "Y"], [
        "end_repeat",
      ], ["end_repeat"]],
    ],
  }));
  const fields = { "a[1]/x": "1", "a[2]/b[1]/y": "2", "a[2]/b[2]/y": "3", "a[3]/b[1]/y": "4" };
  const record = { id: "r", form: "form", createdBy: "ana", fields };
  const rows = table([...exportCsv(form, [record], { repeat: "a/b" })].join(""));
  assert.deepEqual(rows.map((row) => [row["a/b/y"], row._parent_index]), [["2", "2"], ["3", "2"], ["4", "3"]]);
});

Deno.test("exportCsv() begins with a byte order mark when asked, and takes Kobo's separator", () => {
  const text = [...exportCsv(survey, [], { bom: true, separator: ";" })].join("");
  assert.ok(text.startsWith("\ufeffstart;today;code;"));
});

Deno.test("what readEntryTable() reads of exportCsv() is what was exported", () => {
  const { member: _, ...plain } = { ...records[0]!.fields, member: 0 };
  const fields = Object.fromEntries(
    Object.entries(plain).filter(([key]) => !key.includes("[") && key !== "asked_before"),
  );
  const text = [...exportCsv(survey, [{ ...records[0]!, fields }])].join("");
  assert.deepEqual([...readEntryTable(survey, text)].map(({ values }) => values), [fields]);
});

Deno.test("what readEntryTable() reads of exportCsv() is what was exported, whatever the texts are", () => {
  const unit = fc.oneof(fc.constantFrom(..."=+-@'\",;\t\r\n a1.＝\u00a0"), fc.string());
  const text = fc.string({ unit }).filter((text) => text !== "");
  const values = fc.record({
    code: text,
    "household/people": fc.maxSafeInteger(),
    "household/needs": fc.uniqueArray(fc.constantFrom("water", "food", "other"), { minLength: 1 }),
    "household/needs_other": text,
  }, { requiredKeys: [], noNullPrototype: true });
  const separators = fc.constantFrom(",", ";", "\t");
  fc.assert(fc.property(fc.array(values), separators, fc.boolean(), (all, separator, bom) => {
    const given = all.map((fields, i): ExportRecord => ({ id: `R-${i}`, form: "households", createdBy: "a", fields }));
    const table = [...exportCsv(survey, given, { separator, bom })].join("");
    const read = [...readEntryTable(survey, table)];
    assert.deepEqual(read.map(({ values }) => values), all);
    assert.deepEqual(read.flatMap(({ problems }) => problems), []);
  }));
});

Deno.test("formatCsvRow() and guardCell() read back as the same, and no cell is left that a spreadsheet would run", () => {
  const cell = fc.string({ unit: fc.constantFrom(..."=+-@'\",;\t\r\n a1.＝") });
  fc.assert(
    fc.property(
      fc.array(fc.oneof(cell, fc.string()), { minLength: 2 }),
      fc.constantFrom(",", ";", "\t"),
      (cells, separator) => {
        const guarded = cells.map(guardCell);
        const [row] = [...parseCsv(formatCsvRow(guarded, separator), separator)];
        assert.deepEqual(row!.cells, guarded);
        assert.deepEqual(guarded.map(unguardCell), cells);
        for (const each of guarded) {
          assert.ok(
            !/^\s*[=+@]/.test(each) && (!/^\s*-/.test(each) || /^[-0-9 .;]*$/.test(each)),
            each,
          );
        }
      },
    ),
  );
});

Deno.test("parseCsv() says where a quote is not closed", () => {
  assert.throws(() => [...parseCsv('a,b\r\n"x')], /row 2: a quote is not closed/);
  assert.deepEqual([...parseCsv("\n\na,b")], [{ row: 3, cells: ["a", "b"] }]);
});

Deno.test("exportGeoJson() has longitude first, rings that turn left, and null where no place is", () => {
  const form = readForm(makeWorkbook({
    survey: [["type", "name", "label"], ["geoshape", "area", "A"], ["geotrace", "way", "W"], ["geopoint", "at", "P"]],
  }));
  const fields = [
    { area: "0 0;0 2;2 2;2 0;0 0", note: 1 },
    { area: "0 0;2 0;2 2;0 2;0 0" },
    { way: "1 2 3 4;5 6" },
    { at: "10 20" },
    { at: "nowhere" },
  ];
  const all = fields.map((fields, i) => ({ id: `r${i}`, form: "form", createdBy: "ana", fields }));
  const read = (options = {}) => JSON.parse([...exportGeoJson(form, all, options)].join(""));
  const { type, features } = read();
  assert.equal(type, "FeatureCollection");
  assert.deepEqual(features.map((each: { geometry: unknown }) => each.geometry), [
    { type: "Polygon", coordinates: [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]] },
    { type: "Polygon", coordinates: [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]] },
    { type: "LineString", coordinates: [[2, 1, 3], [6, 5]] },
    { type: "Point", coordinates: [20, 10] },
    null,
  ]);
  assert.equal(features[0].properties.note, 1);
  assert.equal(features[0].properties._id, "r0");
  assert.equal(read({ geometry: "way" }).features[3].geometry, null);
  assert.throws(() => read({ geometry: "x" }), (error) => isTinmanError(error, "NOT_FOUND"));
  assert.deepEqual(JSON.parse([...exportGeoJson(form, [])].join("")).features, []);
});

Deno.test("exportGeoJson() takes no place of a repeat for that of the record, and says so when asked to", () => {
  const form = readForm(makeWorkbook({
    survey: [["type", "name", "label"], ["geotrace", "way", "W"], ["begin repeat", "stop", "S"], [
      "geopoint",
      "at",
      "P",
    ], [
      "end repeat",
    ]],
  }));
  assert.throws(() => [...exportGeoJson(form, [], { geometry: "stop/at" })], {
    message: "Cannot export stop/at: the form has no such place; it has way",
  });
  const record = { id: "r", form: "form", createdBy: "ana", fields: { way: "0 179;2 -179" } };
  assert.deepEqual(JSON.parse([...exportGeoJson(form, [record])].join("")).features[0].geometry, {
    type: "MultiLineString",
    coordinates: [[[179, 0], [180, 1]], [[-180, 1], [-179, 2]]],
  });
});

Deno.test("exportGeoJson() ends a ring in the position in which it begins, whatever its altitude was at the end", () => {
  const form = readForm(makeWorkbook({ survey: [["type", "name", "label"], ["geoshape", "area", "A"]] }));
  const record = { id: "r", form: "form", createdBy: "ana", fields: { area: "0 0 5 1;0 2;2 2;0 0 7 1" } };
  const [feature] = JSON.parse([...exportGeoJson(form, [record])].join("")).features;
  assert.deepEqual(feature.geometry.coordinates, [[[0, 0, 5], [2, 0], [2, 2], [0, 0, 5]]]);
});

Deno.test("exportJsonLines() keeps every value in its own type", () => {
  const lines = [...exportJsonLines(records)].map((line) => JSON.parse(line));
  assert.deepEqual(lines[0].fields, records[0]!.fields);
  assert.deepEqual(lines[1], { ...records[1], notes: [], attachments: [] });
});
