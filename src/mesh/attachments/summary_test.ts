import assert from "node:assert/strict";
import { createMemoryFiles } from "../../files/mod.ts";
import { runsOf } from "../runs_of.ts";
import { letIn, meet, openPeer, type Peer, someBytes } from "./_exchange.ts";
import { readRoom, writeRoom } from "./room.ts";
import { summaryOf } from "./summary.ts";

const EMPTY = { count: 0, bytes: 0 };
const photo = (seed: string, size = 40_000) => ({ name: seed, type: "image/jpeg", bytes: someBytes(size, seed) });

function tell(from: Peer, to: Peer): void {
  for (const feed of from.replica.feeds.all()) to.replica.ingest(...runsOf(feed));
}

Deno.test("A6: what is here, to come and without room is counted, each content once; more room is used at once", () => {
  const [ana, ben] = [openPeer("ana"), openPeer("ben", "open", { maxBytes: 50_000 })];
  ana.attachments.attach("R-1", "photo", photo("door"));
  ana.attachments.attach("R-2", "photo", photo("door"));
  tell(ana, ben);
  const { here, coming, refused, usedBytes } = summaryOf(ben.attachments);
  assert.deepEqual([here, coming, refused, usedBytes], [EMPTY, { count: 1, bytes: 40_000 }, EMPTY, 0]);
  meet(ana, ben);
  ana.attachments.attach("R-1", "photo", photo("well"));
  meet(ana, ben);
  assert.deepEqual(summaryOf(ben.attachments), {
    here: { count: 1, bytes: 40_000 },
    coming: EMPTY,
    cameBytes: 0,
    refused: { count: 1, bytes: 40_000 },
    carried: EMPTY,
    maxCarriedBytes: 2 ** 28,
    usedBytes: 40_000,
    maxBytes: 50_000,
  });
  ben.attachments.store.maxBytes = 80_000;
  assert.equal(summaryOf(ben.attachments).refused.count, 0);
  meet(ana, ben);
  assert.deepEqual(summaryOf(ben.attachments).here, { count: 2, bytes: 80_000 });
  // What is here stays.
  ben.attachments.store.maxBytes = 0;
  assert.deepEqual(summaryOf(ben.attachments).here, { count: 2, bytes: 80_000 });
  assert.throws(() => ben.attachments.attach("R-1", "photo", photo("more")), { code: "TOO_LARGE" });
});

Deno.test("A13: what is here for others is counted by itself", () => {
  const [ana, relay] = [openPeer("ana", "sealed"), openPeer("relay", "sealed")];
  letIn(ana);
  ana.attachments.attach("R-1", "photo", photo("door"));
  tell(ana, relay);
  assert.deepEqual(summaryOf(relay.attachments).carried, EMPTY);
  meet(ana, relay);
  const { carried, here, refused } = summaryOf(relay.attachments);
  assert.deepEqual([carried.count, carried.bytes > 40_000, here, refused], [1, true, EMPTY, EMPTY]);
});

Deno.test("A6: how much room there is is kept in the folder, and what cannot be read there says nothing", () => {
  const files = createMemoryFiles();
  files.makeFolder("d");
  assert.equal(readRoom("d", files), undefined);
  writeRoom("d", files, 12);
  assert.equal(readRoom("d", files), 12);
  for (const text of ["", "null", '{"maxBytes":-1}', '{"maxBytes":"1"}', " ".repeat(5000)]) {
    files.replace("d/room.json", new TextEncoder().encode(text));
    assert.equal(readRoom("d", files), undefined, text);
  }
});
