import assert from "node:assert/strict";
import { join } from "node:path";
import { BlobStore, treeOf } from "../../src/mesh/attachments/mod.ts";
import { createDenoFiles } from "../../src/platform/mod.ts";
import { createRandom } from "../../src/random/mod.ts";

Deno.test("A4: on a real disk a blob comes piece by piece, over restarts, and is the file that was attached", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tinman-blobs-" });
  try {
    const files = createDenoFiles();
    const open = (name: string) => new BlobStore({ files, path: join(folder, name) });
    const bytes = createRandom("photo").bytes(100_000);
    const { ref } = treeOf(bytes);
    open("ann").put(bytes);
    for (let leaf = 0; leaf < Math.ceil(bytes.length / 16_384); leaf++) {
      const unit = open("ann").unit(ref, leaf)!;
      for (let at = 0; at < unit.length; at += 5000) {
        using bob = open("bob");
        assert.equal(bob.begin(ref)!.nextAt(leaf, "ann"), at);
        bob.take(ref, { leaf, at, bytes: unit.subarray(at, at + 5000), from: "ann" });
      }
    }
    assert.deepEqual(await Deno.readFile(join(folder, "bob", ref.blob)), bytes);
    assert.deepEqual(files.list(join(folder, "bob")), [ref.blob]);
    await Deno.writeFile(join(folder, "bob", ref.blob), bytes.with(70_000, bytes[70_000]! ^ 1));
    assert.deepEqual(open("bob").verify(), [ref.blob]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
