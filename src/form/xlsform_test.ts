import assert from "node:assert/strict";
import fc from "fast-check";
import { contentHash } from "../cbor/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { importForm, readForm } from "./import.ts";
import { formatProblem } from "./problems.ts";
import { readFormSchema } from "./read_schema.ts";
import { surveyForm, surveyWorkbook } from "./survey_fixture.ts";
import { type Cell, makeWorkbook, makeZip } from "./workbook_fixture.ts";

type Rows = readonly (readonly Cell[])[];

function problemsOf(survey: Rows, choices: Rows = [], settings: Rows = []): string[] {
  const { problems } = importForm(makeWorkbook({ survey, choices, settings }));
  return problems.map((each) => `${each.level}: ${formatProblem(each)}`);
}

const head = ["type", "name", "label", "constraint", "relevant", "calculation"];

Deno.test("importForm() reads an XLSForm: types, groups, repeats, languages, choices", () => {
  const { form, problems } = importForm(surveyWorkbook());
  assert.deepEqual(problems, []);
  assert.equal(form!.id, "households");
  assert.equal(form!.version, "2026111");
  assert.deepEqual(form!.languages, ["English (en)", "Français (fr)", "default"]);
  assert.equal(form!.defaultLanguage, "English (en)");
  assert.deepEqual(form!.groups.map(({ path, repeat }) => [path, repeat]), [["household", false], [
    "household/member",
    true,
  ]]);
  const find = (path: string) => form!.fields.find((field) => field.path === path)!;
  assert.deepEqual(find("start"), { path: "start", type: "datetime", metadata: "start" });
  assert.equal(find("code").required, "true()");
  assert.equal(find("district").choiceFilter, "region=${region}");
  assert.deepEqual(find("mood").parameters, { start: "1", end: "5", step: "1" });
  assert.equal(find("household/needs_other").relevant, "selected(../needs, 'other')");
  assert.deepEqual(form!.choices.needs!.map(({ name }) => name), ["water", "food", "other"]);
  assert.deepEqual(form!.choices.district![0], {
    name: "n1",
    label: { "English (en)": "North one", "Français (fr)": "Nord un" },
    extra: { region: "north" },
  });
});

Deno.test("a form is the same after JSON, and so is its content hash", () => {
  const form = surveyForm();
  const again = readFormSchema(JSON.parse(JSON.stringify(form)));
  assert.deepEqual(again, form);
  assert.equal(contentHash(again), contentHash(form));
  assert.deepEqual(readForm(new TextEncoder().encode(JSON.stringify(form))), form);
});

Deno.test("importForm() says all that is wrong at once, each with sheet, row and column", () => {
  const found = problemsOf(
    [
      head,
      ["integer", "age", "Age", ". >", "", ""],
      ["intger", "b", "B"],
      ["text", "two words", "C"],
      ["select_one yesno", "d", "D"],
      ["text", "e", "E", "", "${agee} > 3"],
      ["begin group", "g", "G"],
      ["text", "age", "Age again"],
      ["end repeat"],
      ["text", "", "no name"],
      ["calculate", "h", ""],
      ["text", "age", "twice"],
      ["begin repeat", "r", "R"],
      ["text", "x", "X", "age > 3"],
    ],
    [["list_name", "name", "label"], ["yes_no", "yes", "Yes"], ["yes_no", "yes", "Yes"], ["yes_no", "", "No"], [
      "yes_no",
      "a\nb",
      "AB",
    ]],
  );
  assert.deepEqual(found, [
    "error: survey, row 2, column constraint: at character 4: a value is missing at the end",
    'error: survey, row 3, column type: there is no type "intger"; did you mean "integer"?',
    'error: survey, row 4, column name: a name begins with a letter or _ and has letters, digits, _ - . only, found "two words"',
    'error: survey, row 5, column type: sheet choices has no list yesno; did you mean "yes_no"?',
    'error: survey, row 6, column relevant: at character 1: the form has no ${agee}; did you mean "age"?',
    "error: survey, row 9, column type: it ends a repeat, but g of row 7 is a group",
    "error: survey, row 10, column name: a question needs a name",
    "error: survey, row 11, column calculation: a calculation is missing",
    "error: survey, row 12, column name: age is in the form twice",
    "error: survey, row 13, column type: r is begun and not ended: end_repeat is missing",
    "error: survey, row 14, column constraint: at character 1: the form has no age; a field is written ${age}, a text 'age'",
    "error: choices, row 3, column name: list yes_no has yes twice",
    "error: choices, row 4, column name: a choice of yes_no needs a name",
    'error: choices, row 5, column name: a name of a choice is one line, found "a\\nb"',
  ]);
});

Deno.test("importForm() reads headers and types in the older ways to write them", () => {
  const { form, problems } = importForm(makeWorkbook({
    Survey: [
      [
        "Type",
        "Name",
        "Label:English",
        "Constraint Message",
        "bind::relevant",
        "Media::Image::English",
        "my notes",
        "$kuid",
      ],
      ["select one from yn or specify other", "a", "A", "", "", "a.png", "hello", "x1"],
      ["begin lgroup", "r", "R"],
      ["gps", "p", "P", "", "${a} = 'y'"],
      ["end lgroup"],
      ["select all that apply from yn", "m", "M"],
      ["photo", "f", "F"],
    ],
    Choices: [["list name", "value", "caption::English"], ["yn", "y", "Yes"], ["yn", 1, "No"]],
  }));
  assert.deepEqual(problems, []);
  assert.deepEqual(form!.fields.map(({ path, type }) => `${path} ${type}`), [
    ...["a select_one", "a_other text", "r/p geopoint", "m select_multiple", "f image"],
  ]);
  assert.deepEqual(form!.fields[0]!.media, { image: { English: "a.png" } });
  assert.deepEqual(form!.choices.yn!.map(({ name }) => name), ["y", "1", "other"]);
  assert.equal(form!.id, "form");
});

Deno.test("importForm() warns of what is not served, and says so plainly", () => {
  const found = problemsOf([
    ["type", "name", "label", "calculation", "constraint"],
    ["select_one_from_file villages.csv", "v", "Village"],
    ["calculate", "c", "", "pulldata('villages', 'people', 'name', ${v})"],
    ["text", "t", "T", "", "regex(., '(a)\\1')"],
  ]);
  assert.deepEqual(found, [
    "warning: survey, row 2, column type: choices from a file are not served: answers are not compared with villages.csv",
    "warning: survey, row 3, column calculation: pulldata() is not served: nothing is decided by this expression, and checks say so",
    "warning: survey, row 4, column constraint: regex() with a back reference: matching one can take for ever is not served: nothing is decided by this expression, and checks say so",
  ]);
  const filter = problemsOf(
    [["type", "name", "label", "choice_filter"], ["select_one a", "x", "X", "pastel=yes"]],
    [["list_name", "name", "label", "pastel"], ["a", "red", "Red", "no"], ["a", "mauve", "Mauve", "yes"]],
  );
  assert.deepEqual(filter, [
    "warning: survey, row 2, column choice_filter: the choices of a have no column yes; a text is written 'yes', a field ${yes}",
  ]);
  assert.match(problemsOf([head, ["begin_kobomatrix", "m", "M"]])[0]!, /not served: Kobo makes questions of it/);
});

Deno.test("readForm() throws one error with every problem", () => {
  const bytes = makeWorkbook({ survey: [head, ["text", "a", "A", "("], ["foo", "b", "B"]] });
  assert.throws(() => readForm(bytes), (error) => {
    assert.ok(isTinmanError(error, "CONFIG"));
    assert.equal(error.details.problems!.length, 2);
    return error.message === `Cannot read form: ${error.details.problems!.join("; ")}`;
  });
});

Deno.test("importForm() says what a file is that is no form", () => {
  const cannot = (bytes: Uint8Array, message: RegExp) =>
    assert.throws(() => importForm(bytes), (error) => isTinmanError(error) && message.test(error.message));
  cannot(new Uint8Array(), /no \.xlsx workbook, no XForm/);
  cannot(Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0), /before 2007/);
  cannot(makeWorkbook({ Sheet1: [["a"]] }), /no sheet survey, but Sheet1/);
  cannot(makeZip({ "a.txt": "x" }), /no \.xlsx workbook: xl\/workbook\.xml is not in it/);
  cannot(new TextEncoder().encode("{}"), /v: expected 1/);
  cannot(new TextEncoder().encode("<a/>"), /no XForm/);
});

Deno.test("a workbook that unpacks to more than it says, or to too much, is refused early", () => {
  const bomb = makeZip({ "xl/workbook.xml": "a".repeat(5_000_000) });
  const view = new DataView(bomb.buffer);
  // The directory says a thousand bytes.
  const directory = bomb.length - 22 - 46 - "xl/workbook.xml".length;
  view.setUint32(directory + 24, 1000, true);
  assert.throws(() => importForm(bomb), /longer than the 1000 bytes that it says/);
  view.setUint32(directory + 24, 0xf0000000, true);
  assert.throws(() => importForm(bomb), (error) => isTinmanError(error, "TOO_LARGE"));
  const laughs = `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><workbook>&b;</workbook>`;
  assert.throws(() => importForm(makeZip({ "xl/workbook.xml": laughs })), /line 1: it has a document type/);
  assert.throws(() => importForm(makeZip({ "xl/workbook.xml": "<a>".repeat(300) })), /nested more than 200 deep/);
});

Deno.test("importForm() throws nothing but TinmanError for a workbook of any cells", () => {
  const cell = fc.oneof(
    fc.constantFrom(
      "text",
      "begin group",
      "end group",
      "select_one a or_other",
      "a",
      "${a}",
      "calculate",
      "yes",
      "a b",
      "__proto__",
    ),
    fc.constantFrom("constructor", "toString", ". > 0", "start=1", "begin_repeat", "rank a", "English"),
    fc.string({ maxLength: 8 }).map((text) => [...text].filter((char) => char >= " ").join("").toWellFormed()),
    fc.integer(),
  );
  const rows = fc.array(fc.array(cell, { maxLength: 6 }), { maxLength: 8 });
  const heads = fc.array(
    fc.constantFrom(
      "type",
      "name",
      "label",
      "label::fr",
      "relevant",
      "constraint",
      "list_name",
      "__proto__",
      "default",
    ),
    { maxLength: 7 },
  );
  fc.assert(
    fc.property(heads, rows, heads, rows, (surveyHead, survey, choicesHead, choices) => {
      const bytes = makeWorkbook({
        survey: [["type", "name", ...surveyHead], ...survey],
        choices: [["list_name", "name", ...choicesHead], ...choices],
      });
      const { form, problems } = importForm(bytes);
      if (form === undefined) assert.ok(problems.length > 0);
      else assert.deepEqual(readFormSchema(JSON.parse(JSON.stringify(form))), form);
    }),
    { numRuns: 300 },
  );
});

Deno.test("importForm() throws nothing but TinmanError for damaged bytes", () => {
  const whole = surveyWorkbook();
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 20 }),
      fc.nat(whole.length),
      (flips, end) => {
        const bytes = whole.slice(0, end % 3 === 0 ? end : undefined);
        for (const [at, value] of flips) if (at < bytes.length) bytes[at] = value;
        try {
          importForm(bytes);
        } catch (error) {
          assert.ok(isTinmanError(error), String(error));
        }
      },
    ),
    { numRuns: 300 },
  );
});
