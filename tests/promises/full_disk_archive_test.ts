/*
 * "A full disk is an error of the call that met it": what was kept before is whole, and there is room again when some of it
 * has gone.
 */
import assert from "node:assert/strict";
import { fileArchives, isTinmanError } from "tinman";
import { canMakeDisks, smallDisk } from "./_folder.ts";

Deno.test({
  name: "An archive on a disk that is full says WRITE_FAILED, keeps what it has, and goes on when there is room",
  ignore: !canMakeDisks(),
  fn() {
    using disk = smallDisk(6_000_000)!;
    const path = `${disk.path}/cache.db`;
    const bytesOf = (i: number) => new Uint8Array(20_000).fill(i);
    Deno.writeFileSync(`${disk.path}/other`, new Uint8Array(3_300_000));
    let kept = 0;
    {
      using archives = fileArchives(path);
      const archive = archives.open("a");
      const fill = () => {
        for (;; kept++) archive.set(`${kept}`, bytesOf(kept));
      };
      assert.throws(fill, (error) => isTinmanError(error, "WRITE_FAILED") || assert.fail(`${error}`));
      assert.ok(kept > 20, `${kept} were kept`);
      for (let i = 0; i < kept; i++) assert.deepEqual(archive.get(`${i}`), bytesOf(i));
      assert.equal(archive.get(`${kept}`), undefined);
    }
    Deno.removeSync(`${disk.path}/other`);
    using archives = fileArchives(path, { maxBytes: 400_000 });
    assert.equal(archives.statistics().entries, kept);
    for (let i = 0; i < 30; i++) archives.open("a").set(`new ${i}`, bytesOf(i));
    assert.deepEqual(archives.open("a").get("new 29"), bytesOf(29));
    assert.ok(archives.statistics().bytes <= 400_000);
  },
});
