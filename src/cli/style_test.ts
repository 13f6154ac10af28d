import assert from "node:assert/strict";
import fc from "fast-check";
import { clean, cleanJson, createPaint, wantsColor } from "./style.ts";

const sink = (isTerminal: boolean) => ({ isTerminal, columns: 80, write: () => {} });
const env = (variables: Record<string, string>) => ({ env: (name: string) => variables[name] });

Deno.test("clean() leaves nothing that a terminal would obey, in any text", () => {
  // deno-lint-ignore no-control-regex
  const obeyed = /[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => !obeyed.test(clean(text))));
  assert.equal(clean("a\x1b[31mb\x07\u202ec\nd"), "a\\x1b[31mb\\x07\\u202ec\\nd");
});

Deno.test("cleanJson() changes how a text looks, not what it says", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    assert.deepEqual(JSON.parse(cleanJson(JSON.stringify(value))), JSON.parse(JSON.stringify(value)));
  }));
  assert.equal(cleanJson(JSON.stringify("\u202e\x9b")), '"\\u202e\\u009b"');
});

Deno.test("wantsColor(): the flag, then NO_COLOR, FORCE_COLOR, TERM=dumb, then the terminal", () => {
  assert.equal(wantsColor(sink(true), env({}), undefined), true);
  assert.equal(wantsColor(sink(false), env({}), "auto"), false);
  assert.equal(wantsColor(sink(true), env({ TERM: "dumb" }), undefined), false);
  assert.equal(wantsColor(sink(false), env({ FORCE_COLOR: "1", TERM: "dumb" }), undefined), true);
  assert.equal(wantsColor(sink(true), env({ NO_COLOR: "1", FORCE_COLOR: "1" }), undefined), false);
  assert.equal(wantsColor(sink(true), env({ NO_COLOR: "" }), undefined), true);
  assert.equal(wantsColor(sink(false), env({ NO_COLOR: "1" }), "always"), true);
  assert.equal(wantsColor(sink(true), env({ FORCE_COLOR: "1" }), "never"), false);
});

Deno.test("createPaint() paints only when it is told to", () => {
  assert.equal(createPaint(false)("red", "x"), "x");
  assert.equal(createPaint(true)("red", "x"), "\x1b[31mx\x1b[39m");
});
