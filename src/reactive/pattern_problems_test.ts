import assert from "node:assert/strict";
import {
  any,
  anyEvent,
  bind,
  createEventPipeline,
  defineEvent,
  either,
  type EventPattern,
  on,
  oneOf,
  when,
  where,
} from "./mod.ts";

const Greet = defineEvent<{ who: string }>("greet");
const Count = defineEvent<{ n: number }>("count");

Deno.test("A pattern that can never match is reported, and is an error with `strict`", () => {
  const handlers = (...patterns: readonly EventPattern[]) => patterns.map((pattern) => on(pattern, () => {}));
  const problems = (...patterns: readonly EventPattern[]) =>
    createEventPipeline([{ name: "p", handlers: handlers(...patterns) }]).problems.map(({ handler }) => handler);
  const is3 = (n: number) => n === 3;
  const Loud = Greet.refine("loud");
  assert.deepEqual(problems(where(Count, { n: oneOf() })), [0]);
  assert.deepEqual(problems(either(), Count, where(Count, { n: 1 })), [0, 2]);
  assert.deepEqual(problems(Greet, Loud, where(Loud, { who: "a" })), [1, 2]);
  assert.deepEqual(problems(Loud, Greet), []);
  assert.deepEqual(problems(where(Count, { n: 1 }), where(Count, { n: oneOf(1, 2) }), where(Count, { n: 2 })), [2]);
  assert.deepEqual(
    problems(where(Count, { n: 1 }), where(Count, { n: 2 }), where(Count, { n: bind("x", oneOf(2, 1)) })),
    [2],
  );
  assert.deepEqual(problems(where(Count, { n: 1 }), where(Count, { n: oneOf(1, any) })), []);
  assert.deepEqual(problems(where(Count, { n: bind("x") }), Count, where(Count, { n: any })), [2]);
  assert.deepEqual(problems(where(Count, { n: is3 }), where(Count, { n: bind("x", is3) })), [1]);
  assert.deepEqual(problems(anyEvent, Count), [1]);
  assert.throws(() => createEventPipeline([{ name: "p", handlers: handlers(Count, Count) }], { strict: true }), {
    code: "CONFIG",
    message: 'Handler 2 of processor "p" is never called: those before it take all of it',
  });
});

Deno.test("With `strict`, patterns that take events of any kind are refused", () => {
  for (const pattern of [anyEvent, when(() => true), either(Count, anyEvent)]) {
    const processors = [{ name: "p", handlers: [on(pattern, () => {})] }];
    createEventPipeline(processors);
    assert.throws(() => createEventPipeline(processors, { strict: true }), {
      code: "CONFIG",
      message: 'Handler 1 of processor "p" takes events of any kind',
    });
  }
});
