import assert from "node:assert/strict";
import supported from "./SUPPORTED.md" with { type: "text" };
import { handlers } from "./api/mod.ts";

Deno.test("SUPPORTED.md lists every request that is served, in its versions, and no other", () => {
  const listed = [...supported.matchAll(/^\| (\d+) +\| (\w+) +\| (\d+)–(\d+) /gm)].map(([, ...cells]) =>
    cells.join(" ")
  );
  const served = [...handlers.values()].map(({ api: { key, name, min, max } }) => `${key} ${name} ${min} ${max}`);
  assert.deepEqual(listed, served);
});
