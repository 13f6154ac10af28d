import { TinmanError } from "../errors/mod.ts";
import { isSame, takesMissing } from "./match.ts";
import type { EventPattern } from "./pattern.ts";
import { type EventPart, readEventPattern, readPattern } from "./pattern_check.ts";
import type { Processor } from "./processor.ts";

/** A handler that is never called, or that `strict` refuses. */
export interface PatternProblem {
  /** Whose handler it is. */
  readonly processor: string;
  /** Which of its handlers, from 0. */
  readonly handler: number;
  /** What is odd, as a sentence. */
  readonly message: string;
}

/** Alternatives of one handler that are looked at one by one. */
const MAX_PARTS = 256;

type Where = EventPart & { type: "where" };

/**
 * Finds handlers that can never be called: their pattern matches nothing, or handlers before them take all of it.
 *
 * @throws {TinmanError} `CONFIG` with `strict`, for the first problem, and for a pattern that takes any kind of event.
 */
export function findPatternProblems(processors: readonly Processor[], strict: boolean): PatternProblem[] {
  const problems = processors.flatMap(problemsOf);
  if (!strict) return problems;
  for (const { name, handlers } of processors) {
    const handler = handlers.findIndex(({ pattern }) => isOpen(pattern));
    if (handler < 0) continue;
    problems.push({ processor: name, handler, message: `${ordinal(name, handler)} takes events of any kind` });
  }
  const [problem] = problems;
  if (problem === undefined) return problems;
  throw new TinmanError("CONFIG", problem.message, {
    hint: "Change the pattern, or leave `strict` out: then it is in `pipeline.problems` at most",
  });
}

function problemsOf({ name, handlers }: Processor): PatternProblem[] {
  const problems: PatternProblem[] = [];
  const before: EventPart[] = [];
  handlers.forEach(({ pattern }, handler) => {
    const parts = partsOf(pattern).filter((part) => !isEmpty(part));
    const what = ordinal(name, handler);
    if (parts.length === 0) {
      problems.push({ processor: name, handler, message: `${what} is never called: nothing can match its pattern` });
    } else if (parts.every((part) => before.some((earlier) => coversEvent(earlier, part)))) {
      problems.push({ processor: name, handler, message: `${what} is never called: those before it take all of it` });
    }
    before.push(...parts);
  });
  return problems;
}

function ordinal(processor: string, handler: number): string {
  return `Handler ${handler + 1} of processor ${JSON.stringify(processor)}`;
}

/** All alternatives of a pattern of events, those of its attributes, too: several handlers together may take them all. */
function partsOf(pattern: EventPattern): EventPart[] {
  const part = readEventPattern(pattern);
  if (part.type === "either") return part.patterns.flatMap(partsOf);
  return part.type === "where" ? spread(part) : [part];
}

function spread(part: Where): Where[] {
  let parts = [part];
  for (const [name, pattern] of Object.entries(part.attributes)) {
    const choices = choicesOf(pattern);
    if (choices.length * parts.length > MAX_PARTS) continue;
    parts = choices.flatMap((choice) =>
      parts.map((each) => ({ ...each, attributes: { ...each.attributes, [name]: choice } }))
    );
  }
  return parts;
}

function choicesOf(pattern: unknown): readonly unknown[] {
  const part = readPattern(pattern);
  if (part.type === "bind") return choicesOf(part.pattern);
  return part.type === "oneOf" ? part.patterns.flatMap(choicesOf) : [pattern];
}

function isOpen(pattern: EventPattern): boolean {
  return partsOf(pattern).some(({ type }) => type !== "where");
}

function isEmpty(part: EventPart): boolean {
  return part.type === "where" && Object.values(part.attributes).some(isNothing);
}

/** Whether no value matches. */
function isNothing(pattern: unknown): boolean {
  const part = readPattern(pattern);
  switch (part.type) {
    case "bind":
      return isNothing(part.pattern);
    case "oneOf":
      return part.patterns.every(isNothing);
    case "list":
      return part.patterns.some(isNothing);
    case "fields":
      return Object.values(part.patterns).some(isNothing);
    default:
      return false;
  }
}

function coversEvent(a: EventPart, b: EventPart): boolean {
  if (a.type === "any") return true;
  if (a.type === "when") return b.type === "when" && a.test === b.test;
  return a.type === "where" && b.type === "where" && coversWhere(a, b);
}

function coversWhere(a: Where, b: Where): boolean {
  return b.kind.lineage.includes(a.kind.kindName) && coversFields(a.attributes, b.attributes);
}

function coversFields(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(a).every(([name, pattern]) =>
    Object.hasOwn(b, name) && covers(pattern, b[name]) && (takesMissing(pattern) || !takesMissing(b[name]))
  );
}

/** Whether `a` certainly matches whatever `b` matches. */
function covers(a: unknown, b: unknown): boolean {
  const [x, y] = [readPattern(a), readPattern(b)];
  if (x.type === "bind") return covers(x.pattern, b);
  if (y.type === "bind") return covers(a, y.pattern);
  if (x.type === "any") return true;
  if (y.type === "oneOf") return y.patterns.every((each) => covers(a, each));
  if (x.type === "oneOf") return x.patterns.some((each) => covers(each, b));
  if (x.type === "literal") return y.type === "literal" && isSame(x.value, y.value);
  if (x.type === "when") return y.type === "when" && x.test === y.test;
  if (x.type === "each") {
    if (y.type === "list") return y.patterns.every((each) => covers(x.pattern, each));
    return y.type === "each" && covers(x.pattern, y.pattern);
  }
  if (x.type === "list") {
    return y.type === "list" && x.patterns.length === y.patterns.length &&
      x.patterns.every((each, i) => covers(each, y.patterns[i]));
  }
  return y.type === "fields" && coversFields(x.patterns, y.patterns);
}
