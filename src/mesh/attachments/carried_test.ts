import assert from "node:assert/strict";
import { createMemoryFiles } from "../../files/mod.ts";
import { blobsHere, keepBlobs, syncBlobs } from "../bundle_blobs.ts";
import type { Change } from "../change.ts";
import { runsOf } from "../runs_of.ts";
import { letIn, meet, openPeer, type Peer, readAll, someBytes } from "./_exchange.ts";
import type { AttachmentsOptions } from "./attachments.ts";
import { LEAF_BYTES } from "./tree.ts";

// Goal: what files contain gets from member to member by way of somebody who cannot read them, and who keeps no more for
// others than it means to. Method: a sealed dataset, peers in memory; ana and ben have its key and never meet.

const PHOTO = { name: "door.jpg", type: "image/jpeg", bytes: someBytes(2 * LEAF_BYTES + 9) };
const DAY_MS = 86_400_000;

/** Two members, and one who passes on what it cannot read. */
function openThree(options: Partial<AttachmentsOptions> = {}): [ana: Peer, ben: Peer, relay: Peer] {
  const [ana, ben] = [openPeer("ana", "sealed"), openPeer("ben", "sealed")];
  letIn(ana, ben);
  return [ana, ben, openPeer("relay", "sealed", options)];
}

function file(seed: string, size: number) {
  return { ...PHOTO, name: seed, bytes: someBytes(size, seed) };
}

function pass({ clock }: Peer, days: number): void {
  clock.advanceTo(clock.now() + BigInt(days * DAY_MS) * 1_000_000n);
}

Deno.test("A13: a file gets from a member to another by way of somebody without keys, who cannot read it", () => {
  const [ana, ben, relay] = openThree();
  ana.attachments.attach("R-1", "photo", PHOTO);
  meet(ana, relay);
  assert.deepEqual([relay.attachments.all(), [...relay.replica.view.records()]], [[], []]);
  const [carried] = relay.attachments.carried();
  assert.ok(relay.attachments.store.has(carried!.blob));
  const kept = new Uint8Array(relay.attachments.store.read(carried!.blob).toArray().flatMap((part) => [...part]));
  assert.equal(kept.toHex().includes(PHOTO.bytes.subarray(0, 8).toHex()), false);
  assert.throws(() => [...relay.attachments.read(carried!)], { code: "UNAVAILABLE" });
  meet(relay, ben);
  assert.deepEqual(readAll(ben), [PHOTO.bytes]);
});

Deno.test("A13: it goes by way of several, also when the first only knew of it", () => {
  const [ana, ben, first] = openThree();
  const second = openPeer("second", "sealed");
  ana.attachments.attach("R-1", "photo", PHOTO);
  for (const feed of ana.replica.feeds.all()) first.replica.ingest(...runsOf(feed));
  meet(first, second);
  meet(ana, second);
  meet(second, first);
  meet(first, ben);
  assert.deepEqual(readAll(ben), [PHOTO.bytes]);
});

Deno.test("A13: it goes by bundles and by folders that are carried around, too", () => {
  for (const how of ["bundle", "folder"] as const) {
    const [ana, ben, relay] = openThree();
    const files = createMemoryFiles();
    files.makeFolder("stick");
    ana.attachments.attach("R-1", "photo", PHOTO);
    for (const [from, to] of [[ana, relay], [relay, ben]] as const) {
      for (const feed of from.replica.feeds.all()) to.replica.ingest(...runsOf(feed));
      if (how === "bundle") {
        const { blobs, left } = blobsHere(from.attachments, 1e6);
        assert.deepEqual([blobs.size, left, keepBlobs(to.attachments, blobs)], [1, 0, 1]);
      } else {
        assert.deepEqual(syncBlobs(from.attachments, { files, path: "stick" }).missing, 0);
        const { came, missing } = syncBlobs(to.attachments, { files, path: "stick" });
        assert.deepEqual([came, missing], [1, 0]);
        files.remove("stick/blobs");
      }
    }
    assert.deepEqual(readAll(ben), [PHOTO.bytes], how);
  }
});

Deno.test("A13: one member takes at most a quarter of what is kept for others, and displaces nothing", () => {
  const [ana, ben, relay] = openThree({ maxCarriedBytes: 80_000 });
  ana.attachments.attach("R-1", "photo", file("first", 9000));
  meet(ana, relay);
  for (let i = 0; i < 40; i++) ana.attachments.attach("R-2", "photo", file(`flood ${i}`, 2000));
  ana.attachments.attach("R-2", "photo", file("huge", 30_000));
  for (let i = 0; i < 3; i++) meet(ana, relay);
  const { store } = relay.attachments;
  assert.ok(store.usedBytes > 17_000 && store.usedBytes <= 20_000, `${store.usedBytes} bytes`);
  meet(relay, ben);
  const names = ben.attachments.all().filter(({ blob }) => store.has(blob)).map(({ name }) => name);
  assert.ok(names.includes("first") && !names.includes("huge"), names.join());
  ben.attachments.attach("R-3", "photo", file("of another", 15_000));
  meet(ben, relay);
  assert.ok(store.has(ben.attachments.all().find(({ name }) => name === "of another")!.blob));
});

Deno.test("A13: however many take part, there is a limit for what is kept for others, also behind what waits to go", () => {
  const [ana, , relay] = openThree({ maxCarriedBytes: 20_000 });
  const members = ["cat", "dan", "eve", "fox", "gil", "hal"].map((name) => openPeer(name, "sealed"));
  letIn(ana, ...members);
  for (const round of [0, 1, 2]) {
    for (const [who, member] of members.entries()) {
      meet(ana, member);
      for (let i = 0; i < 4; i++) member.attachments.attach("R-1", "photo", file(`${round} ${who} ${i}`, 1000));
      meet(member, relay);
      assert.ok(relay.attachments.store.usedBytes <= 20_000);
    }
    // Their time is over, but they are still on the disk.
    for (const peer of [ana, relay, ...members]) pass(peer, 31);
  }
});

Deno.test("A13: what is kept for others goes a week after its time, or when it was erased, and is not fetched again", () => {
  const [ana, , relay] = openThree();
  ana.attachments.attach("R-1", "photo", file("old", 500));
  const wrong = ana.attachments.attach("R-1", "photo", file("wrong", 600));
  meet(ana, relay);
  assert.equal(relay.attachments.carried().length, 2);
  ana.replica.write({ kind: "event.erase", event: wrong });
  meet(ana, relay);
  assert.equal(relay.attachments.carried().length, 1);
  pass(relay, 29);
  assert.deepEqual(relay.attachments.collect(), []);
  pass(relay, 8);
  // The contact itself looks after that.
  meet(ana, relay);
  assert.deepEqual(relay.attachments.store.held().length, 1);
  pass(relay, 8);
  meet(ana, relay);
  assert.deepEqual([relay.attachments.store.held(), relay.attachments.carried()], [[], []]);
});

Deno.test("A13: who is given the key has what it carried as its own, and it is not fetched again", () => {
  const [ana, , relay] = openThree();
  const attachment = ana.attachments.attach("R-1", "photo", PHOTO);
  meet(ana, relay);
  letIn(ana, relay);
  for (const feed of ana.replica.feeds.all()) relay.replica.ingest(...runsOf(feed));
  assert.deepEqual(readAll(relay), [PHOTO.bytes]);
  assert.deepEqual(relay.attachments.carried(), []);
  pass(relay, 20);
  assert.deepEqual([relay.attachments.collect(), readAll(relay)], [[], [PHOTO.bytes]]);
  // What it can read now it keeps for no one else.
  ana.replica.write({ kind: "attachment.delete", record: "R-1", attachment });
  meet(ana, relay);
  relay.attachments.collect();
  pass(relay, 8);
  assert.equal(relay.attachments.collect().length, 1);
});

Deno.test("A13: in a dataset that is not sealed nothing is kept for others, whatever events say", () => {
  const [ana, relay] = [openPeer("ana"), openPeer("relay")];
  const { blob, size } = ana.attachments.store.put(PHOTO.bytes);
  ana.replica.write({ kind: "sealed", key: "00".repeat(8), data: "00".repeat(28), blob, size } as unknown as Change);
  meet(ana, relay);
  assert.deepEqual([relay.attachments.carried(), relay.attachments.store.held()], [[], []]);
});

Deno.test("A13: a head that names a file and not how long it is, or the other way round, has nothing carried", () => {
  const [ana, relay] = [openPeer("ana", "sealed"), openPeer("relay", "sealed")];
  const { blob, size } = ana.attachments.store.put(PHOTO.bytes);
  for (const named of [{ blob }, { size }]) {
    const change = { kind: "sealed", key: "00".repeat(8), data: "00".repeat(28), ...named };
    ana.replica.write(change as unknown as Change);
  }
  meet(ana, relay);
  assert.deepEqual([relay.attachments.wanted(), relay.attachments.store.held()], [[], []]);
});
