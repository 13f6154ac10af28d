import assert from "node:assert/strict";
import fc from "fast-check";
import { checkEntry, formatEntryProblem } from "./check.ts";
import { readEntry, readEntryTable } from "./entries.ts";
import { readForm } from "./import.ts";
import { surveyForm } from "./survey_fixture.ts";
import { makeWorkbook } from "./workbook_fixture.ts";

const nowNs = BigInt(Date.UTC(2026, 10, 21)) * 1_000_000n;
const survey = surveyForm();
const whole = { code: "A1", region: "north", "household/people": 2 };

const check = (values: Record<string, unknown>, language?: string) =>
  checkEntry(survey, values, { nowNs, ...(language !== undefined && { language }) });
const said = (values: Record<string, unknown>, language?: string) =>
  check(values, language).problems.map(formatEntryProblem);

Deno.test("checkEntry() has nothing to say of an entry that fits", () => {
  assert.deepEqual(said(whole), []);
  assert.deepEqual(said({ ...whole, "household/member[1]/name": "Ana", "household/member[1]/age": 5 }), []);
});

Deno.test("checkEntry() names the field, the rule, and says it in the form's own words", () => {
  assert.deepEqual(said({}), [
    "code: required: No house without a code",
    "region: required: an answer is missing",
    "household/people: required: an answer is missing",
  ]);
  assert.deepEqual(said({ ...whole, "household/people": 41 }), [
    "household/people: constraint: A1: between 1 and 40 people",
  ]);
  assert.deepEqual(said({ ...whole, "household/people": 0 }, "Français (fr)"), [
    "household/people: constraint: Entre 1 et 40 personnes",
  ]);
  assert.deepEqual(said({ ...whole, phone: "12" }), [
    `phone: constraint: expected regex(., '^[0-9]{6,12}$'), found "12"`,
  ]);
  assert.deepEqual(said({ ...whole, mood: 6 }), ["mood: range: expected 1 to 5, found 6"]);
});

Deno.test("checkEntry() compares types, choices and choice filters", () => {
  assert.deepEqual(said({ ...whole, "household/people": "2" }), [
    "household/people: type: expected a number, found a text",
  ]);
  assert.deepEqual(said({ ...whole, region: "nord" }), ['region: choice: "nord" is no choice; there are north, south']);
  assert.deepEqual(said({ ...whole, district: "s1" }), [
    'district: choice: "s1" is offered only where region=${region}',
  ]);
  assert.deepEqual(said({ ...whole, "household/needs": ["water"], "household/water": 3 }), []);
  assert.deepEqual(said({ ...whole, cod: "x" }), ['cod: name: the form has no such field; did you mean "code"?']);
});

Deno.test("checkEntry() asks for what is relevant, and only warns of what is not any more", () => {
  assert.deepEqual(said({ ...whole, "household/needs": ["water"] }), [
    "household/water: required: an answer is missing",
  ]);
  const { problems } = check({ ...whole, "household/water": 3 });
  assert.deepEqual(problems.map(({ rule, level }) => [rule, level]), [["relevant", "warning"]]);
});

Deno.test("checkEntry() looks at each instance of a repeat by itself", () => {
  const values = {
    ...whole,
    "household/member[1]/name": "Ana",
    "household/member[1]/age": 5,
    "household/member[k7]/age": 130,
    "household/member[2]/born": "2026-11-22",
  };
  const { problems, computed } = check(values);
  assert.deepEqual(problems.map(formatEntryProblem), [
    "household/member[2]/name: required: an answer is missing",
    "household/member[k7]/name: required: an answer is missing",
    "household/member[k7]/age: constraint: expected . >= 0 and . <= 120, found 130",
    'household/member[2]/born: constraint: expected . <= today(), found "2026-11-22"',
  ]);
  assert.deepEqual(computed, { "household/age_sum": "135" });
  assert.deepEqual(said({ ...whole, "household/member/age": 1 }), [
    "household/member/age: name: household/member repeats: say which one, household/member[1]",
  ]);
});

Deno.test("checkEntry() takes . and functions without an argument for the field that the rule is of", () => {
  const form = readForm(makeWorkbook({
    survey: [
      ["type", "name", "label", "constraint"],
      ["text", "a", "A", "string-length() = 1 and string-length(.) = 1"],
      ["text", "b", "B", "string-length() = 2 and string-length(.) = 2"],
    ],
  }));
  for (let i = 0; i < 2; i++) assert.deepEqual(checkEntry(form, { a: "x", b: "xx" }, { nowNs }).problems, []);
});

Deno.test("checkEntry() says which rules it could not decide, and decides nothing by them", () => {
  const form = readForm(makeWorkbook({
    survey: [
      ["type", "name", "label", "required", "relevant", "constraint", "calculation"],
      ["text", "a", "A", "yes", "pulldata('x', 'y', 'z', 1) = 1"],
      ["text", "b", "B", "", "", "pulldata('x', 'y', 'z', .) = 1"],
      ["select_one_from_file v.csv", "c", "C"],
      ["calculate", "d", "", "", "", "", "pulldata('x', 'y', 'z', ${b})"],
      ["text", "e", "E", "${d} = 'q'", "", ". = ${d}"],
    ],
  }));
  const { problems, unchecked } = checkEntry(form, { b: "1", c: "anything", e: "r" }, { nowNs });
  assert.deepEqual(problems, []);
  assert.deepEqual(unchecked.map(({ field, rule }) => `${field} ${rule}`), [
    ...["a required", "b constraint", "c choice", "d calculation", "e constraint"],
  ]);
});

Deno.test("checkEntry() ends for forms whose fields need each other, and for long chains", () => {
  const rows = Array.from({ length: 3000 }, (_, i) => ["calculate", `c${i}`, "", `\${c${(i + 1) % 3000}} + 1`]);
  const form = readForm(makeWorkbook({ survey: [["type", "name", "label", "calculation"], ...rows] }));
  const { problems, unchecked } = checkEntry(form, {}, { nowNs });
  assert.deepEqual(problems, []);
  assert.match(unchecked[0]!.reason, /too long a chain/);
  const ring = readForm(makeWorkbook({
    survey: [["type", "name", "label", "relevant"], ["text", "a", "A", "${b} = 1"], ["text", "b", "B", "${a} = 1"]],
  }));
  checkEntry(ring, { a: "1", b: "1" }, { nowNs });
});

Deno.test("checkEntry() does no more work than it may, whatever the form asks for", () => {
  const rows = Array.from({ length: 300 }, (_, i) => ["text", `t${i}`, "T", "regex(., '(a{1,40}|b)*c')"]);
  const form = readForm(makeWorkbook({ survey: [["type", "name", "label", "constraint"], ...rows] }));
  const values = Object.fromEntries(rows.map(([, name]) => [name, "a".repeat(50_000)]));
  const { problems, unchecked } = checkEntry(form, values, { nowNs });
  assert.ok(unchecked.length > 200 && problems.length + unchecked.length === 300);
  assert.match(unchecked[0]!.reason, /take too much work/);
});

Deno.test("checkEntry() throws for no values whatever they are", () => {
  const keys = fc.constantFrom(
    ...[
      "code",
      "region",
      "household",
      "household/people",
      "household/needs",
      "household/member[1]/age",
      "__proto__",
      "constructor",
    ],
    ...[
      "household/member[1]/name",
      "household/member[]/age",
      "household/member[2",
      "place",
      "",
      "/",
      "toString[1]",
      "photo",
    ],
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.oneof(keys, fc.string()), fc.oneof(fc.anything(), fc.string(), fc.integer()))),
      (pairs) => {
        const values = Object.fromEntries(pairs);
        for (const { field, message } of check(values).problems) assert.equal(typeof (field + message), "string");
        for (const each of readEntry(survey, values).problems) assert.equal(each.rule, "type");
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("readEntry() takes entries as Kobo has them, by the types of the form", () => {
  const { values, problems } = readEntry(survey, {
    _id: 5,
    "meta/instanceID": "uuid:1",
    code: "007",
    "household/people": "12",
    "household/needs": "water food",
    household: { member: [{ name: "Ana", age: "5" }, { "household/member/age": "x" }] },
  });
  assert.deepEqual(values, {
    code: "007",
    "household/people": 12,
    "household/needs": ["water", "food"],
    "household/member[1]/name": "Ana",
    "household/member[1]/age": 5,
    "household/member[2]/age": undefined,
  });
  assert.deepEqual(problems.map(formatEntryProblem), [
    'household/member[2]/age: type: expected a whole number in digits, found "x"',
  ]);
});

Deno.test("readEntryTable() reads a row as an entry, and names the row", () => {
  const [first, second] = [
    ...readEntryTable(
      survey,
      '\ufeffcode,household/people,household/needs,household/needs/water,_id\r\n007,5,water,1,9\r\n"\'=1",,,,\r\n',
    ),
  ];
  assert.deepEqual(first, {
    row: 2,
    values: { code: "007", "household/people": 5, "household/needs": ["water"] },
    problems: [],
  });
  assert.deepEqual(second, { row: 3, values: { code: "=1" }, problems: [] });
  for (const separator of [";", "\t", ","]) {
    const text = `code${separator}phone\na${separator}b\n`;
    assert.deepEqual([...readEntryTable(survey, text)][0]!.values, { code: "a", phone: "b" });
  }
});

Deno.test("readEntryTable() loses no value silently: columns of one name, cells behind the last column", () => {
  assert.throws(() => [...readEntryTable(survey, "code,phone,code\na,b,c\n")], {
    message: "Cannot read CSV: two columns are named code",
  });
  const [entry] = [...readEntryTable(survey, "code,phone\nA, 1,2,\n")];
  assert.deepEqual(entry!.problems.map(formatEntryProblem), [
    'column 3: name: the table has 2 columns, and this row has "2" behind them',
  ]);
});

Deno.test("readEntryTable() takes answers that are only in the columns of choices, as Kobo writes them if asked to", () => {
  const text = "code;household/needs/water;household/needs/food\na;1;0\nb;True;TRUE\nc;0;0\nd;;\n";
  assert.deepEqual([...readEntryTable(survey, text)].map(({ values }) => values["household/needs"]), [
    ["water"],
    ["water", "food"],
    undefined,
    undefined,
  ]);
});
