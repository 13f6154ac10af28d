import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../errors/mod.ts";
import { compilePattern, matchesPattern } from "./pattern.ts";

function matches(source: string, text: string): boolean {
  const pattern = compilePattern(source);
  assert.ok("program" in pattern, JSON.stringify(pattern));
  return matchesPattern(pattern, text);
}

Deno.test("matchesPattern() agrees with JavaScript about all of a text", () => {
  const atom = fc.constantFrom(
    "a",
    "b",
    ".",
    "[ab]",
    "[^a]",
    "\\d",
    "\\w",
    "[0-9-]",
    "(?:a|bc)",
    "(b)",
    "^",
    "$",
    "\\.",
    "é",
  );
  const times = fc.constantFrom("", "*", "+", "?", "{2}", "{1,3}", "{2,}", "*?", "+?");
  const pieces = fc.array(fc.tuple(atom, times).map(([a, t]) => a === "^" || a === "$" ? a : a + t), { maxLength: 6 });
  const source = fc.array(pieces.map((each) => each.join("")), { minLength: 1, maxLength: 3 }).map((all) =>
    all.join("|")
  );
  const text = fc.string({ unit: fc.constantFrom("a", "b", "c", "1", "-", ".", "é", "\n"), maxLength: 8 });
  fc.assert(
    fc.property(source, text, (source, text) => {
      assert.equal(matches(source, text), new RegExp(`^(?:${source})$`, "u").test(text), `${source} on ${text}`);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("matchesPattern() takes the patterns that forms have", () => {
  assert.ok(matches("^[0-9]{9,10}$", "0123456789"));
  assert.ok(!matches("[0-9]{9}", "01234567890"));
  assert.ok(matches("[A-Z]{2}\\d{4}", "AB1234"));
  assert.ok(matches("\\p{L}+( \\p{L}+)*", "Zoë Ñuñez"));
  assert.ok(matches("[^\\s@]+@[^\\s@]+\\.[a-z]{2,}", "a.b@example.org"));
  assert.ok(matches("", ""));
});

Deno.test("matchesPattern() is not caught by patterns that make others backtrack", () => {
  const start = Date.now();
  for (
    const source of ["(a+)+", "(a|a)*", "(a|aa)+", "(.*)*b", "(a*)*(a*)*(a*)*c", "a?{30}a{30}", "((a{0,30}){0,30})"]
  ) {
    matches(source, "a".repeat(2000) + "!");
  }
  assert.ok(Date.now() - start < 1500, `${Date.now() - start} ms`);
});

Deno.test("compilePattern() refuses what has no bound, and says what it is", () => {
  const unserved = (source: string) => (compilePattern(source) as { unserved?: string }).unserved ?? "";
  assert.match(unserved("(a)\\1"), /back reference/);
  assert.match(unserved("(?=a)b"), /looking around/);
  assert.match(unserved("\\bword"), /\\b/);
  assert.match(unserved("a++"), /possessive/);
  const problem = (source: string) => (compilePattern(source) as { problem?: string }).problem ?? "";
  assert.match(problem("(a"), /a \( is not closed/);
  assert.match(problem("[a"), /a \[ is not closed/);
  assert.match(problem("*a"), /repeats nothing/);
  assert.match(problem("[z-a]"), /backwards/);
  assert.match(problem("(((a{1000}){1000}){1000})"), /repeats too much/);
  assert.match(problem("((((){1000}){1000}){1000}){1000}"), /repeats too much/);
  assert.match(problem("(".repeat(200)), /nested/);
});

Deno.test("matchesPattern() refuses work without a bound", () => {
  const pattern = compilePattern("(a{1,900}b?){2}");
  assert.ok("program" in pattern);
  assert.throws(() => matchesPattern(pattern, "a".repeat(90_000)), (error) => isTinmanError(error, "TOO_LARGE"));
});

Deno.test("compilePattern() answers for any text", () => {
  const chars = fc.string({ unit: fc.constantFrom(..."ab(){}[]|*+?\\^$.-&,:<>=!1d9px") });
  fc.assert(
    fc.property(fc.oneof(chars, fc.string()), (source) => {
      const pattern = compilePattern(source);
      if ("program" in pattern) matchesPattern(pattern, "ab");
    }),
    { numRuns: 1000 },
  );
});
