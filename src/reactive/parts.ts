import { type EventPattern, PATTERN } from "./pattern.ts";
import { findPatternProblems } from "./pattern_problems.ts";
import type { Processor } from "./processor.ts";

/** What a processor hears of, requires and provides; how `tinman graph` shows it. */
export interface ProcessorPart {
  /** Its name in the pipeline. */
  readonly name: string;
  /** Names of the kinds of events that its handlers take; `*` for any. Without what runs and builders say to each other. */
  readonly takes: readonly string[];
  /** Targets whose artifacts it hears of. */
  readonly requires: readonly string[];
  /** Targets that it builds. */
  readonly provides: readonly string[];
  /** What is odd about its patterns, where something is. */
  readonly problems?: readonly string[];
}

/** What each processor hears of, requires and provides. */
export function describeProcessors(processors: readonly Processor[]): ProcessorPart[] {
  const found = findPatternProblems(processors, false);
  return processors.map(({ name, handlers, wiring }) => {
    const problems = found.filter(({ processor }) => processor === name).map(({ message }) => message);
    const heard = handlers.flatMap(({ pattern }) => heardBy(pattern));
    const kinds = heard.filter(({ kind, target }) => target === undefined && !/^__.*__$/.test(kind));
    const targets = heard.filter(({ kind }) => kind === "built").flatMap(({ target = [] }) => target);
    return {
      name,
      takes: [...new Set(kinds.map(({ kind }) => kind))],
      requires: wiring?.requires ?? [...new Set(targets)],
      provides: wiring?.provides ?? [],
      ...(problems.length > 0 && { problems }),
    };
  });
}

interface Heard {
  readonly kind: string;
  /** Of which target, where it asks for one by name. */
  readonly target?: string;
}

function heardBy(pattern: EventPattern): readonly Heard[] {
  if ("kindName" in pattern) return [{ kind: pattern.kindName }];
  if (pattern[PATTERN] === "either") return pattern.patterns.flatMap(heardBy);
  if (pattern[PATTERN] !== "where") return [{ kind: "*" }];
  const { kind: { kindName: kind }, attributes: { target } } = pattern;
  return [{ kind, ...((kind === "built" || kind === "resolve") && typeof target === "string" && { target }) }];
}
