// Goal: no page weighs more than 60 KB, and each module of it runs in a browser as it is served. Method: the files as text, from
// the source tree by way of imports; so this needs no permission.
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { openFixture } from "./_fixture.ts";
import { stripTypes } from "./page_files.ts";

Deno.test("a module is served without types, and nothing else is served", async () => {
  const { ask } = openFixture();
  const response = await ask("/assets/main.ts");
  assert.equal(response.headers.get("content-type"), "text/javascript; charset=utf-8");
  assert.equal((await response.text()).replace(/\s+/g, " "), "const a = 1;");
  for (
    const path of ["/assets/", "/assets/nothing.ts", "/assets/main.ts/", "/assets/constructor", "/Overview", "/a/b"]
  ) {
    assert.equal((await ask(path)).status, 404, path);
  }
});

Deno.test("stripTypes() leaves out what only people read", () => {
  const text = stripTypes('/** What it is. */\nexport const a: string = "/** no */";\n');
  assert.equal(text.trim().replace(/ +/g, " "), 'export const a = "/** no */";');
  assert.ok(gzipSync(text).length > 0);
});
