import { cannotRead, FormProblems } from "./problems.ts";
import type { FormImport } from "./import.ts";
import { checkForm } from "./check_form.ts";
import type { FormChoice, FormSchema } from "./schema.ts";
import { readTable, type Table, type TableRow } from "./sheet_table.ts";
import { buildSurvey } from "./xlsform_survey.ts";
import { choicesShape, readMedia, settingsShape, surveyShape } from "./xlsform_columns.ts";
import { readWorkbook } from "./xlsx.ts";

/**
 * Reads an XLSForm (https://xlsform.org): a workbook with the sheets `survey`, `choices` and `settings`. All that is wrong
 * is said at once, each with its sheet, row and column.
 *
 * @throws {TinmanError} `CONFIG` when it is no workbook with a survey; `TOO_LARGE`.
 */
export function importXlsForm(bytes: Uint8Array, name = "form"): FormImport {
  const { names, sheets } = readWorkbook(bytes, (name) => ["survey", "choices", "settings"].includes(plainName(name)));
  const problems = new FormProblems();
  const find = (wanted: string) => sheets.find(({ name }) => plainName(name) === wanted);
  const surveySheet = find("survey");
  if (surveySheet === undefined) {
    throw cannotRead(`it has no sheet survey, but ${names.slice(0, 10).join(", ") || "none"}`, {
      hint: "an XLSForm has its questions in a sheet named survey",
    });
  }
  const survey = readTable(surveySheet, surveyShape, problems);
  for (const column of ["type", "name"]) {
    if (!survey.has(column)) problems.error({ sheet: survey.sheet, row: 1 }, `there is no column ${column}`);
  }
  const choicesSheet = find("choices");
  const choicesTable = choicesSheet === undefined ? undefined : readTable(choicesSheet, choicesShape, problems);
  const settingsSheet = find("settings");
  const settings = settingsSheet === undefined ? undefined : readTable(settingsSheet, settingsShape, problems).rows[0];
  const duplicates = /^(yes|true)/i.test(settings?.get("allow_choice_duplicates") ?? "");
  const choices = choicesTable === undefined ? {} : readChoices(choicesTable, { duplicates, problems });
  const { groups, fields, places, lists } = buildSurvey(survey, choices, problems);
  const languages = [...new Set([...survey.languages, ...choicesTable?.languages ?? []])];
  const defaultLanguage = settings?.get("default_language");
  const version = settings?.get("version");
  const id = settings?.get("form_id") ?? settings?.get("id_string") ?? name;
  const form: FormSchema = {
    v: 1,
    id,
    title: settings?.get("form_title") ?? id,
    ...(version !== undefined && { version }),
    languages,
    ...(defaultLanguage !== undefined && { defaultLanguage: languageOf(defaultLanguage, languages) }),
    groups,
    fields,
    choices: lists,
  };
  checkForm(form, problems, (path, rule) => places.get(path)?.(rule) ?? { sheet: survey.sheet });
  return { problems: problems.list(), ...(!problems.fatal && { form }) };
}

function readChoices(
  table: Table,
  { duplicates, problems }: { readonly duplicates: boolean; readonly problems: FormProblems },
): Record<string, FormChoice[]> {
  const lists = new Map<string, Map<string, FormChoice>>();
  for (const column of ["list_name", "name"]) {
    if (!table.has(column) && table.rows.length > 0) {
      problems.error({ sheet: table.sheet, row: 1 }, `there is no column ${column}`);
    }
  }
  for (const row of table.rows) {
    const list = row.get("list_name");
    const name = row.get("name");
    // A row that is only a note of its author.
    if (list === undefined && name === undefined) continue;
    if (list === undefined) problems.error(row.place("list_name"), "a choice needs the list that it is in");
    else if (name === undefined) problems.error(row.place("name"), `a choice of ${list} needs a name`);
    else {
      if (/[^\S ]/.test(name)) {
        problems.error(row.place("name"), `a name of a choice is one line, found ${JSON.stringify(name)}`);
      }
      const known = lists.get(list) ?? new Map<string, FormChoice>();
      lists.set(list, known);
      if (known.has(name) && !duplicates) problems.error(row.place("name"), `list ${list} has ${name} twice`);
      if (!known.has(name)) known.set(name, readChoice(row, name));
      if (row.texts("label") === undefined) problems.warn(row.place("label"), `${name} has no label`);
    }
  }
  return Object.fromEntries(
    [...lists].filter(([list]) => list !== "__proto__").map(([list, all]) => [list, [...all.values()]]),
  );
}

function readChoice(row: TableRow, name: string): FormChoice {
  const label = row.texts("label");
  const extra = row.extra();
  const media = readMedia(row);
  return {
    name,
    ...(label !== undefined && { label }),
    ...(extra !== undefined && { extra }),
    ...(media !== undefined && { media }),
  };
}

/** `English` in the settings is `English (en)` in the headers. */
function languageOf(wanted: string, languages: readonly string[]): string {
  const plain = (text: string) => text.replace(/\s*\([^)]*\)\s*$/, "").toLowerCase();
  return languages.find((each) => each === wanted) ?? languages.find((each) => plain(each) === plain(wanted)) ?? wanted;
}

function plainName(name: string): string {
  return name.trim().toLowerCase();
}
