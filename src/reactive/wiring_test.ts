import assert from "node:assert/strict";
import { given } from "./given.ts";
import type { Processor, Wiring } from "./processor.ts";
import { checkWiring } from "./wiring.ts";

const made = (provides: string, requires: readonly string[] = [], more: Partial<Wiring> = {}): Processor => ({
  name: `${provides} of ${requires}`,
  handlers: [],
  wiring: { provides: [provides], requires, ...more },
});

Deno.test("checkWiring() takes a diamond, several builders of one target, and processors that build nothing", () => {
  checkWiring([made("a"), made("b", ["a"]), made("c", ["a"]), made("d", ["b", "c"]), made("a"), {
    name: "sink",
    handlers: [],
  }]);
});

Deno.test("checkWiring() reports a requirement that nothing provides, with the chain from the top", () => {
  assert.throws(() => checkWiring([made("summary", ["readings"]), made("report", ["summary"])]), {
    code: "CONFIG",
    message: 'Cannot make the pipeline: "report" requires "summary" requires "readings", which nothing provides',
    hint: 'if it comes from outside, say so with given("readings") among the processors',
  });
  assert.throws(() => checkWiring([made("report", ["reading"]), made("readings")]), {
    hint: 'did you mean "readings"?',
  });
  checkWiring([made("summary", ["readings"]), given("readings")]);
});

Deno.test("checkWiring() reports a cycle with the chain, not with what leads to it", () => {
  const cycle = [made("a", ["b"]), made("b", ["c"]), made("c", ["a"])];
  assert.throws(() => checkWiring([made("top", ["a"]), ...cycle]), {
    code: "CONFIG",
    message: 'Cannot make the pipeline: "a" requires "b" requires "c" requires "a", and so never begins',
    hint: "if what comes from outside begins it, give one of these builders `feedback: true`",
  });
  assert.throws(() => checkWiring([made("self", ["self"])]), { message: /"self" requires "self"/ });
});

Deno.test("checkWiring() lets a builder feed itself that says so", () => {
  checkWiring([made("self", ["self"], { feedback: true })]);
  checkWiring([made("a", ["b"]), made("b", ["a"], { feedback: true })]);
  assert.throws(() => checkWiring([made("a", ["x"], { feedback: true })]), {
    message: /"a" requires "x", which nothing/,
  });
});

Deno.test("checkWiring() takes a chain of 5,000 builders and a ladder of diamonds without going through it twice", () => {
  checkWiring(Array.from({ length: 5_000 }, (_, i) => made(`${i}`, i === 0 ? [] : [`${i - 1}`])));
  checkWiring(
    Array.from({ length: 200 }, (_, i) => [
      made(`a${i}`, i === 0 ? [] : [`a${i - 1}`, `b${i - 1}`]),
      made(`b${i}`, i === 0 ? [] : [`a${i - 1}`, `b${i - 1}`]),
    ]).flat(),
  );
});
