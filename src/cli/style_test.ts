import assert from "node:assert/strict";
import { createPaint, wantsColor } from "./style.ts";

const sink = (isTerminal: boolean) => ({ isTerminal, columns: 80, write: () => {} });
const env = (variables: Record<string, string>) => ({ env: (name: string) => variables[name] });

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
