import assert from "node:assert/strict";
import { createMemoryFiles, type Files, readFile } from "../../files/mod.ts";
import { isTinmanError } from "../../errors/mod.ts";
import { scanFeedLog } from "../feed_log.ts";
import { createVault, VAULT_SEAL_BYTES } from "../vault.ts";
import { piecesOf, someBytes } from "./_exchange.ts";
import { BlobStore, type BlobStoreOptions } from "./blob_store.ts";
import { type BlobRef, LEAF_BYTES, treeOf } from "./tree.ts";

// Goal: in an encrypted dataset nothing of an attachment stands readable on the disk, and all else is as it is elsewhere.
// Method: a store with a vault on files in memory, whose bytes are looked at and changed.

const [vault, another] = ["correct horse", "another"].map((said) => createVault(said, new Uint8Array(16)).vault);

function openStore(files: Files, options: Partial<BlobStoreOptions> = {}): BlobStore {
  return new BlobStore({ files, path: "blobs", vault, ...options });
}

function read(store: BlobStore, { blob }: BlobRef): Uint8Array {
  return new Uint8Array(store.read(blob).flatMap((leaf) => [...leaf]).toArray());
}

function onDisk(files: Files, name: string): Uint8Array {
  return readFile(files, `blobs/${name}`, 1e9)!.slice();
}

/** Fails when 8 bytes of these, or their name, are in a file or its name. */
function assertHidden(files: Files, bytes: Uint8Array): void {
  const { blob } = treeOf(bytes).ref;
  for (const name of files.list("blobs")) {
    const text = onDisk(files, name).toHex();
    for (let at = 0; at + 8 <= bytes.length; at += 97) {
      assert.ok(!text.includes(bytes.subarray(at, at + 8).toHex()), `${name} has byte ${at}`);
    }
    const ascii = new TextDecoder().decode(onDisk(files, name));
    assert.ok(![name, text, ascii].some((each) => each.includes(blob.slice(0, 16))), `${name} has the name`);
  }
}

Deno.test("R2 a blob is on an encrypted disk and nothing of it can be read there, whole, on its way or unnamed", () => {
  for (const size of [0, 5, LEAF_BYTES, 3 * LEAF_BYTES + 7]) {
    const files = createMemoryFiles();
    const [whole, coming] = [someBytes(size, "whole"), someBytes(2 * LEAF_BYTES, "coming")];
    const ref = openStore(files).put(whole);
    const store = openStore(files);
    store.begin(treeOf(coming).ref);
    for (const piece of [...piecesOf(coming, 1000)].slice(0, 20)) store.take(treeOf(coming).ref, piece);
    store.collect(new Set(), { nowMs: 0 });
    assert.equal(files.list("blobs").length, 3);
    for (const bytes of [whole, coming]) assertHidden(files, bytes);
    const again = openStore(files);
    assert.deepEqual(read(again, ref), whole);
    assert.equal(again.usedBytes, size + coming.length);
    assert.equal(again.progress(treeOf(coming).ref)!.leaves.count, 1);
    assert.deepEqual(again.collect(new Set(), { nowMs: 7 * 86_400_000 }).length, 2);
    assert.deepEqual(files.list("blobs"), ["unnamed.json"]);
  }
});

Deno.test("A4: torn at whatever byte, a sealed part goes on, and what is written in its place has another nonce", () => {
  const bytes = someBytes(700);
  const { ref } = treeOf(bytes);
  const [disk, sealed] = [createMemoryFiles(), new Map<string, string>()];
  const store = openStore(disk);
  store.begin(ref);
  for (const piece of [...piecesOf(bytes, 200)].slice(0, 3)) store.take(ref, piece);
  const [name] = disk.list("blobs");
  const whole = onDisk(disk, name!);
  const ends = scanFeedLog(whole, name!).entries.map((entry) => entry.byteOffset + entry.length);
  for (let cut = 0; cut <= whole.length; cut++) {
    const files = createMemoryFiles();
    files.makeFolder("blobs");
    files.replace(`blobs/${name}`, whole.slice(0, cut));
    const torn = openStore(files);
    const at = torn.begin(ref)!.nextAt(0, "bob");
    assert.equal(at, 200 * ends.filter((end) => end <= cut).length, `cut at ${cut}`);
    // Another peer sends it in other pieces.
    torn.take(ref, { leaf: 0, at, bytes: bytes.subarray(at, at + 90), from: "bob" });
    for (const entry of scanFeedLog(onDisk(files, name!), name!).entries) {
      const [nonce, rest] = [entry.subarray(0, 12).toHex(), entry.subarray(12).toHex()];
      assert.equal(sealed.getOrInsert(nonce, rest), rest);
    }
    torn.take(ref, { leaf: 0, at: at + 90, bytes: bytes.subarray(at + 90), from: "bob" });
    assert.deepEqual(read(openStore(files), ref), bytes);
  }
});

Deno.test("R2 with another key there is no blob, it comes anew, and the old one stays where it is", () => {
  const files = createMemoryFiles();
  const bytes = someBytes(2 * LEAF_BYTES);
  const ref = openStore(files).put(bytes);
  const store = openStore(files, { vault: another });
  assert.equal(store.has(ref.blob), false);
  assert.throws(() => read(store, ref), (error) => isTinmanError(error, "NOT_FOUND"));
  store.begin(ref);
  for (const piece of piecesOf(bytes, 5000)) store.take(ref, piece);
  assert.deepEqual(read(store, ref), bytes);
  assert.deepEqual(read(openStore(files), ref), bytes);
});

Deno.test("A4: sealed leaves that were changed, swapped, cut or put elsewhere are not given out, and come anew", () => {
  const bytes = someBytes(3 * LEAF_BYTES);
  const sealedLeaf = LEAF_BYTES + VAULT_SEAL_BYTES;
  const files = createMemoryFiles();
  const ref = openStore(files).put(bytes);
  const [name] = files.list("blobs");
  const other = createMemoryFiles();
  openStore(other, { vault: another }).put(bytes);
  openStore(files).put(someBytes(3 * LEAF_BYTES, "other"));
  const good = onDisk(files, name!);
  const [first, second, third] = [0, 1, 2].map((leaf) => good.slice(leaf * sealedLeaf, (leaf + 1) * sealedLeaf));
  const spoiled = {
    changed: good.with(sealedLeaf + 100, good[sealedLeaf + 100]! ^ 1),
    swapped: new Uint8Array([...second!, ...first!, ...third!]),
    cut: good.slice(0, 2 * sealedLeaf),
    torn: good.slice(0, 2 * sealedLeaf + 5),
    empty: new Uint8Array(),
    foreign: onDisk(other, other.list("blobs")[0]!),
    ofAnother: onDisk(files, files.list("blobs").find((each) => each !== name)!),
  };
  for (const [how, wrong] of Object.entries(spoiled)) {
    files.replace(`blobs/${name}`, wrong);
    const store = openStore(files);
    assert.throws(() => read(store, ref), (error) => isTinmanError(error, "INTEGRITY"), how);
    assert.equal(store.unit(ref, 2), undefined, how);
    assert.deepEqual(store.verify(), [ref.blob], how);
    assert.ok(store.begin(ref));
    for (const piece of piecesOf(bytes, 20_000)) store.take(ref, piece);
    assert.deepEqual(read(store, ref), bytes, how);
    assert.deepEqual(onDisk(files, name!), good, how);
  }
});

Deno.test("A4: a sealed part of another blob, or from another key, is begun anew", () => {
  const [bytes, other] = [someBytes(2 * LEAF_BYTES), someBytes(2 * LEAF_BYTES, "other")];
  const begun = (of: Uint8Array, options = {}) => {
    const files = createMemoryFiles();
    using store = openStore(files, options);
    store.begin(treeOf(of).ref);
    for (const piece of [...piecesOf(of, 300)].slice(0, 9)) store.take(treeOf(of).ref, piece);
    return { files, name: files.list("blobs")[0]! };
  };
  const { files, name } = begun(bytes);
  assert.equal(openStore(files).begin(treeOf(bytes).ref)!.bytes, 2700);
  for (const wrong of [begun(other), begun(bytes, { vault: another })]) {
    files.replace(`blobs/${name}`, onDisk(wrong.files, wrong.name));
    assert.equal(openStore(files).begin(treeOf(bytes).ref)!.bytes, 0);
  }
  const store = openStore(files);
  for (const piece of piecesOf(bytes, 20_000)) store.take(treeOf(bytes).ref, piece);
  assert.deepEqual(read(store, treeOf(bytes).ref), bytes);
});

Deno.test("R2 what an older version left readable in an encrypted dataset is sealed when it is opened", () => {
  const files = createMemoryFiles();
  const [kept, coming] = [someBytes(LEAF_BYTES + 1), someBytes(2 * LEAF_BYTES, "coming")];
  const old = openStore(files, { vault: undefined });
  const ref = old.put(kept);
  old.begin(treeOf(coming).ref);
  old.take(treeOf(coming).ref, piecesOf(coming, 900).next().value!);
  old.collect(new Set(), { nowMs: 0 });
  old.close();
  for (let i = 0; i < 2; i++) {
    const store = openStore(files);
    assert.deepEqual(read(store, ref), kept);
    assert.equal(files.list("blobs").length, 1);
    for (const bytes of [kept, coming]) assertHidden(files, bytes);
  }
});
