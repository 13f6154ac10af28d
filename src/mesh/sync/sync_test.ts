import assert from "node:assert/strict";
import { VirtualClock } from "../../clock/mod.ts";
import { createLinkPair, createNetwork, framedLink } from "../../link/mod.ts";
import { createRandom } from "../../random/mod.ts";
import { TestWriter } from "../_writer.ts";
import { contents, createFeeds, runsOf } from "./_meet.ts";
import { sync } from "./sync.ts";

const random = createRandom("sync");

Deno.test("sync() over a framed stream ends when both have the same", async () => {
  const clock = new VirtualClock();
  const [a, b] = [createFeeds(runsOf(new TestWriter("ann"), 500)), createFeeds(runsOf(new TestWriter("bob"), 500))];
  const pair = createLinkPair();
  const [left, right] = await Promise.all([
    sync(a, framedLink(pair.a), { clock, random, isReliable: true }),
    sync(b, framedLink(pair.b), { clock, random, isReliable: true }),
  ]);
  assert.deepEqual([left.status, right.status], ["done", "done"]);
  assert.deepEqual(contents(a), contents(b));
});

Deno.test("sync() over bad datagrams of 200 bytes comes to its end", async () => {
  const clock = new VirtualClock();
  const conditions = { delayMs: 50, jitterMs: 30, loss: 0.2, duplicate: 0.1, reorder: 0.2, damage: 0 };
  const network = createNetwork({ seed: "1", clock, conditions });
  const link = network.connect("ann", "bob", { maxBytes: 200 });
  const [a, b] = [createFeeds(runsOf(new TestWriter("ann"), 500)), createFeeds(runsOf(new TestWriter("bob"), 500))];
  const syncing = Promise.all([sync(a, link.a, { clock, random }), sync(b, link.b, { clock, random })]);
  let isOver = false;
  syncing.then(() => isOver = true);
  while (!isOver) {
    await clock.runTo(clock.now() + 20_000_000n);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const [left, right] = await syncing;
  assert.ok([left.status, right.status].includes("done"));
  assert.deepEqual(contents(a), contents(b));
});

Deno.test("sync() says that the link broke, and what came until then stays", async () => {
  const clock = new VirtualClock();
  const [a, b] = [createFeeds(runsOf(new TestWriter("ann"), 5000, 50)), createFeeds()];
  const pair = createLinkPair({ kind: "datagrams", maxBytes: 200, bufferBytes: 1000 });
  const onProgress = () => b.get(new TestWriter("ann").key.device) && pair.break();
  const [, right] = await Promise.all([
    sync(a, pair.a, { clock, random, isReliable: true }),
    sync(b, pair.b, { clock, random, isReliable: true, onProgress }),
  ]);
  assert.deepEqual([right.status, right.error?.code], ["failed", "UNAVAILABLE"]);
  assert.ok(right.appliedEvents > 0 && right.backlog.toGet.events === 5000 - right.appliedEvents);
});

Deno.test("sync() that stays passes on what is written, over a peer in between, until it is told to go", async () => {
  const clock = new VirtualClock();
  const peers = [createFeeds(), createFeeds(), createFeeds()] as const;
  const stop = new AbortController();
  const options = { clock, random, isReliable: true, isLive: true, signal: stop.signal };
  const links = [createLinkPair({ kind: "datagrams" }), createLinkPair({ kind: "datagrams" })] as const;
  const all = Promise.all([
    sync(peers[0], links[0].a, options),
    sync(peers[1], links[0].b, options),
    sync(peers[1], links[1].a, options),
    sync(peers[2], links[1].b, options),
  ]);
  const run = async (ms: number) => {
    for (let i = 0; i < ms; i += 10) {
      await clock.runTo(clock.now() + 10_000_000n);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await run(300);
  const ann = new TestWriter("ann");
  for (const each of runsOf(ann, 9)) peers[0].ingest(each);
  await run(300);
  assert.deepEqual(contents(peers[2]), contents(peers[0]));
  assert.equal(contents(peers[2]).length, 9);
  stop.abort();
  assert.deepEqual((await all).map(({ sentEvents }) => sentEvents), [9, 0, 9, 0]);
});

Deno.test("S17 sync() with three that stay and have the same takes it from one, and what is new from whoever writes it", async () => {
  const clock = new VirtualClock();
  const runs = runsOf(new TestWriter("ann"), 600, 30);
  const hub = createFeeds();
  const others = [createFeeds(runs), createFeeds(runs), createFeeds(runs)] as const;
  const stop = new AbortController();
  const options = { clock, random, isReliable: true, isLive: true, signal: stop.signal };
  const contacts = others.map((feeds) => {
    const link = createLinkPair({ kind: "datagrams" });
    return [sync(hub, link.a, options), sync(feeds, link.b, options)] as const;
  });
  const run = async (ms: number) => {
    for (let i = 0; i < ms; i += 10) {
      await clock.runTo(clock.now() + 10_000_000n);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await run(200);
  assert.equal(contents(hub).length, 600);
  const writer = new TestWriter("bob");
  for (const each of runsOf(writer, 9)) others[2].ingest(each);
  await run(300);
  for (const feeds of others) assert.deepEqual(contents(feeds), contents(hub));
  assert.equal(contents(hub).length, 609);
  stop.abort();
  const reports = await Promise.all(contacts.map(([ours]) => ours));
  assert.equal(reports.reduce((sum, { receivedEvents }) => sum + receivedEvents, 0), 609);
  await Promise.all(contacts.map(([, theirs]) => theirs));
});
