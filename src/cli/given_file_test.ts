import assert from "node:assert/strict";
import { createMemoryFiles } from "../files/mod.ts";
import { readGiven } from "./given_file.ts";

Deno.test("readGiven() tells a folder from what is not there, and stops at its limit", () => {
  const files = createMemoryFiles();
  files.makeFolder("/there");
  files.replace("/there/a", new Uint8Array(3));
  const read = (path: string, maxBytes = 3) => readGiven(files, path, { what: "read", maxBytes });
  assert.equal(read("/there/a").length, 3);
  assert.throws(() => read("/there/a", 2), { code: "TOO_LARGE" });
  assert.throws(() => read("/there"), { code: "NOT_FOUND", message: "Cannot read /there: it is a folder" });
  assert.throws(() => read("/there/b"), { code: "NOT_FOUND", message: "Cannot read /there/b: there is no such file" });
});
