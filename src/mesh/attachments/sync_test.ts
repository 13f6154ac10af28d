import assert from "node:assert/strict";
import { VirtualClock } from "../../clock/mod.ts";
import { createLinkPair, createNetwork, type Link } from "../../link/mod.ts";
import { createRandom } from "../../random/mod.ts";
import { sync, type SyncOptions, type SyncReport } from "../sync/mod.ts";
import { letIn, openPeer, type Peer, readAll, someBytes } from "./_exchange.ts";
import { LEAF_BYTES } from "./tree.ts";

interface Meeting {
  readonly clock: VirtualClock;
  readonly a?: Partial<SyncOptions>;
  readonly b?: Partial<SyncOptions>;
}

/** One contact, to its end. */
async function meet(
  [a, b]: readonly [Peer, Peer],
  links: { readonly a: Link; readonly b: Link },
  options: Meeting,
): Promise<[SyncReport, SyncReport]> {
  const { clock } = options;
  const random = createRandom("meet");
  using mine = a.attachments.exchange({ peer: b.replica.key.device });
  using theirs = b.attachments.exchange({ peer: a.replica.key.device });
  const syncing = Promise.all([
    sync(a.replica.feeds, links.a, { clock, random, blobs: mine, ...options.a }),
    sync(b.replica.feeds, links.b, { clock, random, blobs: theirs, ...options.b }),
  ]);
  let isOver = false;
  syncing.finally(() => isOver = true);
  for (let i = 0; !isOver; i++) {
    assert.ok(i < 5000, "the contact does not end");
    await clock.runTo(clock.now() + 20_000_000n);
  }
  return await syncing;
}

const file = (seed: string, size = 3 * LEAF_BYTES) => ({ name: seed, type: "image/png", bytes: someBytes(size, seed) });

Deno.test("A8: one contact brings the events, then what the files contain, both ways, and ends", async () => {
  for (const isReliable of [true, false]) {
    const clock = new VirtualClock();
    const [ana, ben] = [openPeer("ana"), openPeer("ben")];
    ana.attachments.attach("R-1", "photo", file("ana"));
    ben.attachments.attach("R-1", "photo", file("ben"));
    const conditions = isReliable ? {} : { delayMs: 30, loss: 0.1, reorder: 0.1 };
    const link = createNetwork({ seed: "1", clock, conditions }).connect("ana", "ben", { maxBytes: 500 });
    const reports = await meet([ana, ben], link, { clock, a: { isReliable }, b: { isReliable } });
    assert.ok(reports.some(({ status }) => status === "done"), JSON.stringify(reports));
    assert.deepEqual(readAll(ana), readAll(ben));
    assert.equal(readAll(ana).length, 2);
  }
});

Deno.test("A8: files that are missing are fetched also when both have the same events", async () => {
  const clock = new VirtualClock();
  const [ana, ben] = [openPeer("ana"), openPeer("ben")];
  ana.attachments.attach("R-1", "photo", file("ana", 50_000));
  const options = { clock, a: { isReliable: true }, b: { isReliable: true } };
  // Too little for the file, so it is left for the next contact.
  const few = { ...options, b: { isReliable: true, maxReceiveBytes: 20_000 } };
  const [, first] = await meet([ana, ben], createLinkPair({ kind: "datagrams" }), few);
  assert.equal(first.status, "done");
  const { bytes, isHere } = ben.attachments.state(ben.attachments.all()[0]!);
  assert.ok(!isHere && bytes > 15_000 && bytes < 20_000, `${bytes} bytes`);
  const [, second] = await meet([ana, ben], createLinkPair({ kind: "datagrams" }), options);
  assert.equal(second.status, "done");
  assert.deepEqual(readAll(ben), [file("ana", 50_000).bytes]);
  assert.ok(second.receivedBytes < 37_000, `${second.receivedBytes} bytes`);
  // Now nothing is missing, so the first packets are all.
  const [, third] = await meet([ana, ben], createLinkPair({ kind: "datagrams" }), options);
  assert.ok(third.receivedBytes < 70, `${third.receivedBytes} bytes`);
});

Deno.test("A8: a contact ends also when nobody has the file, or the other exchanges none", async () => {
  for (const blobs of [{}, { blobs: undefined }]) {
    const clock = new VirtualClock();
    const [ana, ben] = [openPeer("ana"), openPeer("ben")];
    const absent = { blob: "ab".repeat(32), size: 9, type: "text/plain", name: "gone" };
    ana.replica.write({ kind: "attachment.add", record: "R-1", field: "photo", ...absent });
    const options = { clock, a: { isReliable: true, ...blobs }, b: { isReliable: true } };
    const reports = await meet([ana, ben], createLinkPair({ kind: "datagrams" }), options);
    assert.deepEqual(reports.map(({ status }) => status), ["done", "done"]);
    assert.equal(ben.attachments.missing().length, 1);
  }
});

Deno.test("A9: what comes by one contact goes on by another one that stays, at once", async () => {
  const clock = new VirtualClock();
  const random = createRandom("relay");
  const [ana, ben, cat] = [openPeer("ana"), openPeer("ben"), openPeer("cat")];
  const stop = new AbortController();
  const contacts: Promise<SyncReport>[] = [];
  for (const [a, b] of [[ana, ben], [ben, cat]] as const) {
    const link = createLinkPair({ kind: "datagrams" });
    const options = { clock, random, isReliable: true, isLive: true, signal: stop.signal };
    for (const [from, to, end] of [[a, b, link.a], [b, a, link.b]] as const) {
      const blobs = from.attachments.exchange({ peer: to.replica.key.device });
      contacts.push(sync(from.replica.feeds, end, { ...options, blobs }));
    }
  }
  await clock.runTo(clock.now() + 500_000_000n);
  ana.attachments.attach("R-1", "photo", file("ana", 300_000));
  for (let i = 0; i < 100; i++) await clock.runTo(clock.now() + 20_000_000n);
  assert.deepEqual(readAll(cat), [file("ana", 300_000).bytes]);
  stop.abort();
  await Promise.all(contacts);
});

Deno.test("A13: over a link that drops a file gets to who carries it, and from there over another one to who reads it", async () => {
  const [ana, ben, relay] = [openPeer("ana", "sealed"), openPeer("ben", "sealed"), openPeer("relay", "sealed")];
  letIn(ana, ben);
  ana.attachments.attach("R-1", "photo", file("ana", 100_000));
  const conditions = { delayMs: 30, loss: 0.05, reorder: 0.05, bitsPerSecond: 100_000 };
  for (const [from, to] of [[ana, relay], [relay, ben]] as const) {
    const { clock } = to;
    const isThere = () => to.attachments.wanted().some(({ blob }) => to.attachments.store.has(blob));
    let contacts = 0;
    for (; !isThere(); contacts++) {
      assert.ok(contacts < 6, "it never arrives");
      const network = createNetwork({ seed: `${contacts}`, clock, conditions });
      const link = network.connect("from", "to", { maxBytes: 500 });
      clock.at(clock.elapsedNs() + 6e9, () => link.break());
      await meet([from, to], link, { clock });
    }
    assert.ok(contacts > 1);
  }
  assert.deepEqual([readAll(ben), relay.attachments.all()], [[file("ana", 100_000).bytes], []]);
});
