import assert from "node:assert/strict";
import { checkEntry } from "./check.ts";
import { importForm, readForm } from "./import.ts";
import { formatProblem } from "./problems.ts";
import { type Cell, makeWorkbook } from "./workbook_fixture.ts";

type Rows = readonly (readonly Cell[])[];

function problemsOf(survey: Rows, choices: Rows = [], settings: Rows = []): string[] {
  const { problems } = importForm(makeWorkbook({ survey, choices, settings }));
  return problems.map((each) => `${each.level}: ${formatProblem(each)}`);
}

const head = ["type", "name", "label", "constraint", "relevant"];
const cities = [["list_name", "name", "label"], ["city", "New York", "N"], ["city", "LA", "L"]];

Deno.test("importForm() takes any number of columns that say nothing of what is stored", () => {
  const survey = [
    ["type", "name", "label", "intent", "autoplay", "rows", "notes", "comment"],
    ["text", "a", "A", "ex:x", "video", 5, "one", "two"],
  ];
  const settings = [
    ["form_id", "id_string", "style", "instance_name", "public_key", "submission_url", "auto_send"],
    ["wells", "old_wells", "pages", "${a}", "key", "https://example.org", "yes"],
  ];
  const { form, problems } = importForm(makeWorkbook({ survey, settings }));
  assert.deepEqual(problems, []);
  assert.equal(form!.id, "wells");
  assert.equal(readForm(makeWorkbook({ survey, settings: [["id_string"], ["old_wells"]] })).id, "old_wells");
});

Deno.test("importForm() names a note without a name as pyxform does, and nothing else", () => {
  const form = readForm(makeWorkbook({ survey: [head, ["note", "", "Hello"], ["text", "a", "A"]] }));
  assert.deepEqual(form.fields.map(({ path }) => path), ["generated_note_name_2", "a"]);
  assert.deepEqual(problemsOf([head, ["text", "", "A"]]), [
    "error: survey, row 2, column name: a question needs a name",
  ]);
});

Deno.test("importForm() reads quotes as word processors write them, and leaves those of labels", () => {
  const form = readForm(makeWorkbook({
    survey: [head, ["text", "a", "It’s “a”", "regex(., ‘[a-z]+’)", ". != “x”"]],
  }));
  assert.equal(form.fields[0]!.constraint, "regex(., '[a-z]+')");
  assert.equal(form.fields[0]!.relevant, '. != "x"');
  assert.deepEqual(form.fields[0]!.label, { default: "It’s “a”" });
});

Deno.test("importForm() reads the language of a column with a colon in its own name", () => {
  const form = readForm(makeWorkbook({
    survey: [["type", "name", "label: French", "bind::jr:constraintMsg::French"], ["text", "a", "Un", "non"]],
  }));
  assert.deepEqual(form.fields[0]!.label, { French: "Un" });
  assert.deepEqual(form.fields[0]!.constraintMessage, { French: "non" });
});

Deno.test("importForm() reads a rule that is only yes or no", () => {
  const form = readForm(
    makeWorkbook({ survey: [head, ["text", "a", "A", "Yes", false], ["text", "b", "B", "", "no"]] }),
  );
  assert.deepEqual(form.fields.map(({ constraint, relevant }) => [constraint, relevant]), [
    ["true()", "false()"],
    [undefined, "false()"],
  ]);
});

Deno.test("a choice of a select_one may have a space in its name, one of a select_multiple may not", () => {
  const rows = [head, ["select_one city", "a", "A"], ["text", "b", "B", "", "selected(${a}, 'New York')"]];
  const form = readForm(makeWorkbook({ survey: rows, choices: cities }));
  const check = (values: Record<string, string>) =>
    checkEntry(form, values, { nowNs: 0n }).problems.map(({ field, rule }) => `${field}: ${rule}`);
  assert.deepEqual(check({ a: "New York", b: "x" }), []);
  assert.deepEqual(check({ a: "LA", b: "x" }), ["b: relevant"]);
  assert.deepEqual(check({ a: "York" }), ["a: choice"]);
  assert.deepEqual(problemsOf([head, ["select_multiple city", "a", "A"]], cities), [
    'error: survey, row 2, column type: a choice of a select_multiple has no spaces, and list city has "New York"',
  ]);
});

Deno.test("importForm() makes the field of pyxform for how often a repeat is, where that is no field yet", () => {
  const rows = [["type", "name", "label", "repeat_count"], ["integer", "n", "N"]];
  const repeat = (
    name: string,
    count: string | number,
  ) => [["begin repeat", name, "R", count], ["text", `${name}_a`, "A"], [
    "end repeat",
  ]];
  const form = readForm(
    makeWorkbook({ survey: [...rows, ...repeat("r", "${n} + 1"), ...repeat("s", "${n}"), ...repeat("t", 3)] }),
  );
  const made = form.fields.filter(({ path }) => path.endsWith("_count"));
  assert.deepEqual(made.map(({ path, calculation }) => [path, calculation]), [["r_count", "${n} + 1"], [
    "t_count",
    "3",
  ]]);
  assert.deepEqual(checkEntry(form, { n: 2, r_count: "3", "r[1]/r_a": "x" }, { nowNs: 0n }).problems, []);
});

Deno.test("importForm() says of a select without a list what is missing", () => {
  assert.deepEqual(problemsOf([head, ["select_one", "a", "A"]], cities), [
    "error: survey, row 2, column type: the list that it chooses from is missing: select_one LIST, with the list_name of the sheet choices",
  ]);
});

Deno.test("a range without a start begins at 1, as in pyxform", () => {
  const form = readForm(makeWorkbook({ survey: [head, ["range", "a", "A"]] }));
  const check = (a: number) => checkEntry(form, { a }, { nowNs: 0n }).problems.map(({ message }) => message);
  assert.deepEqual([check(0), check(1), check(10)], [["expected 1 to 10, found 0"], [], []]);
});
