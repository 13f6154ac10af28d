import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../errors/mod.ts";
import { createMemoryFiles } from "./mod.ts";
import { testFiles } from "../testing/mod.ts";

testFiles({
  name: "Memory files",
  test: Deno.test,
  create() {
    const files = createMemoryFiles();
    files.makeFolder("data");
    return { files, folder: "data" };
  },
});

Deno.test("createMemoryFiles() with a small disk takes what fits, and has room again after a cut or a removal", () => {
  const files = createMemoryFiles({ diskBytes: 10 });
  using file = files.open("a", "create");
  assert.equal(file.write(new Uint8Array(6)), 6);
  assert.equal(file.write(new Uint8Array(6)), 4);
  assert.equal(file.write(new Uint8Array(6)), 0);
  assert.equal(files.freeBytes("a"), 0);
  file.truncate(7);
  assert.equal(files.freeBytes("a"), 3);
  files.remove("a");
  assert.equal(files.freeBytes("a"), 10);
  // Open, but without a name: its bytes are nobody's any more.
  file.truncate(0);
  assert.equal(files.freeBytes("a"), 10);
});

Deno.test("Memory files: replace() on a full disk fails, and what was there stays", () => {
  const files = createMemoryFiles({ diskBytes: 10 });
  files.replace("a", new Uint8Array(4).fill(1));
  assert.throws(() => files.replace("a", new Uint8Array(7)), (error) => isTinmanError(error, "WRITE_FAILED"));
  assert.equal(files.stat("a")?.size, 4);
  assert.equal(files.freeBytes("a"), 6);
  files.replace("a", new Uint8Array(6));
  assert.equal(files.freeBytes("a"), 4);
});

Deno.test("Memory files keep account of their disk, whatever is done to them", () => {
  const step = fc.record({
    kind: fc.constantFrom("write", "cut", "replace", "remove"),
    path: fc.constantFrom("a", "b", "c"),
    size: fc.nat(40),
  });
  fc.assert(fc.property(fc.array(step), (steps) => {
    const files = createMemoryFiles({ diskBytes: 100 });
    for (const { kind, path, size } of steps) {
      if (kind === "remove") files.remove(path);
      if (kind === "replace" && files.freeBytes(path)! >= size) files.replace(path, new Uint8Array(size));
      if (kind === "write" || kind === "cut") {
        using file = files.open(path, "append");
        if (kind === "cut") file.truncate(size);
        else assert.equal(file.write(new Uint8Array(size)) <= size, true);
      }
      const used = ["a", "b", "c"].reduce((sum, name) => sum + (files.stat(name)?.size ?? 0), 0);
      assert.equal(files.freeBytes(path), 100 - used);
    }
  }));
});
