// Goal: forms as their authors meet them: a workbook that openpyxl wrote, entries in files. Method: real processes.
import assert from "node:assert/strict";
import { surveyWorkbook } from "../../src/form/survey_fixture.ts";
import { makeWorkbook } from "../../src/form/workbook_fixture.ts";
import { temporaryFolder, tinman } from "./processes.ts";

function project(files: Readonly<Record<string, string | Uint8Array>>) {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    Deno.writeFileSync(
      `${folder.path}/${name}`,
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
  }
  const run = (...args: string[]) => tinman(["form", ...args], { cwd: folder.path });
  return { path: folder.path, run, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

Deno.test("form import writes a form as JSON, which form show and form check take as well", async () => {
  using demo = project({
    "survey.xlsx": surveyWorkbook(),
    "good.json": JSON.stringify({ code: "007", region: "north", household: { people: "3" } }),
    "answers.csv": "code,region,household/people\n007,north,3\n,sout,nan\n",
  });
  const imported = await demo.run("import", "survey.xlsx", "-o", "survey.json");
  assert.equal(imported.code, 0, imported.stderr);
  assert.match(imported.stderr, /ok: households, version 2026111: 18 fields, 2 groups/);
  const shown = await demo.run("show", "survey.json");
  assert.match(shown.stdout, /household\/people +integer +How many people +required; \. > 0 and \. <= 40/);
  const [a, b] = [await demo.run("show", "survey.json", "--json"), await demo.run("show", "survey.xlsx", "--json")];
  assert.equal(JSON.parse(a.stdout).sha256, JSON.parse(b.stdout).sha256);

  assert.equal((await demo.run("check", "survey.json", "good.json")).code, 0);
  const checked = await demo.run("check", "survey.xlsx", "answers.csv");
  assert.equal(checked.code, 6);
  assert.deepEqual(checked.stdout.trimEnd().split("\n"), [
    'error    row 3: household/people: type: expected a whole number in digits, found "nan"',
    "error    row 3: code: required: No house without a code",
    'error    row 3: region: choice: "sout" is no choice; did you mean "south"?',
  ]);
  const { wrong, results } = JSON.parse((await demo.run("check", "survey.xlsx", "answers.csv", "--json")).stdout);
  assert.equal(wrong, 1);
  assert.deepEqual(results[1].problems[1], {
    ...{ field: "code", rule: "required", level: "error", message: "No house without a code" },
  });
});

Deno.test("form import says all that is wrong with a form, and exits with 2", async () => {
  using demo = project({
    "bad.xlsx": makeWorkbook({
      survey: [["type", "name", "label", "relevant"], ["txt", "a", "A"], ["text", "b", "B", "${c}"]],
    }),
    "notes.csv": "type,name\n",
  });
  const bad = await demo.run("import", "bad.xlsx");
  assert.equal(bad.code, 2);
  assert.deepEqual(bad.stdout.trimEnd().split("\n"), [
    'error    survey, row 2, column type: there is no type "txt"; did you mean "text"?',
    'error    survey, row 3, column relevant: at character 1: the form has no ${c}; did you mean "b"?',
  ]);
  assert.match(bad.stderr, /bad\.xlsx: 2 errors, so it cannot be used/);
  assert.equal((await demo.run("check", "bad.xlsx", "notes.csv")).code, 2);
  assert.match((await demo.run("import", "notes.csv")).stderr, /a \.csv is no form/);
  assert.equal((await demo.run("import", "missing.xlsx")).code, 3);
});

const PYTHON = `
import datetime, sys
from openpyxl import Workbook
book = Workbook()
survey = book.active
survey.title = "survey"
for row in [
  ["type", "name", "label::English (en)", "constraint", "default"],
  ["integer", "age", "Âge & <more>", ". > 0", 5],
  ["date", "seen", "Seen", ". <= today()", datetime.date(2026, 1, 2)],
  ["select_one yn", "ok", "OK?"],
]: survey.append(row)
choices = book.create_sheet("choices")
for row in [["list_name", "name", "label::English (en)"], ["yn", 1, "Yes"], ["yn", 0, "No"]]: choices.append(row)
settings = book.create_sheet("settings")
for row in [["form_id", "version"], ["seen", datetime.datetime(2026, 1, 2, 10, 30)]]: settings.append(row)
book.save(sys.argv[1])
`;

const python = await hasOpenpyxl();

Deno.test({
  name: "form import reads what openpyxl writes: shared strings, numbers, days",
  ignore: python === undefined,
  fn: async () => {
    using demo = project({});
    const { code, stderr } = await new Deno.Command(python!, { args: ["-c", PYTHON, `${demo.path}/form.xlsx`] })
      .output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    const { form, problems } = JSON.parse((await demo.run("import", "form.xlsx", "--json")).stdout);
    assert.deepEqual(problems, []);
    assert.equal(form.version, "2026-01-02T10:30:00");
    assert.equal(form.fields[0].label["English (en)"], "Âge & <more>");
    assert.deepEqual(form.fields.map((field: { default?: string }) => field.default), ["5", "2026-01-02", undefined]);
    assert.deepEqual(form.choices.yn.map(({ name }: { name: string }) => name), ["1", "0"]);
  },
});

/** A Python with openpyxl, such as Debian's python3-openpyxl. */
async function hasOpenpyxl(): Promise<string | undefined> {
  for (const each of ["/usr/bin/python3", "python3"]) {
    const found = await new Deno.Command(each, { args: ["-c", "import openpyxl"] }).output().catch(() => undefined);
    if (found?.success) return each;
  }
  return undefined;
}
