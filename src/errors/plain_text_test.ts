import assert from "node:assert/strict";
import fc from "fast-check";
import { clean, cleanJson, plainText } from "./mod.ts";

// deno-lint-ignore no-control-regex
const obeyed = /[\x00-\x1f\x7f-\x9f]|\p{Bidi_Control}|[\u2028\u2029\u200b\ufeff]/u;

// All code units, half pairs too: fast-check's own unit for that takes seconds to begin.
const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
const text = fc.string({ unit, maxLength: 40 });

Deno.test("clean() leaves nothing that a terminal would obey, in any text", () => {
  fc.assert(fc.property(text, (text) => !obeyed.test(clean(text))));
  assert.equal(clean("a\x1b[31mb\x07\u202ec\nd\u{e0041}"), "a\\x1b[31mb\\x07\\u202ec\\nd\\u{e0041}");
});

Deno.test("cleanJson() changes how a text looks, not what it says", () => {
  fc.assert(fc.property(text, (text) => {
    const json = JSON.stringify({ [text]: text });
    assert.deepEqual(JSON.parse(cleanJson(json)), JSON.parse(json));
  }));
  assert.equal(cleanJson(JSON.stringify("\u{e0041}")), '"\\udb40\\udc41"');
});

Deno.test("plainText() is one line of so many characters at most, and leaves whole what fits", () => {
  fc.assert(fc.property(text, fc.integer({ min: 1, max: 20 }), (text, max) => {
    const plain = plainText(text, max);
    assert.ok([...plain].length <= max && !obeyed.test(plain) && plain.isWellFormed());
  }));
  assert.equal(plainText("read GPS sentences"), "read GPS sentences");
  assert.equal(plainText("🦀🦀🦀", 3), "🦀🦀🦀");
  assert.equal(plainText("🦀🦀🦀🦀", 3), "🦀🦀…");
  assert.equal(plainText("x".repeat(1e6)).length, 120);
});
