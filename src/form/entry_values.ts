import { isTinmanError, TinmanError } from "../errors/mod.ts";
import { columnOf, type CompiledForm, type CompiledItem, resolveField, type Rule } from "./compile.ts";
import type { Moment } from "./dates.ts";
import { evaluate, type Scope } from "./evaluate.ts";
import type { Expression, FieldNode } from "./expression_tree.ts";
import { instanceIn, Instances, keyAt, type Place } from "./instances.ts";
import { type FormChoice, type FormValue, nameOf, textIn } from "./schema.ts";
import { formatValue } from "./value.ts";
import { toText, truth, type XValue } from "./x_value.ts";

/** What an expression gave, or why nothing can be said. */
export type Outcome = { readonly value: XValue } | { readonly undecided: string };

/** Most values that one check may read; a sum in each of a thousand instances is a million. */
const MAX_READS = 2_000_000;
/** Most work of all functions in one check: characters, and steps of patterns. Some tenths of a second. */
const MAX_WORK = 40_000_000;
/** Deepest chain of expressions that need each other, in calls on the stack, which has room for some ten thousand. */
const MAX_DEPTH = 5_000;
/** What one expression takes of the stack besides its tree. */
const CALLS = 15;

/** The values of one entry as its form sees them: computed ones computed, irrelevant ones empty. */
export class EntryValues {
  readonly instances = new Instances();
  /** What calculations gave, by key. */
  readonly computed = new Map<string, string>();
  readonly #form: CompiledForm;
  readonly #moment: Moment;
  readonly #language: string | undefined;
  readonly #given = new Map<string, string>();
  readonly #relevant = new Map<string, boolean | undefined>();
  readonly #running = new Set<string>();
  readonly #undecided = new Map<string, string>();
  #reads = 0;
  #work = 0;
  #depth = 0;

  constructor(
    form: CompiledForm,
    { moment, language }: { readonly moment: Moment; readonly language?: string | undefined },
  ) {
    this.#form = form;
    this.#moment = moment;
    this.#language = language;
  }

  /** Takes a value that fits its field. */
  give(item: CompiledItem, place: Place, value: FormValue): void {
    this.#given.set(keyAt(item.path, place), formatValue(value));
  }

  /** Evaluates a rule of an item at a place; a choice may be looked at by a choice filter. */
  run(item: CompiledItem, rule: Rule, place: Place, choice?: FormChoice): Outcome {
    const expression = item.rules[rule]!;
    if (expression.unserved.length > 0) return { undecided: `${expression.unserved.join(", ")} is not served` };
    let why = "";
    const value = this.#bounded(() => this.#evaluate(expression, item, place, choice), (message) => why = message);
    return value === undefined ? { undecided: why } : { value };
  }

  /** Whether an item is asked for; undefined when that cannot be said. */
  isRelevant(item: CompiledItem, place: Place): boolean | undefined {
    if (!item.conditional) return true;
    let all: boolean | undefined = true;
    for (const each of [...item.around, item]) {
      const one = this.#ownRelevance(each, place);
      if (one === false) return false;
      if (one === undefined) all = undefined;
    }
    return all;
  }

  /** The text of a value; empty for no answer. For use within `run`, `compute` and `fill`, which end what goes too far. */
  textOf(item: CompiledItem, place: Place): string {
    if (++this.#reads > MAX_READS) throw tooMuch(`it reads more than ${MAX_READS} values`, MAX_READS);
    const key = keyAt(item.path, place);
    if (this.isRelevant(item, place) === false) return "";
    const given = this.#given.get(key);
    if (given !== undefined || item.rules.calculation === undefined) return given ?? "";
    const why = this.#undecided.get(key);
    if (why !== undefined) throw new Undecided(why);
    const known = this.computed.get(key);
    if (known !== undefined) return known;
    // A calculation that needs itself has no answer.
    if (this.#running.has(key)) return "";
    this.#running.add(key);
    try {
      const outcome = this.run(item, "calculation", place);
      if ("undecided" in outcome) {
        // Said once: whoever needs this value, and whoever needs those, is told the first reason.
        const why = /^\$\{/.test(outcome.undecided)
          ? outcome.undecided
          : `\${${nameOf(item.path)}}: ${outcome.undecided}`;
        this.#undecided.set(key, why);
        throw new Undecided(why);
      }
      const text = toText(outcome.value);
      this.computed.set(key, text);
      return text;
    } finally {
      this.#running.delete(key);
    }
  }

  /** Computes a field that has no value, so that it is among {@linkcode computed}. */
  compute(item: CompiledItem, place: Place, onUndecided: (why: string) => void): void {
    this.#bounded(() => this.textOf(item, place), onUndecided);
  }

  /** A text of the form with `${name}` filled in. */
  fill(text: string, item: CompiledItem, place: Place): string {
    return text.replace(/\$\{([^}]{1,100})\}/g, (whole, name: string) => {
      const path = resolveField({ kind: "ref", name: name.trim(), at: 0 }, item.path, this.#form);
      const other = path === undefined ? undefined : this.#form.items.get(path);
      if (other?.field === undefined) return whole;
      const [first] = this.instances.places(other, place);
      return first === undefined ? "" : this.#bounded(() => this.textOf(other, first)) ?? whole;
    });
  }

  #bounded<T>(work: () => T, onTooMuch?: (message: string) => void): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!isTinmanError(error, "TOO_LARGE") && !(error instanceof Undecided)) throw error;
      onTooMuch?.(error.message);
      return undefined;
    }
  }

  #ownRelevance(item: CompiledItem, place: Place): boolean | undefined {
    if (item.rules.relevant === undefined) return true;
    const key = keyAt(item.path, within(place, item.repeats));
    if (this.#relevant.has(key)) return this.#relevant.get(key);
    const running = `relevant ${key}`;
    if (this.#running.has(running)) return true;
    this.#running.add(running);
    const outcome = this.run(item, "relevant", place);
    this.#running.delete(running);
    const relevant = "value" in outcome ? truth(outcome.value) : undefined;
    this.#relevant.set(key, relevant);
    return relevant;
  }

  #evaluate(expression: Expression, item: CompiledItem, place: Place, choice: FormChoice | undefined): XValue {
    const calls = CALLS + 2 * expression.depth;
    this.#depth += calls;
    try {
      if (this.#depth > MAX_DEPTH) throw tooMuch("its fields need each other in too long a chain", MAX_DEPTH);
      return evaluate(expression, this.#scope(item, place, choice));
    } finally {
      this.#depth -= calls;
    }
  }

  #scope(item: CompiledItem, place: Place, choice: FormChoice | undefined): Scope {
    const find = (node: FieldNode) => {
      let found = targets.get(node);
      if (found === undefined) {
        const path = resolveField(node, item.path, this.#form);
        found = path === undefined ? undefined : this.#form.items.get(path);
        if (found !== undefined) targets.set(node, found);
      }
      return found;
    };
    return {
      moment: this.#moment,
      here: () => item.field === undefined ? [] : [this.textOf(item, place)],
      spend: (characters) => {
        this.#work += characters;
        if (this.#work > MAX_WORK) throw tooMuch("all expressions of the form take too much work", MAX_WORK);
      },
      read: (node) => {
        const column = choice === undefined ? undefined : columnOf(node);
        if (column !== undefined) return [columnText(choice!, column)];
        const found = find(node);
        if (found === undefined) return [];
        const places = this.instances.places(found, place);
        this.#reads += places.length;
        if (found.field !== undefined) return places.map((each) => this.textOf(found, each));
        return places.filter((each) => this.isRelevant(found, each) !== false).map(() => "");
      },
      position: (node) => {
        const found = node === undefined ? item : find(node);
        const repeat = found?.repeats.at(-1);
        const instance = repeat === undefined ? undefined : instanceIn(place, repeat);
        return instance === undefined ? 1 : this.instances.of(repeat!, place).indexOf(instance) + 1;
      },
      choiceLabel: (name, node) => {
        const found = find(node);
        return textIn(found?.choices?.get(name)?.label, this.#form.schema, this.#language) ?? name;
      },
    };
  }
}

// What names a field belongs to one expression of one item of one form, so it always means the same.
const targets = new WeakMap<FieldNode, CompiledItem>();

/** A value that others need cannot be computed; nothing is said of these either. */
class Undecided extends Error {}

function columnText(choice: FormChoice, column: string): string {
  if (column === "name") return choice.name;
  return choice.extra !== undefined && Object.hasOwn(choice.extra, column) ? choice.extra[column]! : "";
}

function within(place: Place, repeats: readonly string[]): Place {
  return Object.fromEntries(repeats.flatMap((each) => Object.hasOwn(place, each) ? [[each, place[each]!]] : []));
}

function tooMuch(what: string, limit: number): TinmanError<"TOO_LARGE"> {
  return new TinmanError("TOO_LARGE", `Cannot evaluate an expression: ${what}`, { limit, actual: limit + 1 });
}

/** The name of a field as people see it, for messages. */
export function labelOf(item: CompiledItem, form: CompiledForm, language?: string): string {
  return textIn(item.field?.label, form.schema, language) ?? nameOf(item.path);
}
