import { type EventPattern, PATTERN } from "./pattern.ts";

/** How deep patterns may be nested, so that none can exhaust the stack. */
const MAX_DEPTH = 64;
/** How many names one pattern may bind. */
const MAX_NAMES = 256;

/** What a pattern of a value is, told apart. */
export type Part =
  | { readonly type: "any" }
  | { readonly type: "literal"; readonly value: unknown }
  | { readonly type: "when"; readonly test: (value: never) => boolean }
  | { readonly type: "oneOf"; readonly patterns: readonly unknown[] }
  | { readonly type: "bind"; readonly name: string; readonly pattern: unknown }
  | { readonly type: "each"; readonly pattern: unknown }
  | { readonly type: "list"; readonly patterns: readonly unknown[] }
  | { readonly type: "fields"; readonly patterns: Readonly<Record<string, unknown>> };

/** What a pattern of an event is, told apart. */
export type EventPart =
  | { readonly type: "any" }
  | { readonly type: "when"; readonly test: (value: never) => boolean }
  | { readonly type: "either"; readonly patterns: readonly EventPattern[] }
  | {
    readonly type: "where";
    readonly kind: { readonly kindName: string; readonly lineage: readonly string[] };
    readonly attributes: Readonly<Record<string, unknown>>;
  };

const NONE = Object.freeze({});

/** Tells the patterns of events apart. */
export function readEventPattern(pattern: EventPattern): EventPart {
  if (pattern !== null && (typeof pattern === "object" || typeof pattern === "function")) {
    if ("kindName" in pattern && "lineage" in pattern) return { type: "where", kind: pattern, attributes: NONE };
    if (PATTERN in pattern) {
      switch (pattern[PATTERN]) {
        case "any":
          return { type: "any" };
        case "when":
          return { type: "when", test: pattern.test };
        case "either":
          return { type: "either", patterns: pattern.patterns };
        case "where":
          return { type: "where", kind: pattern.kind, attributes: pattern.attributes };
      }
    }
  }
  throw new TypeError(`Cannot match events with ${nameOf(pattern)}: expected a kind, where(), either() or anyEvent`);
}

/** Tells the patterns of values apart. */
export function readPattern(pattern: unknown): Part {
  if (typeof pattern === "function") {
    if ("kindName" in pattern) throw new TypeError("Cannot match a value with a kind: it is a pattern of events");
    return { type: "when", test: pattern as (value: never) => boolean };
  }
  if (typeof pattern !== "object" || pattern === null) return { type: "literal", value: pattern };
  if (PATTERN in pattern) {
    const { [PATTERN]: type, ...rest } = pattern;
    if (type === "where" || type === "either") {
      throw new TypeError(`Cannot match a value with ${type}(): it is a pattern of events`);
    }
    return { type, ...rest } as Part;
  }
  if (Array.isArray(pattern)) return { type: "list", patterns: pattern };
  const prototype = Object.getPrototypeOf(pattern);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`Cannot match a value with ${nameOf(pattern)}: expected a function that compares it`);
  }
  return { type: "fields", patterns: pattern as Readonly<Record<string, unknown>> };
}

/** The names that a pattern of events binds, in order. */
export function checkPattern(pattern: EventPattern): readonly string[] {
  return namesOfEvent(pattern, 0);
}

function namesOfEvent(pattern: EventPattern, depth: number): readonly string[] {
  checkDepth(depth);
  const part = readEventPattern(pattern);
  if (part.type === "either") return namesOfAll(part.patterns.map((each) => namesOfEvent(each, depth + 1)), "either");
  if (part.type !== "where") return [];
  if (!Array.isArray(part.kind?.lineage)) {
    throw new TypeError("Cannot match events with where(): expected a kind first");
  }
  return namesOf(part.attributes, depth + 1);
}

/** The names that a pattern of a value binds, in order. */
export function namesOf(pattern: unknown, depth: number = 0): readonly string[] {
  checkDepth(depth);
  const part = readPattern(pattern);
  switch (part.type) {
    case "any":
    case "literal":
    case "when":
      return [];
    case "each":
      return namesOf(part.pattern, depth + 1);
    case "bind":
      if (typeof part.name !== "string") throw new TypeError("Cannot bind a value: expected a name");
      return joined([[part.name], namesOf(part.pattern, depth + 1)]);
    case "oneOf":
      return namesOfAll(part.patterns.map((each) => namesOf(each, depth + 1)), "oneOf");
    case "list":
      return joined(part.patterns.map((each) => namesOf(each, depth + 1)));
    case "fields":
      return joined(Object.values(part.patterns).map((each) => namesOf(each, depth + 1)));
  }
}

function joined(parts: readonly (readonly string[])[]): readonly string[] {
  const names = parts.flat();
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new TypeError(`Cannot bind ${JSON.stringify(twice)} twice in one pattern: each name has one value`);
  }
  if (names.length > MAX_NAMES) {
    throw new RangeError(`Cannot bind ${names.length} names in one pattern: at most ${MAX_NAMES} are allowed`);
  }
  return names;
}

function namesOfAll(all: readonly (readonly string[])[], what: string): readonly string[] {
  const first = all[0] ?? [];
  for (const names of all) {
    if (names.length !== first.length || names.some((name) => !first.includes(name))) {
      throw new TypeError(
        `Cannot tell what ${what}() binds: one pattern binds ${list(first)}, another ${list(names)}`,
      );
    }
  }
  return first;
}

function checkDepth(depth: number): void {
  if (depth > MAX_DEPTH) throw new RangeError(`Cannot nest patterns deeper than ${MAX_DEPTH}`);
}

function list(names: readonly string[]): string {
  return names.length === 0 ? "nothing" : names.map((name) => JSON.stringify(name)).join(", ");
}

function nameOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  return `a ${value.constructor?.name ?? "object"}`;
}
