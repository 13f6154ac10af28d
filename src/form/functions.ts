import { TinmanError } from "../errors/mod.ts";
import { daysOfText, formatDate, formatDateTime, localDays, type Moment, strftime } from "./dates.ts";
import { compilePattern, matchesPattern, type Pattern, patternWork } from "./pattern.ts";
import { toNumber, toText, truth, type XValue } from "./x_value.ts";

/** What functions know besides their arguments. */
export interface CallContext {
  readonly moment: Moment;
  /** The field that the expression belongs to. */
  here(): readonly string[];
  /**
   * Counts work, in characters that are looked at.
   *
   * @throws {TinmanError} `TOO_LARGE` when it was too much.
   */
  spend(characters: number): void;
}

/** Longest text that a function makes: doubling one a hundred times is a short expression. */
const MAX_TEXT = 1_000_000;

/** Calls a function of `function_names.ts`; those that take places instead of values are in `evaluate.ts`. */
export function callFunction(name: string, args: readonly XValue[], context: CallContext): XValue {
  context.spend(args.reduce((sum: number, each) => sum + lengthOf(each), 0));
  const result = implementations[name]!(args, context);
  context.spend(lengthOf(result));
  if (typeof result !== "string" || result.length <= MAX_TEXT) return result;
  throw new TinmanError("TOO_LARGE", `Cannot evaluate ${name}(): a text has more than ${MAX_TEXT} characters`, {
    limit: MAX_TEXT,
    actual: result.length,
  });
}

type Implementation = (args: readonly XValue[], context: CallContext) => XValue;

const text = (of: (...texts: string[]) => XValue): Implementation => (args, { here }) =>
  of(...(args.length === 0 ? [toText(here())] : args.map(toText)));
const number = (of: (...numbers: number[]) => number): Implementation => (args, { moment }) =>
  of(...args.map((each) => toNumber(each, moment)));
const words = (value: XValue) => toText(value).split(/\s+/).filter((word) => word !== "");
const nodes = (value: XValue): readonly XValue[] => typeof value === "object" ? value : [value];
const numbersOf = (args: readonly XValue[], moment: Moment) =>
  args.flatMap(nodes).filter((each) => each !== "").map((each) => toNumber(each, moment));

/** Days since 1970 of a text or a number; undefined for what is neither. */
const daysIn = (value: XValue, moment: Moment): number | undefined => {
  const days = typeof value === "number" ? value : daysOfText(toText(value).trim(), moment) ?? toNumber(value, moment);
  return Number.isFinite(days) && Math.abs(days) < 2_900_000 && days > -719_000 ? days : undefined;
};

const implementations: Readonly<Record<string, Implementation>> = {
  coalesce: (args) => args.map(toText).find((each) => each !== "") ?? "",
  once: (args, { here }) => toText(here()) === "" ? args[0]! : toText(here()),
  "true": () => true,
  "false": () => false,
  boolean: ([value]) => truth(value!),
  "boolean-from-string": text((value) => value === "true" || value === "1"),
  not: ([value]) => !truth(value!),
  // The name of a choice of a select_one may have spaces.
  selected: ([list, name]) => {
    const [all, one] = [list!, name!].map((each) => words(each).join(" "));
    return one !== "" && ` ${all} `.includes(` ${one} `);
  },
  "selected-at": ([list, at], { moment }) => words(list!)[toNumber(at!, moment)] ?? "",
  "count-selected": ([list]) => words(list!).length,
  regex: ([value, source], { spend }) => {
    const [pattern, text] = [patternOf(toText(source!)), toText(value!)];
    spend(patternWork(pattern, text));
    return matchesPattern(pattern, text);
  },
  contains: text((value, part) => value!.includes(part!)),
  "starts-with": text((value, part) => value!.startsWith(part!)),
  "ends-with": text((value, part) => value!.endsWith(part!)),
  // ODK's own, from 0 to before `end`; `substring` is that of XPath, from 1 and with a length.
  substr: ([value, start, end], { moment }) => {
    const chars = [...toText(value!)];
    const to = end === undefined ? chars.length : toNumber(end, moment);
    return chars.slice(toNumber(start!, moment), to).join("");
  },
  substring: ([value, start, length], { moment }) => {
    const from = Math.round(toNumber(start!, moment));
    const to = length === undefined ? Infinity : from + Math.round(toNumber(length, moment));
    return [...toText(value!)].filter((_, i) => i + 1 >= from && i + 1 < to).join("");
  },
  "substring-before": text((value, part) => value!.includes(part!) ? value!.slice(0, value!.indexOf(part!)) : ""),
  "substring-after": text((value, part) =>
    value!.includes(part!) ? value!.slice(value!.indexOf(part!) + part!.length) : ""
  ),
  translate: text((value, from, to) => {
    const news = [...to!];
    // The first of several counts.
    const changes = new Map([...from!].map((old, i) => [old, news[i] ?? ""] as const).reverse());
    return [...value!].map((char) => changes.get(char) ?? char).join("");
  }),
  "string-length": text((value) => [...value!].length),
  "normalize-space": text((value) => value!.trim().replace(/\s+/g, " ")),
  concat: (args) => args.flatMap(nodes).map(toText).join(""),
  join: ([separator, ...values]) => values.flatMap(nodes).map(toText).join(toText(separator!)),
  string: text((value) => value!),
  number: (args, { here, moment }) => toNumber(args[0] ?? here(), moment),
  int: number(Math.trunc),
  round: number((value, places = 0) => {
    if (Number.isNaN(places)) return NaN;
    const scale = 10 ** Math.max(-300, Math.min(300, Math.trunc(places)));
    return Number.isFinite(value * scale) ? Math.round(value * scale) / scale : value;
  }),
  floor: number(Math.floor),
  ceiling: number(Math.ceil),
  abs: number(Math.abs),
  pow: number(Math.pow),
  sqrt: number(Math.sqrt),
  exp: number(Math.exp),
  exp10: number((value) => 10 ** value),
  log: number(Math.log),
  log10: number(Math.log10),
  sin: number(Math.sin),
  cos: number(Math.cos),
  tan: number(Math.tan),
  asin: number(Math.asin),
  acos: number(Math.acos),
  atan: number(Math.atan),
  atan2: number(Math.atan2),
  pi: () => Math.PI,
  sum: (args, { moment }) => numbersOf(args, moment).reduce((sum, each) => sum + each, 0),
  count: ([set]) => typeof set === "object" ? set.length : 1,
  "count-non-empty": ([set]) => nodes(set!).filter((each) => each !== "").length,
  min: (args, { moment }) => most(numbersOf(args, moment), (a, b) => Math.min(a, b)),
  max: (args, { moment }) => most(numbersOf(args, moment), (a, b) => Math.max(a, b)),
  today: (_, { moment }) => formatDate(Math.floor(localDays(moment))),
  now: (_, { moment }) => formatDateTime(localDays(moment), moment),
  date: ([value], { moment }) => {
    const days = daysIn(value!, moment);
    return days === undefined ? "" : formatDate(Math.floor(days));
  },
  "date-time": ([value], { moment }) => {
    const days = daysIn(value!, moment);
    return days === undefined ? "" : formatDateTime(days, moment);
  },
  "decimal-date-time": ([value], { moment }) => daysIn(value!, moment) ?? NaN,
  "decimal-time": ([value], { moment }) => {
    const days = daysOfText(`1970-01-01T${toText(value!).trim()}`, moment);
    return days ?? NaN;
  },
  "format-date": (args, { moment }) => format(args, moment),
  "format-date-time": (args, { moment }) => format(args, moment),
  checklist: ([least, most, ...answers], { moment }) => {
    const yes = answers.filter((each) => truth(each)).length;
    const [from, to] = [toNumber(least!, moment), toNumber(most!, moment)];
    return yes >= from && (to < 0 || yes <= to);
  },
};

function lengthOf(value: XValue): number {
  if (typeof value === "string") return value.length;
  return typeof value === "object" ? value.reduce((sum, each) => sum + 1 + each.length, 0) : 1;
}

function format([value, shape]: readonly XValue[], moment: Moment): string {
  const days = daysIn(value!, moment);
  return days === undefined ? "" : strftime(days, toText(shape!));
}

function most(numbers: readonly number[], better: (a: number, b: number) => number): number {
  return numbers.length === 0 ? NaN : numbers.reduce(better);
}

const patterns = new Map<string, Pattern>();

/** Patterns that were compiled stay for a while; what is no pattern matches nothing. */
function patternOf(source: string): Pattern {
  const known = patterns.get(source);
  if (known !== undefined) return known;
  const compiled = compilePattern(source);
  const pattern = "program" in compiled ? compiled : NOTHING;
  if (patterns.size >= 256) patterns.clear();
  patterns.set(source, pattern);
  return pattern;
}

const NOTHING: Pattern = { program: [{ op: "char", fits: () => false }] };
