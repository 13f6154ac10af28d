import assert from "node:assert/strict";
import fc from "fast-check";
import { DATASET, START_MS, TestWriter } from "./_writer.ts";
import { Feeds, type FeedsOptions } from "./feeds.ts";
import type { Run } from "./run.ts";

function createFeeds(options: Partial<FeedsOptions> = {}): Feeds {
  return new Feeds({ dataset: DATASET, nowMs: () => START_MS, accepts: () => true, ...options });
}

/** All that is there: names, numbers and ids, in one order. */
function contents(feeds: Feeds): string[] {
  return [...feeds.all()].flatMap((feed) =>
    feed.slice(feed.base).map((_, i) => `${feed.name} ${feed.base + i} ${feed.idAt(feed.base + i)!.toHex()}`)
  ).sort();
}

Deno.test("F1 a feed grows by runs that follow its last event", () => {
  const [feeds, writer] = [createFeeds(), new TestWriter("a")];
  const first = writer.set("R-1", "status", "OPEN");
  assert.equal(feeds.ingest(first).status, "applied");
  assert.deepEqual(feeds.ingest(writer.set("R-1", "status", "CLOSED")), {
    status: "applied",
    feed: writer.key.device,
    from: 2,
    count: 1,
  });
  assert.equal(feeds.get(writer.key.device)?.head.toHex(), writer.head.toHex());
});

Deno.test("F2 a run that is here already changes nothing", () => {
  const [feeds, writer] = [createFeeds(), new TestWriter("a")];
  const run = writer.set("R-1", "status", "OPEN");
  feeds.ingest(run);
  assert.deepEqual(feeds.ingest(run), { status: "known" });
});

Deno.test("E6 a run whose signature is of something else is refused, and begins no feed", () => {
  const feeds = createFeeds();
  const run = new TestWriter("a").set("R-1", "status", "OPEN");
  const forged = { ...run, signature: new TestWriter("b").set("R-1", "status", "OPEN").signature };
  const result = feeds.ingest(forged);
  assert.equal(result.status === "refused" && result.rule, "E6");
  assert.deepEqual([...feeds.all()], []);
});

Deno.test("F7 a device that was copied keeps both of its histories, named alike by all", () => {
  const writer = new TestWriter("a");
  const before = writer.set("R-1", "status", "OPEN");
  const copy = writer.clone();
  copy.wallMs += 5;
  const runs = [
    before,
    writer.set("R-1", "a", 1),
    writer.set("R-1", "a", 2),
    copy.set("R-1", "b", 1),
    copy.set("R-1", "b", 2),
  ];
  const third = copy.clone();
  third.wallMs += 7;
  runs.push(third.set("R-1", "c", 1), copy.set("R-1", "b", 3));
  const expected = createFeeds();
  for (const run of runs) expected.ingest(run);
  assert.equal(expected.of(writer.key.device).length, 3);
  fc.assert(fc.property(fc.shuffledSubarray(runs, { minLength: runs.length }), (order) => {
    const feeds = createFeeds();
    for (const run of order) feeds.ingest(run);
    // What came before the event that it hangs on has to come again; a peer would ask for it.
    for (let i = 0; i < 3; i++) for (const run of order) feeds.ingest(run);
    assert.deepEqual(contents(feeds), contents(expected));
  }));
});

Deno.test("F4 of devices that are not admitted nothing is kept, and no frontier grows by them", () => {
  const kept: Run[] = [];
  const feeds = createFeeds({
    admits: () => "wait",
    keep: (run) => void kept.push(run),
    waiting: { maxRunsPerDevice: 2 },
  });
  for (let i = 0; i < 1000; i++) {
    const writer = new TestWriter(`junk ${i % 10}`);
    for (let n = i % 3; n >= 0; n--) feeds.ingest(writer.set("R-1", "n", n));
  }
  assert.deepEqual([[...feeds.all()], kept], [[], []]);
  assert.ok(feeds.waiting.size.runs <= 20);
});

Deno.test("F6 two events with one number are both kept, and told as proof; the second counts only if it is signed", () => {
  const [feeds, writer] = [createFeeds(), new TestWriter("a")];
  const told: unknown[] = [];
  feeds.listen({ forked: (fork) => told.push(fork) });
  feeds.ingest(writer.set("R-1", "status", "OPEN"));
  const copy = writer.clone();
  copy.wallMs += 5;
  const [ours, other] = [writer.set("R-1", "a", 1), copy.set("R-1", "b", 2)];
  feeds.ingest(ours);
  const forged = feeds.ingest({ ...other, signature: ours.signature });
  assert.deepEqual([forged.status === "refused" && forged.rule, feeds.forks], ["E6", []]);
  assert.equal(feeds.ingest(other).status, "applied");
  const { device } = writer.key;
  assert.deepEqual(feeds.forks.map((fork) => [fork.device, fork.seq, fork.feeds.length]), [[device, 2, 2]]);
  assert.deepEqual(told, feeds.forks);
  const heads = feeds.of(device).map((feed) => feed.head.toHex()).sort();
  assert.deepEqual(heads, [writer.head.toHex(), copy.head.toHex()].sort());
});

Deno.test("F8 of a device that forks more than 15 times no further branch is taken, and that is said", () => {
  const [feeds, writer] = [createFeeds(), new TestWriter("a")];
  feeds.ingest(writer.set("R-1", "status", "OPEN"));
  const results = Array.from({ length: 18 }, (_, i) => feeds.ingest(writer.clone().set("R-1", "n", i)));
  assert.deepEqual(results.slice(0, 16).map(({ status }) => status), Array(16).fill("applied"));
  for (const result of results.slice(16)) assert.equal(result.status === "refused" && result.rule, "F8");
  assert.equal(feeds.of(writer.key.device).length, 16);
  const [branch] = feeds.of(writer.key.device);
  assert.equal(branch!.last, 2);
});

Deno.test("F5 what waits is bounded, and comes in when what was missing has come", () => {
  const [feeds, writer] = [createFeeds({ waiting: { maxRunsPerDevice: 3 } }), new TestWriter("a")];
  const runs = Array.from({ length: 5 }, (_, i) => writer.set("R-1", "n", i));
  const late = runs.slice(1).map((run: Run) => feeds.ingest(run).status);
  assert.deepEqual(late, ["waiting", "waiting", "waiting", "refused"]);
  feeds.ingest(runs[0]!);
  assert.equal(feeds.get(writer.key.device)?.last, 4);
  assert.equal(feeds.waiting.size.runs, 0);
});
