import assert from "node:assert/strict";
import { letIn, meet, openPeer, type Peer, readAll, someBytes } from "./_exchange.ts";
import { summaryOf } from "./summary.ts";

// Goal: a snapshot (V9) in place of the events that named files takes no file from a member. Method: peers in memory;
// ana compacts all that she has, others begin with what she made.

const photo = (seed: string) => ({ name: seed, type: "image/jpeg", bytes: someBytes(40_000, seed) });

function compact({ replica }: Peer): void {
  replica.compact({ upTo: new Map([...replica.feeds.all()].map(({ device, last }) => [device, last])) });
}

/** Begins with the snapshot of another, also in place of the same events. */
function begin(peer: Peer, { replica }: Peer): void {
  peer.replica.adopt(replica.base!, { isWhole: true });
}

for (const privacy of ["open", "sealed"] as const) {
  Deno.test(`V9: a member who begins with a snapshot gets the files that it names, in a dataset that is ${privacy}`, () => {
    const [ana, ben] = [openPeer("ana", privacy), openPeer("ben", privacy)];
    letIn(ana, ben);
    ana.attachments.attach("R-1", "photo", photo("door"));
    meet(ana, ben);
    compact(ana);
    assert.deepEqual(readAll(ana), [photo("door").bytes]);
    const late = openPeer("late", privacy);
    letIn(ana, late);
    begin(late, ana);
    assert.equal(late.replica.feeds.find(ana.attachments.all()[0]!.by), undefined);
    meet(ana, late);
    assert.deepEqual(readAll(late), [photo("door").bytes]);
    // Who had it keeps it as its own, and so does who made the snapshot.
    begin(ben, ana);
    for (const peer of [ana, ben, late]) {
      assert.deepEqual(peer.attachments.collect({ graceMs: 0 }), []);
      assert.deepEqual([summaryOf(peer.attachments).here.count, peer.attachments.missing()], [1, []]);
    }
  });
}

Deno.test("A13: who carries and begins with a snapshot gives on what it has for a week, and carries what is behind it", () => {
  const [ana, relay, fresh] = [openPeer("ana", "sealed"), openPeer("relay", "sealed"), openPeer("fresh", "sealed")];
  letIn(ana);
  ana.attachments.attach("R-1", "photo", photo("door"));
  meet(ana, relay);
  assert.equal(summaryOf(relay.attachments).carried.count, 1);
  compact(ana);
  const late = openPeer("late", "sealed");
  letIn(ana, late);
  for (const peer of [relay, fresh]) {
    begin(peer, ana);
    meet(ana, peer);
    assert.deepEqual(peer.attachments.carried(), []);
  }
  assert.equal(relay.attachments.store.held().length, 1);
  begin(late, ana);
  meet(relay, late);
  assert.deepEqual(readAll(late), [photo("door").bytes]);
  ana.attachments.attach("R-2", "photo", photo("well"));
  meet(ana, fresh);
  assert.deepEqual([fresh.attachments.carried().length, summaryOf(fresh.attachments).carried.count], [1, 1]);
  meet(fresh, late);
  assert.deepEqual(readAll(late), [photo("well").bytes, photo("door").bytes]);
});
