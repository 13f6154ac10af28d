import assert from "node:assert/strict";
import fc from "fast-check";
import { matchesAny } from "./mod.ts";

Deno.test("matchesAny() takes * for any text and ? for one character", () => {
  assert.ok(matchesAny("camera/left", ["camera*"]));
  assert.ok(matchesAny("camera", ["camera*"]));
  assert.ok(matchesAny("a/b/c", ["a*c"]));
  assert.ok(matchesAny("gps1", ["gps?"]));
  assert.ok(!matchesAny("gps", ["gps?"]));
  assert.ok(!matchesAny("gps12", ["gps?"]));
  assert.ok(matchesAny("🛰", ["?"]), "a character is a code point");
});

Deno.test("matchesAny() of no patterns is no match, of several any", () => {
  assert.ok(!matchesAny("a", []));
  assert.ok(matchesAny("b", ["a", "b"]));
  assert.ok(!matchesAny("", ["?"]));
  assert.ok(matchesAny("", ["*", ""]));
});

Deno.test("matchesAny() takes everything else for itself, also newlines and what a RegExp would make of it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary-ascii" }), (name) => {
      fc.pre(!/[*?]/.test(name));
      assert.ok(matchesAny(name, [name]));
      assert.ok(matchesAny(name, ["*"]));
      assert.ok(!matchesAny(`${name}x`, [name]));
    }),
    { numRuns: 30 },
  );
  assert.ok(!matchesAny("axb", ["a.b"]));
  assert.ok(matchesAny("a[0]-/b", ["a[0]-/b"]));
});
