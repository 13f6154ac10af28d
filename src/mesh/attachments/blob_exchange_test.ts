import assert from "node:assert/strict";
import { createMemoryFiles } from "../../files/mod.ts";
import { decodeBlobMessage, encodeGet, encodeSeek } from "./exchange_messages.ts";
import { BlobPeer, someBytes, talk } from "./_exchange.ts";
import { LEAF_BYTES } from "./tree.ts";

Deno.test("A5: what one seeks and the other has goes over, in messages of any length, both ways", () => {
  for (const maxBytes of [64, 190, 500, 1200, 65_536]) {
    const [ann, bob] = [new BlobPeer("ann"), new BlobPeer("bob")];
    const photos = [0, 1, 20_000, 3 * LEAF_BYTES].map((size, i) => someBytes(size, `photo ${i}`));
    bob.wanted = photos.slice(0, 3).map((bytes) => ann.store.put(bytes));
    ann.wanted = photos.slice(3).map((bytes) => bob.store.put(bytes));
    const [a, b] = [ann.exchange("bob"), bob.exchange("ann")];
    talk(a, b, { maxBytes });
    for (const ref of [...ann.wanted, ...bob.wanted]) assert.deepEqual(ann.read(ref), bob.read(ref));
    assert.equal(a.isWaiting || b.isWaiting, false);
    assert.equal(a.report.wastedBytes + b.report.wastedBytes, 0);
  }
});

Deno.test("A3: a contact that ends anywhere is gone on with at the very byte, also after a restart and with another peer", () => {
  const bytes = someBytes(5 * LEAF_BYTES + 100);
  const holders = [new BlobPeer("ann"), new BlobPeer("cat")];
  const bob = new BlobPeer("bob");
  for (const holder of holders) bob.wanted = [holder.store.put(bytes)];
  let sent = 0;
  for (let contact = 0; !bob.store.has(bob.wanted[0]!.blob); contact++) {
    assert.ok(contact < 1000);
    const holder = holders[contact % 2]!;
    using mine = bob.exchange(holder.name);
    using theirs = holder.exchange("bob");
    talk(mine, theirs, { maxBytes: 190, maxMessages: 5 + contact % 17 });
    sent += mine.report.receivedBytes;
    if (contact % 3 === 0) {
      bob.store.close();
      bob.restart();
    }
  }
  assert.deepEqual(bob.read(bob.wanted[0]!), bytes);
  // Six leaves with three hashes each, but for the last one.
  assert.ok(sent <= bytes.length + 6 * 3 * 32, `${sent - bytes.length} bytes more than it has`);
});

Deno.test("A10: what a peer gave when the last contact broke off is asked of it at once, and a no is taken for one", () => {
  for (const hasIt of [true, false]) {
    const [ann, bob] = [new BlobPeer("ann"), new BlobPeer("bob")];
    bob.wanted = [ann.store.put(someBytes(3 * LEAF_BYTES))];
    {
      using mine = bob.exchange("ann");
      using theirs = ann.exchange("bob");
      talk(mine, theirs, { maxMessages: 20 });
    }
    if (!hasIt) ann.store.collect(new Set(), { nowMs: 0, graceMs: 0 });
    using mine = bob.exchange("ann");
    using theirs = ann.exchange("bob");
    const first = [mine.next(500), mine.next(500)].map((message) => decodeBlobMessage(message!));
    assert.deepEqual(first.map(({ type }) => type), ["seek", "get"]);
    for (const message of first) {
      if (message.type === "seek") theirs.receive(encodeSeek(bob.wanted.map(({ blob }) => blob)));
      if (message.type === "get") theirs.receive(encodeGet(message.credit, message.asks));
    }
    talk(mine, theirs);
    assert.equal(bob.store.has(bob.wanted[0]!.blob), hasIt);
    assert.equal(mine.report.wastedBytes, 0);
    assert.equal(mine.isWaiting, false);
    // Somebody else is asked nothing before they have said what they have.
    using other = bob.exchange("cat");
    assert.ok(hasIt || decodeBlobMessage(other.next(500)!).type === "seek");
    assert.equal(other.next(500), undefined);
  }
});

Deno.test("A9: two holders share the work, and no byte comes twice", () => {
  const bytes = someBytes(1_000_000);
  const [ann, cat, bob] = ["ann", "cat", "bob"].map((name) => new BlobPeer(name)) as [BlobPeer, BlobPeer, BlobPeer];
  for (const holder of [ann, cat]) bob.wanted = [holder.store.put(bytes)];
  const pairs = [ann, cat].map((holder) => [bob.exchange(holder.name), holder.exchange("bob")] as const);
  while (!bob.store.has(bob.wanted[0]!.blob)) {
    const before = bob.store.leafVersion;
    for (const [mine, theirs] of pairs) talk(mine, theirs, { maxMessages: 8 });
    assert.ok(bob.store.leafVersion > before || pairs.some(([mine]) => mine.isWaiting));
  }
  assert.deepEqual(bob.read(bob.wanted[0]!), bytes);
  const [fromAnn, fromCat] = pairs.map(([mine]) => mine.report);
  assert.equal(fromAnn!.wastedBytes + fromCat!.wastedBytes, 0);
  for (const { receivedBytes } of [fromAnn!, fromCat!]) {
    assert.ok(receivedBytes > 0.3 * bytes.length, `one holder gave ${receivedBytes} bytes`);
  }
});

Deno.test("A9: who has a part of a blob passes that on, and what comes later too", () => {
  const bytes = someBytes(6 * LEAF_BYTES);
  const [ann, bob, cat] = ["ann", "bob", "cat"].map((name) => new BlobPeer(name)) as [BlobPeer, BlobPeer, BlobPeer];
  cat.wanted = bob.wanted = [ann.store.put(bytes)];
  const [toAnn, annToBob] = [bob.exchange("ann"), ann.exchange("bob")];
  const [toBob, bobToCat] = [cat.exchange("bob"), bob.exchange("cat")];
  talk(toAnn, annToBob, { maxMessages: 60 });
  talk(toBob, bobToCat);
  const had = cat.store.progress(cat.wanted[0]!)!.leaves.count;
  assert.ok(had > 0 && had < 6, `${had} leaves`);
  talk(toAnn, annToBob);
  talk(toBob, bobToCat);
  assert.deepEqual(cat.read(cat.wanted[0]!), bytes);
});

Deno.test("A9: a leaf that a silent peer was asked for is asked of another one after a minute", () => {
  const bytes = someBytes(3 * LEAF_BYTES);
  const [ann, cat, bob] = ["ann", "cat", "bob"].map((name) => new BlobPeer(name)) as [BlobPeer, BlobPeer, BlobPeer];
  for (const holder of [ann, cat]) bob.wanted = [holder.store.put(bytes)];
  const [silent, annToBob] = [bob.exchange("ann"), ann.exchange("bob")];
  talk(silent, annToBob, { maxMessages: 3 });
  const [mine, catToBob] = [bob.exchange("cat"), cat.exchange("bob")];
  talk(mine, catToBob);
  assert.equal(bob.store.has(bob.wanted[0]!.blob), false);
  bob.nowMs += 60_000;
  talk(mine, catToBob);
  assert.deepEqual(bob.read(bob.wanted[0]!), bytes);
  // Who says nothing at all keeps no contact open.
  bob.nowMs += 300_001;
  silent.next(1000);
  assert.equal(silent.isWaiting, false);
});

Deno.test("A8: what is the most urgent comes first, also when it is wanted in the middle of something else", () => {
  const [ann, bob] = [new BlobPeer("ann"), new BlobPeer("bob")];
  const large = ann.store.put(someBytes(20 * LEAF_BYTES, "large"));
  const urgent = ann.store.put(someBytes(2 * LEAF_BYTES, "urgent"));
  const [a, b] = [ann.exchange("bob"), bob.exchange("ann")];
  bob.wanted = [large];
  talk(a, b, { maxMessages: 30 });
  bob.wanted = [urgent, large];
  while (!bob.store.has(urgent.blob)) talk(a, b, { maxMessages: 1 });
  assert.ok(bob.store.progress(large)!.leaves.count < 12, "it came behind what was larger");
  talk(a, b);
  assert.ok(bob.store.has(large.blob));
});

Deno.test("A8: over a link with a limit longer blobs are not fetched", () => {
  const [ann, bob] = [new BlobPeer("ann"), new BlobPeer("bob")];
  const [long, short] = [2000, 100].map((size) => ann.store.put(someBytes(size)));
  bob.wanted = [long!, short!];
  talk(bob.exchange("ann", { maxFetchBytes: 1000 }), ann.exchange("bob"));
  assert.deepEqual([bob.store.has(long!.blob), bob.store.has(short!.blob)], [false, true]);
});

Deno.test("A6: what there is no room for is not asked for, and a full disk ends the fetching, not the contact", () => {
  const ann = new BlobPeer("ann");
  const bob = new BlobPeer("bob", { maxBytes: 30_000 });
  bob.wanted = [20_000, 20_001, 5_000].map((size) => ann.store.put(someBytes(size)));
  const [a, b] = [ann.exchange("bob"), bob.exchange("ann")];
  talk(a, b);
  assert.deepEqual(bob.wanted.map(({ blob }) => bob.store.has(blob)), [true, false, true]);
  assert.equal(bob.store.usedBytes, 25_000);
});

Deno.test("A6: files leave the last of a disk to events, and go on when there is room again", () => {
  const bytes = someBytes(200_000);
  const ann = new BlobPeer("ann");
  const wanted = [ann.store.put(bytes)];
  const files = createMemoryFiles({ diskBytes: 1_000_000 });
  const bob = new BlobPeer("bob", { files, reserveBytes: 900_000 });
  bob.wanted = wanted;
  talk(bob.exchange("ann"), ann.exchange("bob"));
  assert.equal(bob.store.has(wanted[0]!.blob), false);
  const free = files.freeBytes("")!;
  assert.ok(free > 880_000 && free < 900_000, String(free));
  const more = new BlobPeer("bob", { files, reserveBytes: 100_000 });
  more.wanted = wanted;
  talk(more.exchange("ann"), ann.exchange("bob"));
  assert.ok(more.store.has(wanted[0]!.blob));
});

Deno.test("A6: a disk that is full anywhere in a file ends the fetching, not the contact", () => {
  const ann = new BlobPeer("ann");
  const wanted = [ann.store.put(someBytes(40_000))];
  for (const diskBytes of [...Array(80).keys().map((i) => i * 500), Infinity]) {
    const bob = new BlobPeer("bob", { files: createMemoryFiles({ diskBytes }), reserveBytes: 0 });
    bob.wanted = wanted;
    const [a, b] = [ann.exchange("bob"), bob.exchange("ann")];
    talk(a, b);
    assert.equal(bob.store.has(wanted[0]!.blob), diskBytes === Infinity, String(diskBytes));
  }
});

Deno.test("A5: very many blobs are sought a few at a time, and found", () => {
  const [ann, bob] = [new BlobPeer("ann"), new BlobPeer("bob")];
  const refs = Array.from({ length: 300 }, (_, i) => ann.store.put(someBytes(20, `${i}`)));
  const absent = Array.from({ length: 300 }, (_, i) => ({ blob: i.toString(16).padStart(64, "e"), size: 9 }));
  bob.wanted = refs.flatMap((ref, i) => [absent[i]!, ref]);
  const [a, b] = [ann.exchange("bob"), bob.exchange("ann")];
  talk(a, b, { maxBytes: 190 });
  assert.ok(refs.every(({ blob }) => bob.store.has(blob)));
  assert.equal(b.isWaiting, false);
});
