// A household survey as a relief team has it, for tests.
import { type Cell, makeWorkbook } from "./workbook_fixture.ts";
import { readForm } from "./import.ts";
import type { FormSchema } from "./schema.ts";

const head = [
  ...["type", "name", "label::English (en)", "label::Français (fr)", "hint", "required", "required_message"],
  ...["constraint", "constraint_message::English (en)", "constraint_message::Français (fr)", "relevant"],
  ...["calculation", "choice_filter", "appearance", "default", "parameters", "repeat_count"],
];

type Row = Partial<Record<string, Cell>>;

const survey: readonly Row[] = [
  { type: "start", name: "start" },
  { type: "today", name: "today" },
  { type: "note", name: "welcome", "label::English (en)": "Welcome", "label::Français (fr)": "Bienvenue" },
  {
    type: "text",
    name: "code",
    "label::English (en)": "Code",
    required: "yes",
    required_message: "No house without a code",
  },
  { type: "geopoint", name: "place", "label::English (en)": "Where" },
  { type: "select_one region", name: "region", "label::English (en)": "Region", required: "yes" },
  {
    type: "select_one district",
    name: "district",
    "label::English (en)": "District",
    choice_filter: "region=${region}",
  },
  { type: "begin_group", name: "household", "label::English (en)": "Household" },
  {
    type: "integer",
    name: "people",
    "label::English (en)": "How many people",
    required: "yes",
    constraint: ". > 0 and . <= 40",
    "constraint_message::English (en)": "${code}: between 1 and 40 people",
    "constraint_message::Français (fr)": "Entre 1 et 40 personnes",
  },
  { type: "select_multiple needs or_other", name: "needs", "label::English (en)": "Needs" },
  {
    type: "decimal",
    name: "water",
    "label::English (en)": "Litres",
    relevant: "selected(${needs}, 'water')",
    required: "yes",
  },
  { type: "begin_repeat", name: "member", "label::English (en)": "Member", repeat_count: "${people}" },
  { type: "text", name: "name", "label::English (en)": "Name", required: "yes" },
  { type: "integer", name: "age", "label::English (en)": "Age", constraint: ". >= 0 and . <= 120" },
  { type: "date", name: "born", "label::English (en)": "Born", constraint: ". <= today()" },
  { type: "end_repeat" },
  { type: "calculate", name: "age_sum", calculation: "sum(${age})" },
  { type: "end_group" },
  { type: "text", name: "phone", "label::English (en)": "Phone", constraint: "regex(., '^[0-9]{6,12}$')" },
  { type: "range", name: "mood", "label::English (en)": "Mood", parameters: "start=1 end=5 step=1" },
  { type: "image", name: "photo", "label::English (en)": "Photo" },
];

const choices: readonly (readonly Cell[])[] = [
  ["list_name", "name", "label::English (en)", "label::Français (fr)", "region"],
  ["region", "north", "North", "Nord", ""],
  ["region", "south", "South", "Sud", ""],
  ["district", "n1", "North one", "Nord un", "north"],
  ["district", "s1", "South one", "Sud un", "south"],
  ["needs", "water", "Water", "Eau", ""],
  ["needs", "food", "Food", "Nourriture", ""],
];

const settings = [["form_title", "form_id", "version", "default_language"], [
  "Households",
  "households",
  2026111,
  "English",
]];

/** The bytes of the survey, with rows to add to its sheet `survey`. */
export function surveyWorkbook(more: readonly Row[] = []): Uint8Array {
  const rows = [...survey, ...more].map((row) => head.map((name) => row[name]));
  return makeWorkbook({ survey: [head, ...rows], choices, settings });
}

/** The survey. */
export function surveyForm(): FormSchema {
  return readForm(surveyWorkbook());
}
