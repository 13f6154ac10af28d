import assert from "node:assert/strict";
import { isTinmanError } from "../../errors/mod.ts";
import { createMemoryFiles, type Files, readFile } from "../../files/mod.ts";
import { createFaultyFiles } from "../../testing/mod.ts";
import { createVault } from "../vault.ts";
import { piecesOf, someBytes } from "./_exchange.ts";
import { BlobStore, type BlobStoreOptions } from "./blob_store.ts";
import { type BlobRef, LEAF_BYTES, treeOf } from "./tree.ts";

function openStore(files: Files = createMemoryFiles(), options: Partial<BlobStoreOptions> = {}): BlobStore {
  return new BlobStore({ files, path: "blobs", ...options });
}

function read(store: BlobStore, { blob }: BlobRef): Uint8Array {
  return new Uint8Array(store.read(blob).flatMap((leaf) => [...leaf]).toArray());
}

Deno.test("A4: a blob is a file with its bytes, is there after a restart, and the same bytes are kept once", () => {
  const files = createMemoryFiles();
  for (const size of [0, 5, 3 * LEAF_BYTES + 7]) {
    const bytes = someBytes(size);
    const ref = openStore(files).put(bytes);
    assert.deepEqual(openStore(files).put(bytes), ref);
    assert.deepEqual(readFile(files, `blobs/${ref.blob}`, 1e9), bytes);
    assert.deepEqual(read(openStore(files), ref), bytes);
  }
  assert.equal(openStore(files).usedBytes, 5 + 3 * LEAF_BYTES + 7);
});

Deno.test("A4: what came of a blob survives a restart after each piece, and the last one puts it together", () => {
  const files = createMemoryFiles();
  const bytes = someBytes(2 * LEAF_BYTES + 100);
  const { ref } = treeOf(bytes);
  for (const piece of piecesOf(bytes, 1000)) {
    const store = openStore(files);
    assert.equal(store.begin(ref)!.nextAt(piece.leaf, "bob"), piece.at);
    store.take(ref, piece);
    store.close();
  }
  const store = openStore(files);
  assert.ok(store.has(ref.blob));
  assert.deepEqual(read(store, ref), bytes);
  assert.deepEqual(files.list("blobs"), [ref.blob]);
});

for (const vault of [undefined, createVault("correct horse", new Uint8Array(16)).vault]) {
  const kind = vault === undefined ? "" : ", sealed";
  Deno.test(`A4: wherever the disk fails, what was taken is not lost, and the blob is whole in the end${kind}`, () => {
    const bytes = someBytes(LEAF_BYTES + 9);
    const { ref } = treeOf(bytes);
    for (const how of ["full", "broken"] as const) {
      for (let failAt = 1, isDone = false; !isDone; failAt++) {
        const disk = createMemoryFiles();
        const faulty = createFaultyFiles(disk, { failAt, how, times: 2 });
        const taken = new Map<number, number>();
        try {
          const store = openStore(faulty, { vault });
          store.begin(ref);
          for (const piece of piecesOf(bytes, 4000)) {
            store.take(ref, piece);
            taken.set(piece.leaf, piece.at + piece.bytes.length);
          }
        } catch (error) {
          assert.ok(isTinmanError(error, "WRITE_FAILED"), String(error));
        }
        isDone = faulty.calls < failAt;
        const store = openStore(disk, { vault });
        const begun = store.has(ref.blob) ? undefined : store.begin(ref)!;
        for (const [leaf, at] of taken) {
          if (begun !== undefined && !begun.leaves.has(leaf)) {
            assert.ok(begun.nextAt(leaf, "ann") >= at, `${how} ${failAt}`);
          }
        }
        for (const piece of piecesOf(bytes, 4000)) store.take(ref, piece);
        assert.deepEqual(read(store, ref), bytes);
      }
    }
  });
}

Deno.test("A4: a log of pieces that is damaged or foreign is begun anew", () => {
  const files = createMemoryFiles();
  const bytes = someBytes(2 * LEAF_BYTES);
  const { ref } = treeOf(bytes);
  const path = `blobs/${ref.blob}.${ref.size}.part`;
  for (const spoil of [(log: Uint8Array) => log.fill(7, 0, 4), (log: Uint8Array) => log.fill(7, 500, 600)]) {
    const store = openStore(files);
    store.begin(ref);
    for (const piece of [...piecesOf(bytes, 300)].slice(0, 20)) store.take(ref, piece);
    store.close();
    files.replace(path, spoil(readFile(files, path, 1e9)!));
    assert.equal(openStore(files).begin(ref)!.bytes, 0);
  }
});

Deno.test("A4: what the disk has changed is never given out, stays on the disk, and can come anew", () => {
  const files = createMemoryFiles();
  const bytes = someBytes(3 * LEAF_BYTES);
  const store = openStore(files);
  const ref = store.put(bytes);
  assert.deepEqual(store.verify(), []);
  files.replace(`blobs/${ref.blob}`, bytes.with(LEAF_BYTES, bytes[LEAF_BYTES]! ^ 1));
  assert.ok(store.has(ref.blob));
  assert.throws(() => read(store, ref), (error) => isTinmanError(error, "INTEGRITY"));
  assert.equal(store.has(ref.blob), false);
  assert.equal(store.unit(ref, 0), undefined);
  assert.deepEqual(store.verify(), [ref.blob]);
  assert.ok(files.stat(`blobs/${ref.blob}`));
  assert.ok(store.begin(ref));
  for (const piece of piecesOf(bytes, 20_000)) store.take(ref, piece);
  assert.deepEqual(read(store, ref), bytes);
  assert.deepEqual(store.verify(), []);
});

Deno.test("A3: a wrong leaf is dropped; its sender is known when it sent all of it, and not when others helped", () => {
  const bytes = someBytes(LEAF_BYTES);
  const { ref } = treeOf(bytes);
  const store = openStore();
  const part = store.begin(ref)!;
  const take = (from: string, at: number, piece: Uint8Array) => store.take(ref, { leaf: 0, at, bytes: piece, from });
  assert.equal(take("bad", 0, new Uint8Array(LEAF_BYTES)), "wrong");
  assert.equal(part.nextAt(0, "bad"), 0);
  assert.equal(take("bad", 0, new Uint8Array(100)), "more");
  assert.equal(take("good", 100, bytes.subarray(100)), "mixed");
  // From now on each has to send all of it.
  assert.equal(take("bad", 0, new Uint8Array(100)), "more");
  assert.equal(part.nextAt(0, "good"), 0);
  assert.equal(take("good", 0, bytes.subarray(0, 9000)), "more");
  assert.equal(part.nextAt(0, "good"), 9000);
  assert.equal(take("good", 8000, bytes.subarray(8000)), "whole");
  assert.equal(take("good", 0, bytes), "known");
  assert.deepEqual(read(store, ref), bytes);
});

Deno.test("A3: wrong leaves do not fill the disk", () => {
  const files = createMemoryFiles();
  const bytes = someBytes(2 * LEAF_BYTES);
  const { ref } = treeOf(bytes);
  const store = openStore(files);
  store.begin(ref);
  const [half] = piecesOf(bytes, 9000);
  store.take(ref, half!);
  for (let i = 0; i < 100; i++) {
    store.take(ref, { leaf: 1, at: 0, bytes: new Uint8Array(LEAF_BYTES + 32), from: "bad" });
    assert.ok(files.stat(`blobs/${ref.blob}.${ref.size}.part`)!.size < 2 * ref.size + 300_000);
  }
  assert.equal(store.begin(ref)!.nextAt(0, "good"), 9000);
});

Deno.test("A6: a blob that is too long, or one too many, is refused; what has begun counts whole", () => {
  const store = openStore(createMemoryFiles(), { maxBytes: 1000, maxBlobBytes: 600 });
  assert.throws(() => store.put(someBytes(601)), (error) => isTinmanError(error, "TOO_LARGE"));
  store.put(someBytes(400));
  const coming = treeOf(someBytes(500, "coming")).ref;
  assert.ok(store.begin(coming));
  assert.equal(store.usedBytes, 900);
  assert.throws(() => store.put(someBytes(101, "third")), (error) => isTinmanError(error, "TOO_LARGE"));
  assert.equal(store.begin(treeOf(someBytes(101, "third")).ref), undefined);
  assert.equal(store.begin({ ...coming, size: 2 ** 40 - 1 }), undefined);
  store.put(someBytes(400));
  // What is coming may also be attached here, and takes no more room than before.
  store.put(someBytes(500, "coming"));
  assert.equal(store.usedBytes, 900);
});

Deno.test("A7: nothing that is attached is ever collected; the rest is, when it was unnamed for as long as the grace", () => {
  const files = createMemoryFiles();
  const store = openStore(files, { graceMs: 1000 });
  const [kept, gone, back] = ["kept", "gone", "back"].map((seed) => store.put(someBytes(9, seed)));
  const coming = treeOf(someBytes(LEAF_BYTES, "coming")).ref;
  store.begin(coming);
  const live = new Set([kept!.blob]);
  assert.deepEqual(store.collect(live, { nowMs: 5000 }), []);
  assert.deepEqual(store.collect(new Set([kept!.blob, back!.blob]), { nowMs: 5500 }), []);
  assert.deepEqual(store.collect(live, { nowMs: 5999 }), []);
  assert.deepEqual(store.collect(live, { nowMs: 6000 }).sort(), [gone!.blob, coming.blob].sort());
  assert.deepEqual(files.list("blobs"), [kept!.blob, back!.blob, "unnamed.json"].sort());
  assert.deepEqual(store.collect(live, { nowMs: 6998 }), []);
  // Also when the program was started anew meanwhile, and has read something else than it wrote.
  assert.deepEqual(openStore(files, { graceMs: 1000 }).collect(live, { nowMs: 6998 }), []);
  files.replace("blobs/unnamed.json", new TextEncoder().encode("{"));
  assert.deepEqual(openStore(files, { graceMs: 1000 }).collect(live, { nowMs: 6998 }), []);
  assert.deepEqual(openStore(files, { graceMs: 1000 }).collect(live, { nowMs: 7998 }), [back!.blob]);
  const again = openStore(files, { graceMs: 1000 });
  assert.deepEqual(again.collect(live, { nowMs: 1e9 }), []);
  assert.ok(again.has(kept!.blob));
});

Deno.test("A1: an empty blob is whole when it is wanted, and a lie about that is not", () => {
  const store = openStore();
  const { ref } = treeOf(new Uint8Array());
  store.begin(ref);
  assert.deepEqual(read(store, ref), new Uint8Array());
  const lie = { blob: "ab".repeat(32), size: 0 };
  store.begin(lie);
  assert.equal(store.has(lie.blob), false);
});

Deno.test("A11 who has no files writes none when they are collected", () => {
  const files = createMemoryFiles();
  using store = new BlobStore({ files, path: "blobs" });
  assert.deepEqual(store.collect(new Set(), { nowMs: 0 }), []);
  assert.deepEqual(files.list("blobs"), []);
});
