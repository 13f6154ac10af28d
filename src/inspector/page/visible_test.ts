import assert from "node:assert/strict";
import { clean } from "../../errors/mod.ts";
import { visible } from "./visible.ts";

Deno.test("visible() shows all that clean() does, in the same way", () => {
  for (let code = 0; code < 0xe0100; code++) {
    const char = String.fromCodePoint(code);
    const cleaned = clean(char);
    if (cleaned !== char) assert.equal(visible(char), cleaned, code.toString(16));
  }
  assert.equal(visible("pose\u202egpj.\u2066\u061c"), "pose\\u202egpj.\\u2066\\u061c");
  assert.equal(visible("\x1b[31mred"), "\\x1b[31mred");
});

Deno.test("visible() leaves what people write alone: words of other scripts, joiners in them, emoji, lines where they may be", () => {
  for (const text of ["Größe", "مرحبا", "می‌خواهم", "क्‍ष", "👩‍🚀 ❤️", "naïve – “quoted”"]) {
    assert.equal(visible(text), text);
  }
  assert.equal(visible("a\u200db"), "a\\u200db");
  assert.equal(visible("a\n\tb"), "a\\n\\tb");
  assert.equal(visible("a\n\tb\x1b", { keepsLines: true }), "a\n\tb\\x1b");
});
