import assert from "node:assert/strict";
import fc from "fast-check";
import {
  any,
  anyEvent,
  bind,
  defineEvent,
  each,
  either,
  type Event,
  type EventPattern,
  oneOf,
  when,
  where,
} from "./mod.ts";
import { compilePattern } from "./match.ts";

const Thing = defineEvent<{ value?: unknown; other?: unknown }>("thing");

/** What a handler of this pattern gets of an event; undefined when it is not called. */
function read(pattern: EventPattern, event: Event<object>): unknown {
  const way = compilePattern(pattern).find(({ kind, test }) =>
    (kind === undefined || event.kind.lineage.includes(kind.kindName)) && (test === undefined || test(event))
  );
  return way?.read(event);
}

const matches = (pattern: unknown, value: unknown) =>
  read(where(Thing, { value: pattern }), Thing({ value })) !== undefined;

Deno.test("A literal matches what is equal: NaN itself, 0 also -0, nothing by conversion", () => {
  for (const value of ["a", 1, NaN, 0n, true, null, undefined, Infinity]) assert.ok(matches(value, value));
  assert.ok(matches(0, -0) && matches(-0, 0));
  for (const [pattern, value] of [[1, "1"], [0, false], [null, undefined], ["", 0], [1, 1n], [NaN, undefined]]) {
    assert.ok(!matches(pattern, value), `${String(pattern)} ${String(value)}`);
  }
});

Deno.test("any and bind() match what is there, also undefined; a missing attribute matches undefined alone", () => {
  assert.ok(matches(any, undefined) && matches(bind("x"), null));
  const missing = Thing({});
  assert.equal(read(where(Thing, { value: any }), missing), undefined);
  assert.equal(read(where(Thing, { value: bind("x") }), missing), undefined);
  assert.equal(read(where(Thing, { value: () => true }), missing), undefined);
  assert.deepEqual(read(where(Thing, { value: undefined }), missing), {});
  assert.deepEqual(read(where(Thing, { value: bind("x", oneOf(undefined, any)) }), missing), { x: undefined });
});

Deno.test("Lists match item by item, objects by the fields that are named, at any depth", () => {
  assert.ok(matches([1, any, { a: "b" }], [1, 2, { a: "b", c: "d" }]));
  assert.ok(!matches([1, any], [1]) && !matches([1], [1, 2]) && !matches([], "") && !matches([1], { 0: 1, length: 1 }));
  assert.ok(matches({}, {}) && matches({}, []) && !matches({}, null) && !matches({}, "text"));
  assert.ok(matches({ a: { b: [oneOf(1, 2)] } }, { a: { b: [2] } }));
  assert.ok(matches({ size: 2 }, new Set([1, 2])), "instances of classes have fields, too");
});

Deno.test("What objects have from birth is no attribute", () => {
  for (const name of ["constructor", "toString", "hasOwnProperty"]) {
    assert.ok(!matches({ [name]: any }, {}));
    assert.ok(matches({ [name]: 1 }, { [name]: 1 }));
  }
});

Deno.test("each() matches lists whose items all match, and binds lists", () => {
  assert.ok(
    matches(each(1), []) && matches(each(1), [1, 1]) && !matches(each(1), [1, 2]) && !matches(each(any), "text"),
  );
  const pairs = where(Thing, { value: each([bind("key"), bind("count", oneOf(1, 2))]) });
  assert.deepEqual(read(pairs, Thing({ value: [["a", 1], ["b", 2]] })), { key: ["a", "b"], count: [1, 2] });
  assert.deepEqual(read(pairs, Thing({ value: [] })), { key: [], count: [] });
});

Deno.test("oneOf() and either() bind by the first that matches", () => {
  const pattern = where(Thing, { value: oneOf([bind("x")], { x: bind("x") }, bind("x")) });
  assert.deepEqual([[1], { x: 2 }, 3, [4, 5]].map((value) => read(pattern, Thing({ value }))), [
    { x: 1 },
    { x: 2 },
    { x: 3 },
    { x: [4, 5] },
  ]);
  const Other = defineEvent<{ n: number }>("other");
  const both = either(where(Thing, { value: bind("x", 1) }), where(Other, { n: bind("x") }));
  assert.deepEqual([Thing({ value: 1 }), Thing({ value: 2 }), Other({ n: 3 })].map((e) => read(both, e)), [
    { x: 1 },
    undefined,
    { x: 3 },
  ]);
});

Deno.test("A kind matches its events and those of kinds that refine it; without names a handler gets all attributes", () => {
  const Small = Thing.refine<{ size: number }>("small thing");
  const small = Small({ value: 1, size: 2 });
  assert.equal(read(Thing, small), small.data);
  assert.equal(read(where(Thing, { value: 1 }), small), small.data);
  assert.equal(read(Small, Thing({ value: 1 })), undefined);
  assert.equal(read(anyEvent, small), small.data);
  assert.equal(read(when((event: Event) => event.kind === Small), small), small.data);
  assert.equal(read(when((event: Event) => event.kind === Thing), small), undefined);
});

Deno.test("where() refuses patterns that cannot be meant, at once", () => {
  const refused: readonly [unknown, RegExp][] = [
    [{ value: bind("x"), other: [bind("x")] }, /Cannot bind "x" twice in one pattern/],
    [{ value: bind("x", bind("x")) }, /"x" twice/],
    [{ value: oneOf(bind("x"), 1) }, /one pattern binds "x", another nothing/],
    [{ value: oneOf(bind("x"), bind("y")) }, /one pattern binds "x", another "y"/],
    [{ value: new Date(0) }, /Cannot match a value with a Date: expected a function that compares it/],
    [{ value: Thing }, /Cannot match a value with a kind/],
    [{ value: anyEvent && where(Thing, {}) }, /Cannot match a value with where\(\)/],
  ];
  for (const [pattern, message] of refused) {
    assert.throws(() => where(Thing, pattern as Record<never, never>), { name: "TypeError", message });
  }
  assert.throws(() => either(where(Thing, { value: bind("x") }), Thing), /Cannot tell what either\(\) binds/);
  let deep: unknown = 1;
  for (let i = 0; i < 100; i++) deep = [deep];
  assert.throws(() => where(Thing, { value: deep }), { name: "RangeError", message: /deeper than 64/ });
  const many = Array.from({ length: 300 }, (_, i) => bind(`n${i}`));
  assert.throws(() => where(Thing, { value: many }), { name: "RangeError", message: /300 names in one pattern/ });
});

Deno.test("A name that is bound may be any text, and changes nothing but the record", () => {
  const bound = read(
    where(Thing, { value: bind("__proto__"), other: bind("constructor") }),
    Thing({ value: 1, other: 2 }),
  );
  assert.deepEqual(Object.entries(bound as object), [["__proto__", 1], ["constructor", 2]]);
  assert.equal(Object.getPrototypeOf(bound), Object.prototype);
});

const json: fc.Arbitrary<unknown> = fc.jsonValue({ maxDepth: 3 });
Deno.test("Data is a pattern that matches itself, and binds any part of itself", () => {
  fc.assert(fc.property(json, (value) => {
    assert.ok(matches(value, value));
    assert.deepEqual(read(where(Thing, { value: bind("all", value) }), Thing({ value })), { all: value });
  }));
});

Deno.test("Data as a pattern matches other data exactly when a plain comparison says so", () => {
  const agrees = (pattern: unknown, value: unknown): boolean => {
    if (Array.isArray(pattern)) {
      return Array.isArray(value) && value.length === pattern.length && pattern.every((p, i) => agrees(p, value[i]));
    }
    if (typeof pattern !== "object" || pattern === null) return pattern === value || Object.is(pattern, value);
    return typeof value === "object" && value !== null &&
      Object.entries(pattern).every(([name, p]) => Object.hasOwn(value, name) && agrees(p, value[name as never]));
  };
  const small = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(0, 1, "a", null),
      fc.array(tie("value"), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom("a", "b"), tie("value"), { maxKeys: 2 }),
    ),
  })).value;
  fc.assert(
    fc.property(small, small, (pattern, value) => assert.equal(matches(pattern, value), agrees(pattern, value))),
    { numRuns: 500 },
  );
});
