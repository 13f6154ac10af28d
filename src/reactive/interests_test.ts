import assert from "node:assert/strict";
import fc from "fast-check";
import { any, anyEvent, bind, defineEvent, either, type Event, type EventPattern, oneOf, when, where } from "./mod.ts";
import type { Interest } from "./interest_index.ts";
import { Interests } from "./interests.ts";
import { compilePattern } from "./match.ts";

const Job = defineEvent<{ target?: unknown; worker?: unknown }>("job");
const Urgent = Job.refine<{ until?: number }>("urgent job");
const Other = defineEvent<{ target?: unknown }>("other");

/** Interests of processors, each a list of patterns; targets are `processor.handler`. */
function interestsOf(processors: readonly (readonly EventPattern[])[]): Interests<string> {
  return new Interests(
    processors.flatMap((patterns, processor) =>
      patterns.flatMap((pattern, handler) =>
        compilePattern(pattern).map((way): Interest<string> => ({
          owner: `${processor}`,
          way,
          target: `${processor}.${handler}`,
        }))
      )
    ),
  );
}

/** The same, by asking everybody. */
function route(processors: readonly (readonly EventPattern[])[], event: Event<object>): string[] {
  return processors.flatMap((patterns, processor) => {
    const handler = patterns.findIndex((pattern) =>
      compilePattern(pattern).some(({ kind, test }) =>
        (kind === undefined || event.kind.lineage.includes(kind.kindName)) && (test === undefined || test(event))
      )
    );
    return handler < 0 ? [] : [`${processor}.${handler}`];
  });
}

Deno.test("Interests.route() gives each processor's first handler that matches, in the order of the processors", () => {
  const interests = interestsOf([
    [where(Job, { target: "a" }), Job],
    [Urgent, where(Job, { target: "b" })],
    [anyEvent],
    [where(Job, { target: oneOf("a", "b"), worker: bind("w") })],
  ]);
  assert.deepEqual(interests.route(Job({ target: "a" })), ["0.0", "2.0"]);
  assert.deepEqual(interests.route(Job({ target: "b", worker: 1 })), ["0.1", "1.1", "2.0", "3.0"]);
  assert.deepEqual(interests.route(Urgent({ target: "a" })), ["0.0", "1.0", "2.0"]);
  assert.deepEqual(interests.route(Other({ target: "a" })), ["2.0"]);
});

const value = fc.constantFrom<unknown>("a", "b", 1, 0, -0, NaN, undefined, null);
const valuePattern = fc.oneof(
  value,
  fc.constant(any),
  fc.array(value, { maxLength: 3 }).map((values) => oneOf(...values)),
  fc.constant(oneOf("a", any)),
  fc.constant(when((x: unknown) => typeof x === "string")),
);
const pattern: fc.Arbitrary<EventPattern> = fc.oneof(
  fc.constantFrom<EventPattern>(anyEvent, Job, Urgent, Other),
  fc.record({ target: valuePattern, worker: valuePattern }, { requiredKeys: [] }).map((p) => where(Job, p as object)),
  fc.record({ target: valuePattern }).map((p) => either(where(Other, p as object), where(Urgent, p as object))),
);
const event = fc.tuple(
  fc.constantFrom(Job, Urgent, Other),
  fc.record({ target: value, worker: value }, { requiredKeys: [] }),
)
  .map(([kind, data]) => kind(data));

Deno.test("Interests.route() says what asking every processor says", () => {
  const processors = fc.array(fc.array(pattern, { maxLength: 3 }), { maxLength: 8 });
  fc.assert(
    fc.property(processors, fc.array(event, { minLength: 1 }), (processors, events) => {
      const interests = interestsOf(processors);
      for (const event of events) assert.deepEqual(interests.route(event), route(processors, event));
    }),
    { numRuns: 500 },
  );
});

// Counts, not times: how many patterns have to be asked for an event.
Deno.test("With 1,000 processors, an event costs what matches it and no more", () => {
  const processors: EventPattern[][] = [];
  for (let i = 0; i < 1000; i++) {
    // As builders have them: what is asked of me, what I need, and one that wants to look closer.
    processors.push([
      where(Job, { target: `t${i}` }),
      where(Other, { target: oneOf(`t${i + 1}`, `t${i + 2}`) }),
      where(Urgent, { target: `t${i}`, until: (until) => until > 3 }),
    ]);
  }
  const interests = interestsOf(processors);
  assert.deepEqual(interests.route(Job({ target: "t7" })), ["7.0"]);
  assert.deepEqual(interests.route(Other({ target: "t9" })), ["7.1", "8.1"]);
  assert.deepEqual(interests.route(Job({ target: "nobody's" })), []);
  assert.equal(interests.asked, 0, "where a pattern names values, they need not be compared again");
  assert.deepEqual(interests.route(Urgent({ target: "t7", until: 4 })), ["7.0"]);
  assert.ok(interests.asked <= 2, `${interests.asked} patterns were asked`);
});

Deno.test("With 1,000 workers that share a target, their number finds them; those who ask for neither are asked alone", () => {
  const interests = interestsOf([
    ...Array.from({ length: 1000 }, (_, i) => [where(Job, { target: "t", worker: i })]),
    ...Array.from({ length: 1000 }, (_, i) => [where(Job, { target: `t${i}` })]),
    [when((event: Event) => event.kind === Job)],
  ]);
  assert.deepEqual(interests.route(Job({ target: "t", worker: 3 })), ["3.0", "2000.0"]);
  assert.deepEqual(interests.route(Job({ target: "t3", worker: 3 })), ["1003.0", "2000.0"]);
  assert.equal(interests.asked, 2);
});

Deno.test("Interests of kinds that are made on the way take no memory for ever", () => {
  const interests = interestsOf([[anyEvent], [Job]]);
  for (let i = 0; i < 10_000; i++) assert.equal(interests.route(Job.refine(`job ${i}`)({})).length, 2);
});

Deno.test("Two kinds of one name are an error, unless they refine the same", () => {
  interestsOf([[Job], [defineEvent("job")]]);
  const error = {
    code: "CONFIG",
    message: 'Cannot tell two kinds of events named "urgent job" apart: one is urgent job < job, the other urgent job',
  };
  assert.throws(() => interestsOf([[Urgent], [defineEvent("urgent job")]]), error);
  const interests = interestsOf([[Urgent], [Job]]);
  assert.throws(() => interests.route(defineEvent("urgent job")()), error);
  interests.route(Urgent({}));
  assert.throws(() => interests.route(defineEvent("urgent job")()), error);
});

Deno.test("A function in a pattern that throws is named with its processor and the event", () => {
  const interests = interestsOf([[where(Job, {
    target: (): boolean => {
      throw new Error("broken");
    },
  })]]);
  assert.throws(() => interests.route(Job({ target: 1 })), {
    code: "PROCESSOR",
    message: 'Processor "0" cannot be asked whether it takes "job": a function in its pattern threw Error: broken',
  });
});
