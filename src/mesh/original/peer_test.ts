import assert from "node:assert/strict";
import fc from "fast-check";
import { pull, startPeer } from "./_peers.ts";
import type { OriginalPeer } from "./peer.ts";
import { formatOriginalView } from "./view.ts";
import { encodeOriginalFrontier, readOriginalMessage } from "./wire.ts";

const viewOf = (peer: OriginalPeer) => formatOriginalView(peer.view());
const encode = (text: string) => new TextEncoder().encode(text);
const set = (peer: OriginalPeer, value: unknown, field = "f") =>
  peer.emit("field.set", { record_id: "R", field, value });

Deno.test("W1 OriginalPeers that pull from each other have the same view", () => {
  const [a, b] = [startPeer("a").peer, startPeer("b").peer];
  a.emit("record.create", { record_id: "R", form: "site", by: "a" });
  for (let i = 0; i < 100; i++) set(i % 2 ? a : b, i, `f${i % 7}`);
  pull(a, b);
  pull(b, a);
  assert.equal(viewOf(a), viewOf(b));
  assert.deepEqual(a.frontier(), new Map([["a", 51], ["b", 50]]));
});

Deno.test("S1 OriginalPeers converge through others, whatever is lost, twice or out of order", () => {
  const step = fc.record({ from: fc.nat(3), to: fc.nat(3), emit: fc.boolean(), order: fc.infiniteStream(fc.nat(99)) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const peers = ["a", "b", "c", "d"].map((author, at) => startPeer(author, { ms: 1_000_000 + at * 5000 }).peer);
      for (const { from, to, emit, order } of steps) {
        const [one, other] = [peers[from]!, peers[to]!];
        if (emit) set(one, from, `f${to}`);
        const replies = other.receive(one.gossip(), { maxMessageBytes: 400 }).replies;
        for (const reply of replies) {
          const chance = order.next().value!;
          // A third is lost; what is left comes in some order, and some of it twice.
          if (chance % 3 === 0) continue;
          one.receive(replies[chance % replies.length]!);
          one.receive(reply);
        }
      }
      for (let round = 0; round < 4; round++) for (const one of peers) for (const other of peers) pull(one, other);
      for (const peer of peers) {
        assert.equal(viewOf(peer), viewOf(peers[0]!));
        assert.deepEqual(peer.forks, []);
      }
    }),
    { numRuns: 40 },
  );
});

Deno.test("L1 OriginalPeer goes on where its log ends, in any order of lines", () => {
  const { peer } = startPeer("a");
  for (let i = 0; i < 5; i++) set(peer, i);
  const again = startPeer("a", { events: [...peer.events()].toReversed() }).peer;
  assert.equal(viewOf(again), viewOf(peer));
  assert.equal(set(again, 6).seq, 6);
});

Deno.test("W4 OriginalPeer.receive() says that the other has events of ours that we lack", () => {
  const [a, b] = [startPeer("a").peer, startPeer("b").peer];
  for (let i = 0; i < 5; i++) set(a, i);
  pull(b, a);
  const restored = startPeer("a", { events: [...a.events()].slice(0, 2) }).peer;
  assert.equal(restored.receive(encodeOriginalFrontier(b.frontier())).behind, 3);
  pull(restored, b);
  assert.equal(restored.receive(encodeOriginalFrontier(b.frontier())).behind, 0);
  assert.equal(set(restored, 9).seq, 6);
});

Deno.test("W3 OriginalPeer.receive() answers with no more than its credit, and goes on at the next frontier", () => {
  const [a, b] = [startPeer("a").peer, startPeer("b").peer];
  for (let i = 0; i < 200; i++) set(a, i);
  let rounds = 0;
  for (; b.frontier().get("a") !== 200 && rounds < 100; rounds++) {
    assert.ok(pull(b, a, { creditBytes: 5000, maxMessageBytes: 2000 }) <= 5000);
  }
  assert.equal(viewOf(a), viewOf(b));
  assert.ok(rounds < 15);
});

Deno.test("W1 OriginalPeer.receive() puts at most 32 events into a message, and none into one that is too long", () => {
  const { peer } = startPeer("a");
  for (let i = 0; i < 70; i++) set(peer, i);
  const ask = encodeOriginalFrontier(new Map());
  const sizes = peer.receive(ask).replies.map((reply) => {
    const message = readOriginalMessage(reply);
    return message.type === "events" ? message.events.length : 0;
  });
  assert.deepEqual(sizes, [32, 32, 6]);
  const tight = peer.receive(ask, { maxMessageBytes: 500 }).replies;
  assert.ok(tight.length >= 35 && tight.every(({ length }) => length <= 500));
  set(peer, "x".repeat(1000));
  set(peer, 1);
  const { replies, refused } = peer.receive(encodeOriginalFrontier(peer.frontier()), { maxMessageBytes: 500 });
  assert.deepEqual([replies, refused], [[], []]);
  const late = peer.receive(encodeOriginalFrontier(new Map([["a", 70]])), { maxMessageBytes: 500 });
  assert.deepEqual([late.replies.length, late.refused[0]!.reason], [0, "too-long"]);
});

Deno.test("OriginalPeer.emit() refuses what nobody could be sent", () => {
  const { peer } = startPeer("a", { maxEvents: 1 });
  assert.throws(() => set(peer, "x".repeat(70_000)), { code: "TOO_LARGE" });
  assert.throws(() => peer.emit("k", [1]), TypeError);
  assert.deepEqual(peer.frontier(), new Map());
  set(peer, 1);
  assert.throws(() => set(peer, 2), { code: "TOO_LARGE" });
});

Deno.test("I2 OriginalPeer.receive() takes anything without throwing, and changes nothing for what is malformed", () => {
  const { peer } = startPeer("a");
  set(peer, 1);
  const view = viewOf(peer);
  const piece = fc.constantFrom(
    '{"t":"frontier","f":{"a":',
    '{"t":"events","e":[{"a":"a","s":',
    ..."{}[],:1-.e",
    '"t"',
    '"f"',
    "0}}",
    "}]}",
    "null",
    "1e9",
    "-1",
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.array(piece, { maxLength: 12 }).map((pieces) => encode(pieces.join(""))),
  );
  fc.assert(fc.property(bytes, (bytes) => {
    const { appended, replies } = peer.receive(bytes);
    assert.equal(appended.length, 0);
    assert.ok(replies.every(({ length }) => length < 1000));
  }));
  assert.equal(viewOf(peer), view);
});
