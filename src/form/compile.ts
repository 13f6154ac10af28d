import { isTinmanError } from "../errors/mod.ts";
import type { Expression, FieldNode } from "./expression_tree.ts";
import { parseExpression } from "./expression.ts";
import { type FormChoice, type FormField, type FormGroup, type FormSchema, nameOf, parentOf } from "./schema.ts";

/** Which expressions a field or a group has. */
export type Rule = "relevant" | "required" | "constraint" | "calculation" | "choiceFilter";

/** A field or a group with its expressions read. */
export interface CompiledItem {
  readonly path: string;
  /** The repeats around it, outermost first, itself among them if it is one. */
  readonly repeats: readonly string[];
  /** The groups around it, outermost first. */
  readonly around: readonly CompiledItem[];
  readonly rules: Readonly<Partial<Record<Rule, Expression>>>;
  /** Whether it, or a group around it, is not always asked for. */
  readonly conditional: boolean;
  /** Absent for groups. */
  readonly field?: FormField;
  /** Absent where choices are not known. */
  readonly choices?: ReadonlyMap<string, FormChoice>;
}

/** A form that entries can be checked with. */
export interface CompiledForm {
  readonly schema: FormSchema;
  /** Fields and groups by path. */
  readonly items: ReadonlyMap<string, CompiledItem>;
  /** Paths by last name. */
  readonly byName: ReadonlyMap<string, readonly string[]>;
}

const RULES: readonly Rule[] = ["relevant", "required", "constraint", "calculation", "choiceFilter"];

const compiled = new WeakMap<FormSchema, CompiledForm>();

/**
 * Reads all expressions of a form, once for each schema object.
 *
 * @throws {TinmanError} `CONFIG` for an expression that cannot be read; a schema from `readFormSchema` or `importForm` has
 * none.
 */
export function compileForm(schema: FormSchema): CompiledForm {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const items = new Map<string, CompiledItem>();
  const byName = new Map<string, string[]>();
  const add = (item: CompiledItem) => {
    items.set(item.path, item);
    const name = nameOf(item.path);
    byName.set(name, [...byName.get(name) ?? [], item.path]);
  };
  const around = (path: string): readonly CompiledItem[] => {
    const parent = items.get(parentOf(path));
    return parent === undefined ? [] : [...parent.around, parent];
  };
  // Many fields choose from one list, and a list of villages is long.
  const lists = new Map<string, ReadonlyMap<string, FormChoice>>();
  const choicesOf = (list: string) => {
    const known = lists.get(list) ?? new Map(schema.choices[list]!.map((choice) => [choice.name, choice]));
    lists.set(list, known);
    return known;
  };
  for (const group of schema.groups) {
    const groups = around(group.path);
    const repeats = [...groups.at(-1)?.repeats ?? [], ...group.repeat ? [group.path] : []];
    const rules = rulesOf(group);
    add({ path: group.path, repeats, around: groups, rules, conditional: isConditional(rules, groups) });
  }
  for (const field of schema.fields) {
    const groups = around(field.path);
    const rules = rulesOf(field);
    const known = field.list !== undefined && Object.hasOwn(schema.choices, field.list);
    const choices = known ? choicesOf(field.list!) : undefined;
    add({
      path: field.path,
      repeats: groups.at(-1)?.repeats ?? [],
      around: groups,
      rules,
      conditional: isConditional(rules, groups),
      field,
      ...(choices !== undefined && { choices }),
    });
  }
  const form = { schema, items, byName };
  compiled.set(schema, form);
  return form;
}

/** The path that `${name}` or a path means, seen from `here`; undefined when there is none in the form. */
export function resolveField(
  node: FieldNode,
  here: string,
  { items, byName }: Pick<CompiledForm, "byName"> & { readonly items: { has(path: string): boolean } },
): string | undefined {
  if (node.kind === "ref") {
    const paths = byName.get(node.name) ?? [];
    if (paths.length < 2) return paths[0];
    // The nearest one: it shares most of the way.
    const near = (path: string) => sharedParts(path, here);
    return paths.reduce((best, path) => near(path) > near(best) ? path : best);
  }
  // The first step of an absolute path is the name of the whole form.
  let parts = node.from === "root" ? [] : here.split("/");
  for (const step of node.from === "root" ? node.steps.slice(1) : node.steps) {
    if (step === "..") parts = parts.slice(0, -1);
    else if (step !== ".") parts.push(step);
  }
  const path = parts.join("/");
  return path === "" || items.has(path) ? path : undefined;
}

/** A column of the choices that a choice filter names: a bare name. */
export function columnOf(node: FieldNode): string | undefined {
  if (node.kind === "ref" || node.from === "root" || node.steps.length !== 1) return undefined;
  const [step] = node.steps;
  return step === "." || step === ".." ? undefined : step;
}

function isConditional({ relevant }: CompiledItem["rules"], around: readonly CompiledItem[]): boolean {
  return relevant !== undefined || around.some(({ conditional }) => conditional);
}

function rulesOf(item: FormField | FormGroup): Partial<Record<Rule, Expression>> {
  const rules: Partial<Record<Rule, Expression>> = {};
  for (const rule of RULES) {
    const source = (item as Partial<Record<Rule, string>>)[rule];
    if (source !== undefined) rules[rule] = parseExpression(source);
  }
  return rules;
}

/** Reads an expression, or says what is wrong with it. */
export function tryExpression(source: string): Expression | string {
  try {
    return parseExpression(source);
  } catch (error) {
    if (isTinmanError(error, "CONFIG")) return error.message.replace(/^Cannot read expression /, "");
    throw error;
  }
}

function sharedParts(a: string, b: string): number {
  const [left, right] = [a.split("/"), b.split("/")];
  let shared = 0;
  while (shared < left.length && left[shared] === right[shared]) shared++;
  return shared;
}
