import assert from "node:assert/strict";
import { fileArchives } from "tinman";

const folder = Deno.makeTempDirSync({ prefix: "tinman-archives-" });
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

Deno.test("fileArchives() makes the file and its folder when something is kept, not before", () => {
  const path = `${folder}/deep/er/cache.db`;
  using archives = fileArchives(path);
  const archive = archives.open("a");
  assert.throws(() => Deno.statSync(`${folder}/deep`), Deno.errors.NotFound);
  archive.set("1", Uint8Array.of(1));
  assert.ok(Deno.statSync(path).isFile);
});

Deno.test("two archives of one file, as in two processes, keep one size and one order", () => {
  const path = `${folder}/shared.db`;
  const maxBytes = 10_000;
  using one = fileArchives(path, { maxBytes });
  using two = fileArchives(path, { maxBytes });
  for (let i = 0; i < 40; i++) {
    const [writer, reader] = i % 2 === 0 ? [one, two] : [two, one];
    writer.open("a").set(`${i}`, new Uint8Array(488).fill(i));
    assert.equal(reader.open("a").get(`${i}`)![0], i);
    const { entries, bytes } = reader.statistics();
    assert.deepEqual([entries, bytes], [Math.min(i + 1, 10), Math.min(i + 1, 10) * 1000]);
  }
  assert.deepEqual([...one.open("a").keys()], Array.from({ length: 10 }, (_, i) => `${i + 30}`));
});
