import assert from "node:assert/strict";
import fc from "fast-check";
import { findPatternProblem, TopicPattern } from "./topic_pattern.ts";

Deno.test("TopicPattern.matches() is of the whole name", () => {
  const matches = (pattern: string, name: string) => new TopicPattern(pattern).matches(name);
  assert.deepEqual([matches("a", "a"), matches("a", "ab"), matches("a", "ba")], [true, false, false]);
  assert.deepEqual([matches("^logs-.*", "logs-1"), matches("(^a|b$)", "b"), matches("a^b", "ab")], [true, true, false]);
  assert.deepEqual([matches("", ""), matches("", "a"), matches("[]x]", "]")], [true, false, true]);
  assert.deepEqual([matches("t\\.\\d{2,3}", "t.123"), matches("t\\.\\d{2,3}", "t.1")], [true, false]);
});

Deno.test("TopicPattern says the same as RegExp, for what both know", () => {
  const atom = fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "[a-c]", "\\d", "\\W", "\\.", "^", "$");
  const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
    pattern: fc.oneof(
      { maxDepth: 4 },
      atom,
      fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => a + b),
      fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => `(${a}|${b})`),
      fc.tuple(tie("pattern"), fc.constantFrom("*", "+", "?", "{2}", "{1,}", "{0,2}", "*?")).map(([a, n]) =>
        `(?:${a})${n}`
      ),
    ),
  }));
  fc.assert(
    fc.property(pattern, fc.string({ unit: fc.constantFrom("a", "b", "c", ".", "1"), maxLength: 6 }), (text, name) => {
      assert.equal(new TopicPattern(text).matches(name), new RegExp(`^(?:${text})$`).test(name));
    }),
    { numRuns: 500 },
  );
});

Deno.test("an expression that would keep other engines busy for ever takes no time", () => {
  const pattern = new TopicPattern("(a+)+b");
  assert.equal(pattern.matches("a".repeat(249)), false);
  assert.equal(new TopicPattern("(a|a)*(.*.*)*x").matches("a".repeat(249)), false);
});

Deno.test("findPatternProblem() says what is not of this syntax, or too large", () => {
  for (const text of ["(", ")", "[a", "[b-a]", "*", "a{3,1}", "\\", "(?i)a", "(?=a)", "\\b", "[[:alpha:]]"]) {
    assert.match(findPatternProblem(text) ?? "nothing", /^character \d+ of the expression: /, text);
  }
  for (const text of ["((a{1000}){1000}){1000}", "((){1000}){1000}", "a".repeat(1001)]) {
    assert.match(findPatternProblem(text) ?? "nothing", /too l/, text);
  }
  fc.assert(fc.property(fc.string({ maxLength: 30 }), (text) => void findPatternProblem(text)));
});
