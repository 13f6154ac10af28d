import assert from "node:assert/strict";
import { VirtualClock } from "../../clock/mod.ts";
import { createLinkPair } from "../../link/mod.ts";
import { type GossipOptions, gossipOriginal } from "./gossip.ts";
import { OriginalPeer } from "./peer.ts";
import { formatOriginalView } from "./view.ts";

function start(options: { bufferBytes?: number } & Partial<GossipOptions> = {}) {
  const clock = new VirtualClock(1_000_000_000_000n);
  const pair = createLinkPair({ kind: "datagrams", maxBytes: 2000, bufferBytes: options.bufferBytes ?? 1 << 20 });
  const [a, b] = ["a", "b"].map((author) => new OriginalPeer({ author, clock })) as [OriginalPeer, OriginalPeer];
  const stop = new AbortController();
  const ended = [
    gossipOriginal(a, pair.a, { clock, signal: stop.signal, ...options }),
    gossipOriginal(b, pair.b, { clock, signal: stop.signal, ...options }),
  ];
  return { clock, pair, a, b, stop, ended };
}

const write = (peer: OriginalPeer, count: number) => {
  for (let i = 0; i < count; i++) peer.emit("field.set", { record_id: peer.author, field: `f${i}`, value: i });
};

Deno.test("gossipOriginal() makes two peers equal, and what is written later within an interval", async () => {
  const { clock, a, b, stop, ended } = start();
  write(a, 100);
  write(b, 50);
  await clock.runTo(1_011_000_000_000n);
  assert.equal(formatOriginalView(a.view()), formatOriginalView(b.view()));
  write(b, 20);
  await clock.runTo(1_021_000_000_000n);
  assert.deepEqual(a.frontier(), new Map([["a", 100], ["b", 70]]));
  stop.abort();
  await Promise.all(ended);
});

Deno.test("W3 gossipOriginal() sends no more than the credit, which grows with time", async () => {
  const { clock, a, b, pair, stop, ended } = start({ creditBytes: 3000, creditBytesPerSecond: 100 });
  write(a, 100);
  await clock.runTo(1_010_500_000_000n);
  const held = b.frontier().get("a")!;
  assert.ok(held > 5 && held < 25);
  await clock.runTo(1_020_500_000_000n);
  assert.ok(b.frontier().get("a")! > held && b.frontier().get("a")! < held + 8);
  stop.abort();
  await Promise.all(ended);
  assert.equal(pair.a.kind, "datagrams");
});

Deno.test("gossipOriginal() hands over what came before it answers", async () => {
  const seen: string[] = [];
  const { clock, a, stop, ended } = start({
    received: ({ appended }) => void seen.push(...appended.map(({ id }) => id)),
  });
  write(a, 40);
  await clock.runTo(1_011_000_000_000n);
  assert.deepEqual(seen, [...a.events()].map(({ id }) => id));
  stop.abort();
  await Promise.all(ended);
});

Deno.test("gossipOriginal() ends when the other end closes, and throws when the link breaks", async () => {
  const closed = start();
  await closed.pair.b.close();
  await Promise.all(closed.ended);
  const broken = start();
  broken.pair.break();
  for (const { status } of await Promise.allSettled(broken.ended)) assert.equal(status, "rejected");
});

Deno.test("gossipOriginal() is done at once when it was aborted before, and takes no stream", async () => {
  const clock = new VirtualClock();
  const peer = new OriginalPeer({ author: "a", clock });
  await gossipOriginal(peer, createLinkPair({ kind: "datagrams" }).a, { clock, signal: AbortSignal.abort() });
  await assert.rejects(gossipOriginal(peer, createLinkPair().a, { clock }), TypeError);
});
