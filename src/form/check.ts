import { didYouMean } from "../errors/mod.ts";
import { type CompiledForm, type CompiledItem, compileForm, type Rule } from "./compile.ts";
import { EntryValues } from "./entry_values.ts";
import { type EntryKey, keyAt, parseKey, type Place } from "./instances.ts";
import { type FormSchema, type FormValue, isAsked, textIn } from "./schema.ts";
import { unfit } from "./value.ts";
import { truth } from "./x_value.ts";

/** Which promise of a form an entry breaks. */
export type EntryRule = "name" | "type" | "choice" | "range" | "required" | "constraint" | "relevant";

/** One thing to mend in an entry. */
export interface EntryProblem {
  /** The key of the value: `household/member[2]/age`. */
  readonly field: string;
  /** What is broken. */
  readonly rule: EntryRule;
  /** Whether the entry cannot stay so. A value that is not asked for any more only draws a warning. */
  readonly level: "error" | "warning";
  /** In the form's own words where it has them. */
  readonly message: string;
}

/** What {@linkcode checkEntry} found. */
export interface EntryCheck {
  /** What to mend, in the order of the form; first what is not in the form or of another type. */
  readonly problems: readonly EntryProblem[];
  /** Rules about which nothing can be said, with the reason: they use what tinman does not serve. */
  readonly unchecked: readonly { readonly field: string; readonly rule: string; readonly reason: string }[];
  /** What the calculations of the form give, by key, where the entry has no value of its own. */
  readonly computed: Readonly<Record<string, string>>;
}

/** Options of {@linkcode checkEntry}. */
export interface CheckEntryOptions {
  /** What `today()` and `now()` are, in Unix time. */
  readonly nowNs: bigint;
  /** Minutes that local time is ahead of UTC. @default {0} */
  readonly offsetMinutes?: number;
  /** The language of messages. @default the form's own */
  readonly language?: string;
}

/** Most values of one entry, and most problems that are named. */
const MAX_VALUES = 20_000;
const MAX_PROBLEMS = 1_000;

/**
 * Compares an entry with its form. `values` has a value for each key: `name`, `household/member[1]/age`. Nothing is
 * changed, and whatever the values are, nothing is thrown for them.
 */
export function checkEntry(
  schema: FormSchema,
  values: Readonly<Record<string, unknown>>,
  { nowNs, offsetMinutes = 0, language }: CheckEntryOptions,
): EntryCheck {
  const moment = { ms: Number(nowNs / 1_000_000n), offsetMinutes };
  return new Checker(compileForm(schema), { moment, language }).check(values);
}

/** `household/member[2]/age: constraint: …` */
export function formatEntryProblem({ field, rule, message }: EntryProblem): string {
  return `${field}: ${rule}: ${message}`;
}

class Checker {
  readonly #form: CompiledForm;
  readonly #values: EntryValues;
  readonly #language: string | undefined;
  readonly #problems: EntryProblem[] = [];
  readonly #unchecked: { field: string; rule: string; reason: string }[] = [];

  constructor(
    form: CompiledForm,
    options: { readonly moment: { ms: number; offsetMinutes: number }; readonly language: string | undefined },
  ) {
    this.#form = form;
    this.#language = options.language;
    this.#values = new EntryValues(form, options);
  }

  check(values: Readonly<Record<string, unknown>>): EntryCheck {
    const given = this.#take(values);
    for (const item of this.#form.items.values()) {
      if (item.field === undefined) continue;
      for (const place of this.#values.instances.places(item, {})) {
        const key = keyAt(item.path, place);
        if (given.has(key)) this.#checkGiven(item, place, given.get(key)!);
        else this.#checkMissing(item, place);
      }
    }
    const computed = [...this.#values.computed].filter(([, text]) => text !== "");
    return { problems: this.#problems, unchecked: this.#unchecked, computed: Object.fromEntries(computed) };
  }

  /** Takes what fits; the value is absent for what is there and does not fit. */
  #take(values: Readonly<Record<string, unknown>>): ReadonlyMap<string, FormValue | undefined> {
    const given = new Map<string, FormValue | undefined>();
    const entries = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== "");
    if (entries.length > MAX_VALUES) {
      this.#add("", "name", `the entry has ${entries.length} values, more than ${MAX_VALUES}`);
    }
    for (const [key, value] of entries.slice(0, MAX_VALUES)) {
      const found = parseKey(key, this.#form);
      if ("problem" in found) {
        const near = found.path === undefined ? undefined : this.#near(found.path, this.#form.items.keys());
        this.#add(key.slice(0, 200), "name", near === undefined ? found.problem : `${found.problem}; ${near}`);
        continue;
      }
      this.#values.instances.add(found);
      given.set(keyAt(found.item.path, found.place), this.#fit(found, value));
    }
    return given;
  }

  #fit({ item, place }: EntryKey, value: unknown): FormValue | undefined {
    const problem = unfit(item.field!, value);
    if (problem !== undefined) {
      this.#add(keyAt(item.path, place), "type", problem);
      return undefined;
    }
    this.#values.give(item, place, value as FormValue);
    return value as FormValue;
  }

  #checkMissing(item: CompiledItem, place: Place): void {
    const { field, rules } = item;
    if (rules.calculation !== undefined) {
      // Asked for, so that it is among what was computed, and what cannot be is named.
      this.#values.compute(item, place, (reason) => this.#undecided(item, place, "calculation", reason));
    }
    if (rules.required === undefined || !isAsked(field!) || rules.calculation !== undefined) return;
    const relevant = this.#values.isRelevant(item, place);
    if (relevant === false) return;
    if (relevant === undefined) return this.#undecided(item, place, "required", "whether it is asked cannot be said");
    if (this.#run(item, "required", place) === true) {
      this.#say(item, place, "required", field!.requiredMessage, "an answer is missing");
    }
  }

  #checkGiven(item: CompiledItem, place: Place, value: FormValue | undefined): void {
    const { field, rules } = item;
    if (item.conditional) {
      const relevant = this.#values.isRelevant(item, place);
      if (relevant === undefined) this.#undecided(item, place, "relevant", "it uses what is not served");
      if (relevant === false) {
        const why = rules.relevant?.source ??
          item.around.findLast((each) => each.rules.relevant)?.rules.relevant?.source;
        const message = `it has a value and is asked only if ${why}`;
        return this.#add(keyAt(item.path, place), "relevant", message, "warning");
      }
    }
    if (value === undefined) return;
    if (field!.type === "select_one" || field!.type === "select_multiple" || field!.type === "rank") {
      this.#checkChoices(item, place, typeof value === "object" ? value : [String(value)]);
    }
    if (field!.type === "range" && typeof value === "number") this.#checkRange(item, place, value);
    if (rules.constraint !== undefined && this.#run(item, "constraint", place) === false) {
      this.#say(
        item,
        place,
        "constraint",
        field!.constraintMessage,
        `expected ${rules.constraint.source}, found ${shown(value)}`,
      );
    }
  }

  #checkChoices(item: CompiledItem, place: Place, names: readonly string[]): void {
    const { choices, rules, field } = item;
    if (choices === undefined) {
      return this.#undecided(item, place, "choice", `its choices are in ${field!.choicesFile ?? "another file"}`);
    }
    for (const name of names) {
      const choice = choices.get(name);
      if (choice === undefined) {
        const near = this.#near(name, choices.keys());
        const some = [...choices.keys()].slice(0, 8).join(", ") + (choices.size > 8 ? ", …" : "");
        this.#add(keyAt(item.path, place), "choice", `${shown(name)} is no choice; ${near ?? `there are ${some}`}`);
      } else if (rules.choiceFilter !== undefined) {
        const outcome = this.#values.run(item, "choiceFilter", place, choice);
        if ("undecided" in outcome) return this.#undecided(item, place, "choice", outcome.undecided);
        if (!truth(outcome.value)) {
          const message = `${shown(name)} is offered only where ${rules.choiceFilter.source}`;
          this.#add(keyAt(item.path, place), "choice", message);
        }
      }
    }
    if (field!.type === "rank" && names.length < choices.size && rules.choiceFilter === undefined) {
      this.#add(keyAt(item.path, place), "choice", `it ranks ${names.length} of ${choices.size} choices`);
    }
  }

  #checkRange(item: CompiledItem, place: Place, value: number): void {
    const { start = "1", end = "10" } = item.field!.parameters ?? {};
    const [low, high] = [Math.min(Number(start), Number(end)), Math.max(Number(start), Number(end))];
    if (value < low || value > high) {
      this.#add(keyAt(item.path, place), "range", `expected ${low} to ${high}, found ${value}`);
    }
  }

  /** Whether a rule holds; undefined when that cannot be said, which is then noted. */
  #run(item: CompiledItem, rule: Rule, place: Place): boolean | undefined {
    const outcome = this.#values.run(item, rule, place);
    if ("value" in outcome) return truth(outcome.value);
    this.#undecided(item, place, rule, outcome.undecided);
    return undefined;
  }

  #say(item: CompiledItem, place: Place, rule: EntryRule, own: Parameters<typeof textIn>[0], otherwise: string): void {
    const text = textIn(own, this.#form.schema, this.#language);
    this.#add(keyAt(item.path, place), rule, text === undefined ? otherwise : this.#values.fill(text, item, place));
  }

  // Looking for a near name in a long list takes a while, so only the first ones are worth it.
  #near(name: string, names: Iterable<string>): string | undefined {
    return this.#problems.length < 20 ? didYouMean(name.slice(0, 100), names) : undefined;
  }

  #undecided(item: CompiledItem, place: Place, rule: string, reason: string): void {
    if (this.#unchecked.length < MAX_PROBLEMS) this.#unchecked.push({ field: keyAt(item.path, place), rule, reason });
  }

  #add(field: string, rule: EntryRule, message: string, level: "error" | "warning" = "error"): void {
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push({ field, rule, level, message });
  }
}

function shown(value: FormValue): string {
  const text = JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}
