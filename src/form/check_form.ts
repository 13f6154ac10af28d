import { columnOf, resolveField, type Rule, tryExpression } from "./compile.ts";
import type { FieldNode } from "./expression_tree.ts";
import type { FormPlace, FormProblems } from "./problems.ts";
import { didYouMean } from "../errors/mod.ts";
import { type FormChoice, type FormField, type FormGroup, type FormSchema, nameOf, parentOf } from "./schema.ts";
import { parseValue } from "./value.ts";

/** Where something of a field or group is, for problems; the rule is the name of its key in the schema. */
export type PlaceOf = (path: string, rule?: string) => FormPlace;

/** Most fields and groups. The largest census forms have some two thousand. */
const MAX_ITEMS = 10_000;
/** Deepest nesting of groups. */
const MAX_DEPTH = 20;

const NAME = /^[\p{L}_][\p{L}\p{N}_.-]*$/u;
const EXPRESSIONS: readonly (Rule | "readonly" | "count")[] = [
  ...["relevant", "required", "constraint", "calculation", "choiceFilter", "readonly", "count"] as const,
];

/** Looks at a form as a whole: names, expressions, and whom they name. */
export function checkForm(form: FormSchema, problems: FormProblems, place: PlaceOf): void {
  const items = [...form.groups, ...form.fields];
  if (items.length === 0 && !problems.fatal) problems.error(place(""), "the form asks nothing");
  if (items.length > MAX_ITEMS) {
    return problems.error(place(""), `the form has ${items.length} fields and groups, more than ${MAX_ITEMS}`);
  }
  if (form.id.trim() === "" || form.id.length > 200) problems.error({}, "the id of a form has 1 to 200 characters");
  const known = knownNames(items);
  for (const item of items) {
    const name = nameOf(item.path);
    if (!NAME.test(name) || name === "__proto__" || name.length > 200) {
      problems.error(
        place(item.path, "name"),
        `a name begins with a letter or _ and has letters, digits, _ - . only, found ${
          JSON.stringify(name.slice(0, 80))
        }`,
      );
    }
    if (item.path.split("/").length > MAX_DEPTH) {
      problems.error(place(item.path, "name"), `groups are nested more than ${MAX_DEPTH} deep`);
    }
    for (const rule of EXPRESSIONS) {
      const source = (item as Partial<Record<typeof rule, string>>)[rule];
      if (source !== undefined) checkExpression(source, item, rule);
    }
    if ("type" in item) {
      checkDefault(item);
      checkNames(item);
    }
  }

  function checkExpression(source: string, item: FormField | FormGroup, rule: string): void {
    const at = place(item.path, rule);
    const expression = tryExpression(source);
    if (typeof expression === "string") return problems.error(at, expression);
    for (const what of expression.unserved) {
      problems.warn(at, `${what} is not served: nothing is decided by this expression, and checks say so`);
    }
    for (const node of expression.fields) {
      const column = rule === "choiceFilter" ? columnOf(node) : undefined;
      if (column !== undefined) {
        checkColumn(column, item as FormField, at);
        continue;
      }
      const problem = checkNode(node, item.path, expression.unserved.length > 0);
      if (problem !== undefined) problems.error(at, `at character ${node.at}: ${problem}`);
    }
  }

  function checkColumn(column: string, { list = "" }: FormField, at: FormPlace): void {
    const columns = columnsOf(Object.hasOwn(form.choices, list) ? form.choices[list]! : []);
    if (columns.has(column)) return;
    const near = didYouMean(column, columns);
    problems.warn(
      at,
      `the choices of ${list} have no column ${column}; ${
        near ?? `a text is written '${column}', a field \${${column}}`
      }`,
    );
  }

  function checkNode(node: FieldNode, here: string, lenient: boolean): string | undefined {
    if (node.kind === "ref") {
      const paths = known.byName.get(node.name) ?? [];
      if (paths.length > 1 && !paths.some((path) => parentOf(path) === parentOf(here))) {
        return `\${${node.name}} may be ${paths.slice(0, 5).join(" or ")}: give them names of their own`;
      }
      if (paths.length > 0 || node.name.startsWith("last-saved#")) return undefined;
      const near = didYouMean(node.name, known.byName.keys());
      return `the form has no \${${node.name}}${near === undefined ? "" : `; ${near}`}`;
    }
    if (lenient || resolveField(node, here, known) !== undefined) return undefined;
    const text = (node.from === "root" ? "/" : "") + node.steps.join("/");
    const only = node.steps.length === 1 && node.from === "here";
    const near = didYouMean(nameOf(text), known.byName.keys());
    return `the form has no ${text}${
      only ? `; a field is written \${${text}}, a text '${text}'` : near === undefined ? "" : `; ${near}`
    }`;
  }

  /** Several answers have a space between them; that of a select_one may have one itself. */
  function checkNames({ path, type, list = "" }: FormField): void {
    if (type === "select_one" || !Object.hasOwn(form.choices, list)) return;
    const spaced = spacedName(form.choices[list]!);
    if (spaced === undefined) return;
    problems.error(
      place(path, "list"),
      `a choice of a ${type} has no spaces, and list ${list} has ${JSON.stringify(spaced)}`,
    );
  }

  /** A default that is a value must be one; most others are expressions. */
  function checkDefault(field: FormField): void {
    const text = field.default;
    if (text === undefined) return;
    if (/[$(]|\s(?:\+|\*|div|mod)\s/.test(text)) {
      const expression = tryExpression(text);
      if (typeof expression === "string" && text.includes("${")) {
        problems.error(place(field.path, "default"), expression);
      }
      return;
    }
    const parsed = parseValue(field, text);
    if ("problem" in parsed) problems.warn(place(field.path, "default"), parsed.problem);
  }
}

const spacedNames = new WeakMap<readonly FormChoice[], { readonly name: string | undefined }>();

/** The first name with a space. */
function spacedName(choices: readonly FormChoice[]): string | undefined {
  const known = spacedNames.get(choices) ?? { name: choices.find(({ name }) => name.includes(" "))?.name };
  spacedNames.set(choices, known);
  return known.name;
}

const columns = new WeakMap<readonly FormChoice[], ReadonlySet<string>>();

/** The columns that a choice filter may look at. */
function columnsOf(choices: readonly FormChoice[]): ReadonlySet<string> {
  const known = columns.get(choices) ??
    new Set(["name", "label", ...choices.flatMap(({ extra = {} }) => Object.keys(extra))]);
  columns.set(choices, known);
  return known;
}

function knownNames(items: readonly (FormField | FormGroup)[]) {
  const byName = new Map<string, string[]>();
  for (const { path } of items) {
    const paths = byName.get(nameOf(path));
    if (paths === undefined) byName.set(nameOf(path), [path]);
    else paths.push(path);
  }
  return { byName, items: new Set(items.map(({ path }) => path)) };
}
