import assert from "node:assert/strict";
import { isTinmanError } from "../errors/mod.ts";
import { createMemoryFiles } from "../files/mod.ts";
import { createFaultyFiles, testFiles } from "./mod.ts";

testFiles({
  name: "Faulty files that do not fail yet",
  test: Deno.test,
  create() {
    const files = createFaultyFiles(createMemoryFiles(), { failAt: Infinity });
    files.makeFolder("data");
    return { files, folder: "data" };
  },
});

Deno.test("createFaultyFiles() counts what changes the disk, and fails from the n-th on", () => {
  const files = createFaultyFiles(createMemoryFiles(), { failAt: 3 });
  using file = files.open("a", "create");
  assert.equal(file.write(new Uint8Array(4)), 4);
  file.sync();
  assert.equal(files.calls, 2);
  const broken = (error: unknown) => isTinmanError(error, "WRITE_FAILED");
  assert.throws(() => file.write(new Uint8Array(4)), broken);
  assert.throws(() => file.sync(), broken);
  assert.throws(() => files.replace("b", new Uint8Array(1)), broken);
  assert.throws(() => files.remove("a"), broken);
  assert.equal(file.size(), 4);
});

Deno.test("createFaultyFiles() that fill up take half of a write, and then nothing", () => {
  const files = createFaultyFiles(createMemoryFiles(), { failAt: 2, how: "full" });
  using file = files.open("a", "create");
  assert.deepEqual([8, 8, 8].map((size) => file.write(new Uint8Array(size))), [8, 4, 0]);
  assert.throws(() => files.replace("b", new Uint8Array(1)), (error) => isTinmanError(error, "WRITE_FAILED"));
  file.sync();
  file.truncate(8);
  assert.equal(file.size(), 8);
});
