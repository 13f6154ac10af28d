import assert from "node:assert/strict";
import fc from "fast-check";
import { createMemoryFiles } from "../../files/mod.ts";
import { isTinmanError } from "../../errors/mod.ts";
import { runsOf } from "../runs_of.ts";
import { letIn, meet, openPeer, readAll, someBytes, talk } from "./_exchange.ts";
import { Attachments, collectBytes } from "./attachments.ts";
import { LEAF_BYTES } from "./tree.ts";

const PHOTO = { name: "door.jpg", type: "image/jpeg", bytes: someBytes(2 * LEAF_BYTES + 9) };

Deno.test("A8: a file that one attaches can be read by another who was told of it, when all of it has come", () => {
  const [ana, ben] = [openPeer("ana"), openPeer("ben")];
  const ref = ana.replica.key.device;
  assert.equal(ana.attachments.attach("R-1", "photo", PHOTO).device, ref);
  for (const feed of ana.replica.feeds.all()) ben.replica.ingest(...runsOf(feed));
  const [file] = ben.attachments.missing();
  const { size } = file!;
  assert.deepEqual(ben.attachments.state(file!), { isHere: false, bytes: 0, missingLeaves: 3, isRefused: false });
  assert.throws(() => ben.attachments.read(file!), (error) => isTinmanError(error, "NOT_FOUND"));
  {
    using mine = ben.attachments.exchange({ peer: "ana" });
    using theirs = ana.attachments.exchange({ peer: "ben" });
    talk(mine, theirs, { maxMessages: 60 });
  }
  const { isHere, bytes, missingLeaves } = ben.attachments.state(file!);
  assert.ok(!isHere && bytes > 0 && bytes < size && missingLeaves < 3);
  meet(ana, ben);
  assert.deepEqual(ben.attachments.state(file!), { isHere: true, bytes: size, missingLeaves: 0, isRefused: false });
  assert.deepEqual(readAll(ben), [PHOTO.bytes]);
  assert.deepEqual(ben.attachments.missing(), []);
});

Deno.test("A7: what was taken back goes after the grace, and nothing that a record names, deleted or not", () => {
  const [ana, ben] = [openPeer("ana"), openPeer("ben")];
  const first = ana.attachments.attach("R-1", "photo", PHOTO);
  ana.attachments.attach("R-2", "photo", PHOTO);
  ana.attachments.attach("R-3", "photo", { ...PHOTO, bytes: someBytes(9, "other") });
  const third = ana.attachments.attach("R-4", "photo", { ...PHOTO, bytes: someBytes(9, "third") });
  meet(ana, ben);
  ana.replica.write({ kind: "attachment.delete", record: "R-1", attachment: first });
  ana.replica.write({ kind: "record.delete", record: "R-3" });
  ana.replica.write({ kind: "event.erase", event: third });
  meet(ana, ben);
  for (const { attachments, clock } of [ana, ben]) {
    assert.deepEqual(attachments.collect(), []);
    clock.advanceTo(clock.now() + 8n * 86_400_000_000_000n);
    assert.equal(attachments.collect().length, 1);
    assert.deepEqual(attachments.all().map(({ blob }) => attachments.store.has(blob)), [true, true]);
  }
  ana.replica.write({ kind: "record.restore", record: "R-3" });
  assert.deepEqual(readAll(ana), [someBytes(9, "other"), PHOTO.bytes]);
});

Deno.test("A7: what was erased can be removed at once", () => {
  const ana = openPeer("ana");
  const event = ana.attachments.attach("R-1", "photo", PHOTO);
  const { blob } = ana.attachments.all()[0]!;
  assert.deepEqual(ana.attachments.collect({ graceMs: 0 }), []);
  ana.replica.write({ kind: "event.erase", event });
  assert.deepEqual(ana.attachments.collect({ graceMs: 0 }), [blob]);
});

Deno.test("A7: whatever is attached, taken back, erased and collected, no content of what is attached is lost", () => {
  const act = fc.constantFrom("attach", "delete", "erase", "restore", "meet", "wait", "collect", "now");
  fc.assert(
    fc.property(fc.array(fc.record({ act, who: fc.nat(1), what: fc.nat(3) }), { maxLength: 25 }), (acts) => {
      const peers = [openPeer("ana"), openPeer("ben")] as const;
      const held = [new Set<string>(), new Set<string>()];
      for (const { act, who, what } of acts) {
        const { attachments, replica, clock } = peers[who]!;
        const record = `R-${what}`;
        const file = attachments.all()[what];
        if (act === "attach") attachments.attach(record, "photo", { ...PHOTO, bytes: someBytes(9, `${what}`) });
        if (act === "delete" && file) replica.write({ kind: "attachment.delete", record, attachment: file.by });
        if (act === "erase" && file) replica.write({ kind: "event.erase", event: file.by });
        if (act === "restore") replica.write({ kind: what > 1 ? "record.restore" : "record.delete", record });
        if (act === "meet") meet(...peers);
        if (act === "wait") clock.advanceTo(clock.now() + 3n * 86_400_000_000_000n);
        if (act === "collect") attachments.collect();
        if (act === "now") attachments.collect({ graceMs: 0 });
        for (const [i, peer] of peers.entries()) {
          for (const { blob } of peer.attachments.all()) {
            const isHere = peer.attachments.store.has(blob);
            assert.ok(isHere || !held[i]!.has(blob), `${act} lost ${blob}`);
            if (isHere) held[i]!.add(blob);
          }
          // What nothing names may go, and come back when it is attached again.
          for (const blob of held[i]!) {
            if (!peer.attachments.all().some((each) => each.blob === blob)) held[i]!.delete(blob);
          }
        }
      }
    }),
    { numRuns: 60 },
  );
});

Deno.test("A8: the most urgent are fetched first, of those alike the newest", () => {
  const { replica, attachments } = openPeer("ana");
  const ben = openPeer("ben");
  const sorted = new Attachments(ben.replica, {
    files: createMemoryFiles(),
    path: "blobs",
    urgency: ({ field }) => field === "signature" ? 1 : 0,
  });
  for (const field of ["first", "signature", "last"]) attachments.attach("R-1", field, PHOTO);
  for (const feed of replica.feeds.all()) ben.replica.ingest(...runsOf(feed));
  assert.deepEqual(sorted.missing().map(({ field }) => field), ["signature", "last", "first"]);
});

Deno.test("A12: in a sealed dataset only who has the key reads files, and what is kept of them tells nothing", () => {
  const [ana, ben] = [openPeer("ana", "sealed"), openPeer("ben", "sealed")];
  assert.throws(() => ana.attachments.attach("R-1", "photo", PHOTO), (error) => isTinmanError(error, "UNAVAILABLE"));
  letIn(ana, ben);
  const sizes = [0, 1, LEAF_BYTES - 28, LEAF_BYTES - 27, 2 * LEAF_BYTES, 3 * (LEAF_BYTES - 28)];
  const files = sizes.map((size) => ({ ...PHOTO, bytes: someBytes(size, `${size}`) }));
  files.forEach((file, i) => ana.attachments.attach(`R-${i}`, "photo", file));
  meet(ana, ben);
  assert.deepEqual(readAll(ben), files.map(({ bytes }) => bytes).reverse());
  const { blob } = ben.attachments.all()[1]!;
  const kept = new TextDecoder("latin1").decode(
    new Uint8Array(ben.attachments.store.read(blob).toArray().flatMap((part) => [...part])),
  );
  assert.equal(kept.includes(new TextDecoder("latin1").decode(files[4]!.bytes.subarray(0, 16))), false);
});

Deno.test("A12: a file in a sealed dataset that no member has sealed is not read", () => {
  const ana = openPeer("ana", "sealed");
  letIn(ana);
  for (const bytes of [new Uint8Array(), someBytes(40), new TextEncoder().encode("tinseal100000000")]) {
    const file = ana.attachments.store.put(bytes);
    assert.throws(() => [...ana.attachments.read(file)], (error) => isTinmanError(error, "INTEGRITY"));
  }
});

Deno.test("A6: collectBytes() takes a stream, up to a limit", async () => {
  const stream = () => ReadableStream.from([someBytes(5, "a"), someBytes(6, "b")]);
  assert.deepEqual(await collectBytes(stream(), 11), Uint8Array.of(...someBytes(5, "a"), ...someBytes(6, "b")));
  await assert.rejects(collectBytes(stream(), 10), (error) => isTinmanError(error, "TOO_LARGE"));
});
