import type { Event } from "./event.ts";
import type { EventPattern } from "./pattern.ts";
import { namesOf, readEventPattern, readPattern } from "./pattern_check.ts";

/** Says whether a value matches. Undefined in place of one: every value does. */
export type Test<T = unknown> = (value: T) => boolean;
/** Reads what is bound out of a value that matches. */
type Read<T = unknown> = (value: T, into: Record<string, unknown>) => void;

/** One way in which a pattern matches: events of a kind (undefined: of any) that pass a test. */
export interface Way {
  readonly kind: { readonly kindName: string; readonly lineage: readonly string[] } | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly test: Test<Event<object>> | undefined;
  /** What the handler gets. */
  readonly read: (event: Event<object>) => unknown;
}

/** A pattern as functions: all the ways in which it matches, of which the first counts. */
export function compilePattern(pattern: EventPattern): readonly Way[] {
  const part = readEventPattern(pattern);
  switch (part.type) {
    case "any":
      return [{ kind: undefined, attributes: {}, test: undefined, read: dataOf }];
    case "when":
      return [{ kind: undefined, attributes: {}, test: part.test as Test<Event<object>>, read: dataOf }];
    case "either":
      return part.patterns.flatMap(compilePattern);
    case "where": {
      const test = compileFields(part.attributes);
      const read = compileReads(part.attributes);
      return [{
        kind: part.kind,
        attributes: part.attributes,
        test: test && ((event) => test(event.data)),
        read: read === undefined ? dataOf : (event) => {
          const bound: Record<string, unknown> = {};
          read(event.data, bound);
          return bound;
        },
      }];
    }
  }
}

function dataOf(event: Event<object>): object {
  return event.data;
}

/** Whether two values are the same to a pattern: as `===`, and NaN is itself. */
export function isSame(a: unknown, b: unknown): boolean {
  return a === b || (a !== a && b !== b);
}

function compileTest(pattern: unknown): Test | undefined {
  const part = readPattern(pattern);
  switch (part.type) {
    case "any":
      return undefined;
    case "literal": {
      const { value } = part;
      return value !== value ? (other) => other !== other : (other) => other === value;
    }
    case "when":
      return part.test as Test;
    case "bind":
      return compileTest(part.pattern);
    case "oneOf":
      return compileOneOf(part.patterns);
    case "each": {
      const test = compileTest(part.pattern);
      return (value) => Array.isArray(value) && (test === undefined || value.every((item) => test(item)));
    }
    case "list": {
      const tests = part.patterns.map(compileTest);
      return (value) =>
        Array.isArray(value) && value.length === tests.length &&
        tests.every((test, i) => test === undefined || test(value[i]));
    }
    case "fields": {
      const test = compileFields(part.patterns) ?? (() => true);
      return (value) => typeof value === "object" && value !== null && test(value);
    }
  }
}

function compileOneOf(patterns: readonly unknown[]): Test | undefined {
  const parts = patterns.map(readPattern);
  if (parts.every((part) => part.type === "literal")) {
    const values = new Set(parts.map(({ value }) => value));
    return (value) => values.has(value);
  }
  const tests = patterns.map(compileTest);
  return tests.includes(undefined) ? undefined : (value) => tests.some((test) => test!(value));
}

function compileFields(patterns: Readonly<Record<string, unknown>>): Test<object> | undefined {
  const tests = Object.entries(patterns).map(([name, pattern]) => compileField(name, pattern));
  if (tests.length <= 1) return tests[0];
  if (tests.length === 2) {
    const [first, second] = tests as [Test<object>, Test<object>];
    return (value) => first(value) && second(value);
  }
  return (value) => tests.every((test) => test(value));
}

function compileField(name: string, pattern: unknown): Test<object> {
  const test = compileTest(pattern);
  // What objects have from birth, such as `constructor`, is no attribute.
  const has = name in Object.prototype
    ? (value: object) => Object.hasOwn(value, name)
    : (value: object) => name in value;
  const get = (value: object) => (value as Record<string, unknown>)[name];
  if (takesMissing(pattern)) return (value) => test === undefined || !has(value) || test(get(value));
  if (test === undefined) return has;
  const part = readPattern(pattern);
  if (part.type === "literal" && part.value === part.value && !(name in Object.prototype)) {
    const wanted = part.value;
    return (value) => (value as Record<string, unknown>)[name] === wanted;
  }
  return (value) => has(value) && test(get(value));
}

/** Whether an attribute that is missing matches: only where `undefined` itself is asked for. */
export function takesMissing(pattern: unknown): boolean {
  const part = readPattern(pattern);
  if (part.type === "bind") return takesMissing(part.pattern);
  if (part.type === "oneOf") return part.patterns.some(takesMissing);
  return part.type === "literal" && part.value === undefined;
}

function compileReads(patterns: Readonly<Record<string, unknown>>): Read<object> | undefined {
  const reads = Object.entries(patterns).flatMap(([name, pattern]) => {
    const read = compileRead(pattern);
    return read === undefined
      ? []
      : [(value: object, into: Record<string, unknown>) => read((value as Record<string, unknown>)[name], into)];
  });
  return allReads(reads);
}

function allReads<T>(reads: readonly Read<T>[]): Read<T> | undefined {
  if (reads.length <= 1) return reads[0];
  return (value, into) => {
    for (const read of reads) read(value, into);
  };
}

function compileRead(pattern: unknown): Read | undefined {
  const part = readPattern(pattern);
  switch (part.type) {
    case "any":
    case "literal":
    case "when":
      return undefined;
    case "bind": {
      const { name } = part;
      const inner = compileRead(part.pattern);
      return (value, into) => {
        define(into, name, value);
        inner?.(value, into);
      };
    }
    case "oneOf": {
      const ways = part.patterns.map((each) => ({ test: compileTest(each), read: compileRead(each) }));
      if (ways.every(({ read }) => read === undefined)) return undefined;
      return (value, into) => ways.find(({ test }) => test === undefined || test(value))?.read?.(value, into);
    }
    case "each": {
      const read = compileRead(part.pattern);
      return read && ((value, into) => readEach(read, namesOf(part.pattern), value as readonly unknown[], into));
    }
    case "list":
      return allReads(part.patterns.flatMap((each, i) => {
        const read = compileRead(each);
        return read === undefined
          ? []
          : [(value: unknown, into: Record<string, unknown>) => read((value as readonly unknown[])[i], into)];
      }));
    case "fields":
      return compileReads(part.patterns) as Read | undefined;
  }
}

function readEach(
  read: Read,
  names: readonly string[],
  items: readonly unknown[],
  into: Record<string, unknown>,
): void {
  const lists = names.map((): unknown[] => []);
  for (const item of items) {
    const bound: Record<string, unknown> = {};
    read(item, bound);
    names.forEach((name, i) => lists[i]!.push(bound[name]));
  }
  names.forEach((name, i) => define(into, name, lists[i]));
}

// A name may be `__proto__`, which is not simply set.
function define(into: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__") Object.defineProperty(into, name, { value, enumerable: true });
  else into[name] = value;
}
