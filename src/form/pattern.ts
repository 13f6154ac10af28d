import { TinmanError } from "../errors/mod.ts";
import { parsePattern, type PatternNode } from "./pattern_parser.ts";

/**
 * A regular expression as a program for a machine that is in many states at once (Thompson 1968; Cox, "Regular Expression
 * Matching Can Be Simple And Fast", 2007). It takes time in proportion to pattern × text, whatever the pattern is:
 * `(a+)+$` is no trap. What cannot be had that way, back references and looking around, is refused.
 */
export interface Pattern {
  readonly program: readonly Instruction[];
}

type Instruction =
  | { readonly op: "char"; readonly fits: (char: string) => boolean }
  | { readonly op: "split"; readonly to: number; readonly or: number }
  | { readonly op: "jump"; readonly to: number }
  | { readonly op: "start" }
  | { readonly op: "end" }
  | { readonly op: "match" };

/** Longest program; `[0-9]{1,1000}` makes two thousand. */
const MAX_PROGRAM = 4_000;
/** Most steps for one text: some tenths of a second. */
const MAX_STEPS = 20_000_000;

/** A pattern, or what is wrong with it, or what in it is not served. */
export function compilePattern(source: string): Pattern | { readonly problem: string } | { readonly unserved: string } {
  const parsed = parsePattern(source);
  if (!("node" in parsed)) return parsed;
  const draft: Draft = { program: [], calls: 0 };
  try {
    emit(parsed.node, draft);
  } catch (error) {
    if (error instanceof ProgramTooLong) return { problem: `it repeats too much: more than ${MAX_PROGRAM} steps` };
    throw error;
  }
  draft.program.push({ op: "match" });
  return draft;
}

/**
 * Whether the pattern describes all of `text`, as `regex()` of ODK does.
 *
 * @throws {TinmanError} `TOO_LARGE` when pattern × text is more than twenty million steps.
 */
export function matchesPattern(pattern: Pattern, text: string): boolean {
  const { program } = pattern;
  const work = patternWork(pattern, text);
  if (work > MAX_STEPS) {
    throw new TinmanError("TOO_LARGE", `Cannot match a pattern in ${work} steps, more than ${MAX_STEPS}`, {
      limit: MAX_STEPS,
      actual: work,
    });
  }
  let now = new States(program.length);
  let next = new States(program.length);
  let at = 0;
  now.add(0, program, at === 0, text.length === 0);
  for (const char of text) {
    at += char.length;
    next.clear();
    for (const state of now.list()) {
      const step = program[state]!;
      if (step.op === "char" && step.fits(char)) next.add(state + 1, program, false, at === text.length);
    }
    [now, next] = [next, now];
    if (now.size === 0) return false;
  }
  return now.list().some((state) => program[state]!.op === "match");
}

/** The most steps that a pattern takes for a text. */
export function patternWork({ program }: Pattern, text: string): number {
  return program.length * (text.length + 1);
}

/** A set of places in the program, with what can be reached from them without a character. */
class States {
  readonly #seen: Uint32Array;
  readonly #states: number[] = [];
  #round = 1;

  constructor(size: number) {
    this.#seen = new Uint32Array(size);
  }

  get size(): number {
    return this.#states.length;
  }

  list(): readonly number[] {
    return this.#states;
  }

  clear(): void {
    this.#states.length = 0;
    this.#round++;
  }

  add(from: number, program: readonly Instruction[], atStart: boolean, atEnd: boolean): void {
    const waiting = [from];
    for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
      if (this.#seen[state] === this.#round) continue;
      this.#seen[state] = this.#round;
      const step = program[state]!;
      if (step.op === "jump") waiting.push(step.to);
      else if (step.op === "split") waiting.push(step.or, step.to);
      else if (step.op === "start") atStart && waiting.push(state + 1);
      else if (step.op === "end") atEnd && waiting.push(state + 1);
      else this.#states.push(state);
    }
  }
}

class ProgramTooLong extends Error {}

interface Draft {
  readonly program: Instruction[];
  calls: number;
}

function emit(node: PatternNode, draft: Draft): void {
  const { program } = draft;
  // What is empty makes no program, and can still be repeated a thousand times a thousand times.
  if (program.length > MAX_PROGRAM || ++draft.calls > 10 * MAX_PROGRAM) throw new ProgramTooLong();
  switch (node.kind) {
    case "char":
      return void program.push({ op: "char", fits: node.fits });
    case "start":
    case "end":
      return void program.push({ op: node.kind });
    case "all":
      for (const part of node.parts) emit(part, draft);
      return;
    case "any":
      return emitAny(node.parts, draft);
    case "repeat":
      return emitRepeat(node, draft);
  }
}

function emitAny(parts: readonly PatternNode[], draft: Draft): void {
  const { program } = draft;
  const ends: number[] = [];
  parts.forEach((part, i) => {
    const split = program.length;
    const last = i === parts.length - 1;
    if (!last) program.push({ op: "match" });
    emit(part, draft);
    if (last) return;
    ends.push(program.length);
    program.push({ op: "match" });
    program[split] = { op: "split", to: split + 1, or: program.length };
  });
  for (const end of ends) program[end] = { op: "jump", to: program.length };
}

function emitRepeat({ of, least, most }: PatternNode & { kind: "repeat" }, draft: Draft): void {
  const { program } = draft;
  for (let i = 0; i < least; i++) emit(of, draft);
  if (most === Infinity) {
    const split = program.length;
    program.push({ op: "match" });
    emit(of, draft);
    program.push({ op: "jump", to: split });
    program[split] = { op: "split", to: split + 1, or: program.length };
    return;
  }
  const splits: number[] = [];
  for (let i = least; i < most; i++) {
    splits.push(program.length);
    program.push({ op: "match" });
    emit(of, draft);
  }
  for (const split of splits) program[split] = { op: "split", to: split + 1, or: program.length };
}
