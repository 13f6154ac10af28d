import { didYouMean } from "../errors/mod.ts";
import type { FormPlace, FormProblems } from "./problems.ts";
import { type QuestionType, readQuestionType, typeNames } from "./question_types.ts";
import type { FormChoice, FormField, FormGroup } from "./schema.ts";
import type { Table, TableRow } from "./sheet_table.ts";
import { readMedia } from "./xlsform_columns.ts";

/** What the sheet `survey` asks. */
export interface Survey {
  readonly groups: readonly FormGroup[];
  readonly fields: readonly FormField[];
  /** Where each of them is, by its path. */
  readonly places: ReadonlyMap<string, (rule?: string) => FormPlace>;
  /** The lists, with `other` in those that take it. */
  readonly lists: Readonly<Record<string, readonly FormChoice[]>>;
}

/** The names that XLSForm gives its columns, by ours. */
const COLUMNS: Readonly<Record<string, string>> = {
  choiceFilter: "choice_filter",
  count: "repeat_count",
  list: "type",
};

/** Reads the rows of the sheet `survey`, top down. */
export function buildSurvey(
  table: Table,
  choices: Readonly<Record<string, readonly FormChoice[]>>,
  problems: FormProblems,
): Survey {
  const groups: FormGroup[] = [];
  const fields: FormField[] = [];
  const places = new Map<string, (rule?: string) => FormPlace>();
  const lists: Record<string, readonly FormChoice[]> = { ...choices };
  const open: { readonly path: string; readonly repeat: boolean; readonly row: TableRow }[] = [];
  const pathOf = (name: string) => open.length === 0 ? name : `${open.at(-1)!.path}/${name}`;
  const note = (path: string, row: TableRow) => {
    if (places.has(path)) problems.error(row.place("name"), `${path} is in the form twice`);
    else places.set(path, (rule) => row.place(rule === undefined ? undefined : COLUMNS[rule] ?? rule));
  };
  for (const row of table.rows) {
    const text = row.get("type");
    if (text === undefined) {
      if (row.get("name") !== undefined) problems.error(row.place("type"), "a question needs a type");
      continue;
    }
    if (isYes(row.get("disabled"))) continue;
    const type = readQuestionType(text);
    if (type === undefined) {
      problems.error(row.place("type"), unknownType(text));
    } else if (type.kind === "unserved") problems.error(row.place("type"), `${text} is not served: ${type.why}`);
    else if (type.kind === "begin") {
      const path = pathOf(nameOfRow(row, problems) ?? `row_${row.row}`);
      note(path, row);
      const group = groupOf(row, path, type.repeat);
      groups.push(group);
      if (group.count !== undefined && !/^\$\{[^}]*\}$/.test(group.count)) addCount(path, group.count, row);
      open.push({ path, repeat: type.repeat, row });
    } else if (type.kind === "end") {
      const begun = open.pop();
      const kind = (repeat: boolean) => repeat ? "repeat" : "group";
      if (begun === undefined) problems.error(row.place("type"), `${text} ends nothing that was begun`);
      else if (begun.repeat !== type.repeat) {
        problems.error(
          row.place("type"),
          `it ends a ${kind(type.repeat)}, but ${begun.path} of row ${begun.row.row} is a ${kind(begun.repeat)}`,
        );
      }
    } else if (type.kind !== "ignored") {
      const name = nameOfRow(row, problems, type.kind === "field" ? standardName(type, row) : undefined);
      if (name === undefined) continue;
      note(pathOf(name), row);
      fields.push(fieldOf(row, pathOf(name), type, problems));
      if (type.kind === "select") {
        checkList(type.list, choices, row, problems);
        if (type.other) addOther(type.list, pathOf(name), row);
      }
    }
  }
  for (const { path, row, repeat } of open) {
    problems.error(row.place("type"), `${path} is begun and not ended: end_${repeat ? "repeat" : "group"} is missing`);
  }
  return { groups, fields, places, lists };

  /** pyxform computes the count of a repeat in a field beside it, unless it is a field already, so that entries have it. */
  function addCount(path: string, calculation: string, row: TableRow): void {
    note(`${path}_count`, row);
    fields.push({ path: `${path}_count`, type: "calculate", readonly: "true()", calculation });
  }

  /** `or_other`: one more choice, and a question for what it is. */
  function addOther(list: string, path: string, row: TableRow): void {
    const known = Object.hasOwn(lists, list) ? lists[list]! : [];
    if (!known.some(({ name }) => name === "other")) {
      const languages = [...new Set(known.flatMap(({ label }) => Object.keys(label ?? {})))];
      const label = Object.fromEntries(
        (languages.length === 0 ? ["default"] : languages).map((each) => [each, "Other"]),
      );
      lists[list] = [...known, { name: "other", label }];
    }
    const name = path.slice(path.lastIndexOf("/") + 1);
    note(`${path}_other`, row);
    const label = { default: "Specify other." };
    fields.push({ path: `${path}_other`, type: "text", label, relevant: `selected(../${name}, 'other')` });
  }
}

function unknownType(text: string): string {
  if (/^(select[_ ](one|multiple)|rank)$/i.test(text)) {
    return `the list that it chooses from is missing: ${text} LIST, with the list_name of the sheet choices`;
  }
  const near = didYouMean(text.split(/\s/)[0]!, typeNames());
  return `there is no type ${JSON.stringify(text)}${near === undefined ? "" : `; ${near}`}`;
}

type Asked = Extract<QuestionType, { readonly kind: "field" | "select" | "selectFile" }>;

function fieldOf(row: TableRow, path: string, type: Asked, problems: FormProblems): FormField {
  const label = row.texts("label");
  const hint = row.texts("hint");
  const guidance = row.texts("guidance_hint");
  const requiredMessage = row.texts("required_message");
  const constraintMessage = row.texts("constraint_message");
  const media = readMedia(row);
  const required = yesOrExpression(row.get("required"));
  const readonly = yesOrExpression(row.get("readonly"));
  const parameters = readParameters(row, problems);
  const other = (name: string, key: string = name) => {
    const text = row.get(name);
    return text === undefined ? {} : { [key]: text };
  };
  const rule = (name: string) => {
    const text = truthOrExpression(row.get(name));
    return text === undefined ? {} : { [name]: text };
  };
  const asked = type.kind !== "field" ||
    (type.metadata === undefined && type.type !== "calculate" && type.type !== "hidden");
  if (label === undefined && hint === undefined && media === undefined && asked) {
    problems.warn(row.place("label"), "a question has a label");
  }
  if (
    type.kind === "field" && type.type === "calculate" && row.get("calculation") === undefined &&
    row.get("default") === undefined
  ) {
    problems.error(row.place("calculation"), "a calculation is missing");
  }
  if (type.kind === "selectFile") {
    problems.warn(row.place("type"), `choices from a file are not served: answers are not compared with ${type.file}`);
  }
  return {
    path,
    type: type.type,
    ...(type.kind === "field" && type.metadata !== undefined && { metadata: type.metadata }),
    ...(label !== undefined && { label }),
    ...(hint !== undefined && { hint }),
    ...(guidance !== undefined && { guidance }),
    ...(type.kind === "select" && { list: type.list }),
    ...(type.kind === "selectFile" && { choicesFile: type.file }),
    ...(type.kind === "select" && other("choice_filter", "choiceFilter")),
    ...(required !== undefined && { required }),
    ...(requiredMessage !== undefined && { requiredMessage }),
    ...rule("constraint"),
    ...(constraintMessage !== undefined && { constraintMessage }),
    ...rule("relevant"),
    ...(readonly !== undefined && { readonly }),
    ...other("default"),
    ...other("calculation"),
    ...other("appearance"),
    ...(parameters !== undefined && { parameters }),
    ...(media !== undefined && { media }),
  };
}

function groupOf(row: TableRow, path: string, repeat: boolean): FormGroup {
  const label = row.texts("label");
  const [relevant, appearance, count] = [
    truthOrExpression(row.get("relevant")),
    row.get("appearance"),
    row.get("repeat_count"),
  ];
  return {
    path,
    repeat,
    ...(label !== undefined && { label }),
    ...(relevant !== undefined && { relevant }),
    ...(appearance !== undefined && { appearance }),
    ...(repeat && count !== undefined && { count }),
  };
}

function nameOfRow(row: TableRow, problems: FormProblems, standard?: string): string | undefined {
  const name = row.get("name") ?? standard;
  if (name === undefined) problems.error(row.place("name"), "a question needs a name");
  return name;
}

/** The name of what needs none: metadata, and notes, whose names are those that pyxform makes. */
function standardName({ type, metadata }: { readonly type: string; readonly metadata?: string }, { row }: TableRow) {
  return type === "note" ? `generated_note_name_${row}` : metadata;
}

function checkList(
  list: string,
  choices: Readonly<Record<string, readonly FormChoice[]>>,
  row: TableRow,
  problems: FormProblems,
): void {
  if (Object.hasOwn(choices, list)) return;
  if (list.startsWith("${")) return problems.error(row.place("type"), `choices from ${list} are not served`);
  const near = didYouMean(list, Object.keys(choices));
  problems.error(row.place("type"), `sheet choices has no list ${list}${near === undefined ? "" : `; ${near}`}`);
}

/** `yes`, `true()`, or an expression; `no` is as good as nothing. */
function yesOrExpression(text: string | undefined): string | undefined {
  if (text === undefined || /^(no|false|false\(\)|0)$/i.test(text)) return undefined;
  return isYes(text) ? "true()" : text;
}

/** A rule that is only `yes` or `no`: always or never. */
function truthOrExpression(text: string | undefined): string | undefined {
  if (text === undefined || !/^(yes|no|true|false)$/i.test(text)) return text;
  return isYes(text) ? "true()" : "false()";
}

function isYes(text: string | undefined): boolean {
  return text !== undefined && /^(yes|true|true\(\)|1)$/i.test(text);
}

/** `start=1 end=10 step=1`, with spaces, commas or semicolons between them. */
function readParameters(row: TableRow, problems: FormProblems): Readonly<Record<string, string>> | undefined {
  const text = row.get("parameters");
  if (text === undefined) return undefined;
  const parts = text.replace(/\s*=\s*/g, "=").split(/[\s,;]+/).filter((part) => part !== "");
  const pairs = parts.map((part) => [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)] as const);
  const wrong = parts.find((part) => !/^[A-Za-z][\w-]*=.+$/.test(part));
  if (wrong !== undefined) problems.error(row.place("parameters"), `expected name=value, found ${wrong}`);
  return wrong === undefined ? Object.fromEntries(pairs) : undefined;
}
