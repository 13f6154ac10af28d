// Goal: who meets several peers that have the same gets it once, whatever happens to some of them.
// Method: one replica meets two to five at the same time over links in memory, of which some lose, stall or break.
import assert from "node:assert/strict";
import fc from "fast-check";
import { createRandom } from "../../random/mod.ts";
import { newcomer, writeAndMeet } from "../_compacted.ts";
import { CompactingWorld } from "../_compacting.ts";
import type { Machine } from "../_machine.ts";
import { TestWriter } from "../_writer.ts";
import type { Run } from "../run.ts";
import { type CrowdLink, meetAll } from "./_crowd.ts";
import { contents, createFeeds, meet } from "./_meet.ts";
import { type Taker, Turns } from "./turns.ts";

const random = createRandom("what they wrote");
const AUTHORS = Array.from({ length: 5 }, (_, i) => {
  const writer = new TestWriter(`w${i}`);
  return Array.from({ length: 60 }, (_, at): Run =>
    writer.run(...Array.from({ length: 10 }, () => ({
      kind: "field.set",
      payload: { record: `R-${at}`, field: "a", value: random.bytes(8).toHex() },
    }))));
});
const ALL: readonly Run[] = AUTHORS.flat();
const TOTAL = 3000;
const SIZE = { maxBytes: 500, windowBytes: 16_384 };
/** What it takes one peer to give all: about 65 kB. */
const ONCE = meet(createFeeds(ALL), createFeeds(), { a: SIZE, b: SIZE }).b.receivedBytes;

Deno.test("S17 who meets several peers with the same events at once gets each event once", () => {
  const some = AUTHORS.flatMap((runs) => runs.slice(0, 10));
  for (const [has, count] of [[[], 2], [[], 5], [AUTHORS[0]!, 3], [some, 3]] as const) {
    const hub = createFeeds(has);
    const meeting = meetAll(hub, Array.from({ length: count }, () => createFeeds(ALL)), { own: SIZE });
    assert.deepEqual(contents(hub), contents(createFeeds(ALL)));
    assert.equal(meeting.receivedEvents, TOTAL - 10 * has.length);
    assert.ok(meeting.receivedBytes < ONCE + 150 * count, `${meeting.receivedBytes} of ${ONCE}`);
    assert.deepEqual(new Set(meeting.reports.map(({ status }) => status)), new Set(["done"]));
  }
});

const link = fc.record<CrowdLink>({
  loss: fc.constantFrom(0, 0.05, 0.1),
  delayMs: fc.constantFrom(1, 20, 200),
  bytesPerSecond: fc.constantFrom(500, 5000, 1e6),
});
const dying = fc.record({
  endsMs: fc.integer({ min: 0, max: 6000 }),
  how: fc.constantFrom<"breaks" | "stalls">("breaks", "stalls"),
});

Deno.test("S17 though links lose and are slow, and one peer stalls or breaks, all events come, and about once", () => {
  const links = fc.array(link, { minLength: 2, maxLength: 5 });
  fc.assert(
    fc.property(links, dying, fc.string(), ([first, ...rest], end, seed) => {
      const hub = createFeeds();
      const all = [{ ...first, ...end }, ...rest];
      const options = { own: { ...SIZE, patienceMs: 60_000 }, seed, links: all };
      const meeting = meetAll(hub, all.map(() => createFeeds(ALL)), options);
      assert.equal(contents(hub).length, TOTAL);
      assert.ok(meeting.receivedEvents <= 1.1 * TOTAL, `${meeting.receivedEvents} of ${TOTAL}`);
    }),
    { numRuns: 6 },
  );
});

Deno.test("S17 a peer that promises and does not send holds up the others for 20 seconds at most", () => {
  for (const how of ["stalls", "breaks"] as const) {
    const hub = createFeeds();
    let wholeMs = Infinity;
    const onTime = (ms: number) => {
      if (wholeMs === Infinity && contents(hub).length === TOTAL) wholeMs = ms;
    };
    const links = [{ endsMs: 500, how, bytesPerSecond: 20_000 }, { startMs: 100 }, { startMs: 100 }];
    const { reports } = meetAll(hub, links.map(() => createFeeds(ALL)), { own: SIZE, links, onTime });
    assert.ok(wholeMs > 20_000 && wholeMs < 24_000, `${wholeMs}`);
    assert.deepEqual(reports.map(({ status }) => status), ["failed", "done", "done"]);
  }
});

Deno.test("S17 a slow peer that came first is asked to pause, so that a fast one is heard", () => {
  const hub = createFeeds();
  const links = [{ bytesPerSecond: 600 }, { startMs: 1000, bytesPerSecond: 1e6 }];
  const meeting = meetAll(hub, links.map(() => createFeeds(ALL)), { own: SIZE, links });
  assert.equal(contents(hub).length, TOTAL);
  assert.ok(meeting.doneMs[1]! < 60_000, `${meeting.doneMs}`);
  assert.equal(meeting.receivedEvents, TOTAL);
  assert.ok(meeting.reports.every(({ receivedEvents }) => receivedEvents > 0));
});

Deno.test("S17 who has nothing for us is not waited for, and may send what is new at once", () => {
  const hub = createFeeds(AUTHORS[0]);
  const links = [{ bytesPerSecond: 200 }, { bytesPerSecond: 200 }, {}];
  const peers = [createFeeds(ALL), createFeeds(ALL), createFeeds()];
  const { doneMs } = meetAll(hub, peers, { own: SIZE, links });
  assert.ok(doneMs[2]! < 3000, `${doneMs}`);
});

Deno.test("S17 who only compares, and takes nothing, waits for nobody", () => {
  const links = [{ bytesPerSecond: 200 }, { ours: { maxReceiveBytes: 0 } }];
  const { doneMs, reports } = meetAll(createFeeds(), [createFeeds(ALL), createFeeds(ALL)], { own: SIZE, links });
  assert.deepEqual(reports.map(({ status }) => status), ["done", "done"]);
  assert.ok(doneMs[1]! < 3000 && doneMs[0]! > 20_000, `${doneMs}`);
  assert.equal(reports[1]!.backlog.toGet.events > 0, true);
});

Deno.test("S17 of two who have the same snapshot one gives it", () => {
  const world = new CompactingWorld("compacted", { privacy: "open", roles: ["writer"] });
  const [founder] = world.machines as [Machine];
  writeAndMeet(world);
  world.compact();
  const second = newcomer(world, { name: "second" });
  world.meet(founder, second);
  const late = newcomer(world);
  const endOf = ({ replica }: Machine) => ({
    maxBytes: 100,
    missing: () => replica.view.missing(),
    snapshot: () => replica.base,
    takeSnapshot: (bytes: Uint8Array) => replica.adopt(bytes),
  });
  const givers = [founder, second];
  const links = givers.map((each) => ({ peer: endOf(each) }));
  const { reports } = meetAll(late.replica.feeds, givers.map(({ replica: { feeds } }) => feeds), {
    own: endOf(late),
    links,
  });
  assert.deepEqual(reports.map(({ status }) => status), ["done", "done"]);
  assert.deepEqual(late.replica.view.canonical(), founder.replica.view.canonical());
  const [most, least] = reports.map(({ receivedBytes }) => receivedBytes).sort((a, b) => b - a);
  assert.ok(most! > late.replica.base!.length && least! < late.replica.base!.length / 2, `${most} and ${least}`);
});

const taker = (): Taker & { woken: number } => ({
  woken: 0,
  wake() {
    this.woken++;
  },
});

Deno.test("Turns: one is asked, the next when it has gone, has had its time, or is silent", () => {
  const turns = new Turns();
  const [a, b, c] = [taker(), taker(), taker()];
  assert.equal(turns.take(a, 0), "go");
  // Nobody had waited until then.
  turns.heard(a, 50_000);
  assert.deepEqual([turns.take(b, 50_000), turns.take(c, 50_000)], ["wait", "wait"]);
  turns.heard(a, 51_000);
  assert.deepEqual([turns.take(a, 69_999), turns.take(a, 70_000), turns.nextMs(b)], ["go", "end", 71_000]);
  turns.leave(a, 70_000);
  assert.deepEqual([b.woken, turns.take(b, 70_000), turns.take(a, 70_000)], [1, "go", "wait"]);
  // Silent for 20 seconds: the next, and it comes after all others.
  assert.deepEqual([turns.take(c, 89_999), turns.take(c, 90_000), turns.take(b, 90_000)], ["wait", "go", "wait"]);
  turns.leave(c, 90_000);
  assert.deepEqual([turns.take(b, 90_000), turns.take(a, 90_000)], ["wait", "go"]);
  // It goes on and on, and does not come to a pause.
  for (let ms = 91_000; ms < 170_000; ms += 1000) turns.heard(a, ms);
  assert.deepEqual([turns.take(b, 169_999), turns.take(b, 170_000)], ["wait", "go"]);
  turns.leave(b, 170_000);
  assert.deepEqual([turns.take(a, 170_000), turns.nextMs(a)], ["go", Infinity]);
});

Deno.test("Turns: a clock that was set back holds nobody up", () => {
  const turns = new Turns();
  const [a, b] = [taker(), taker()];
  turns.take(a, 1e9);
  assert.deepEqual([turns.take(b, 0), turns.take(b, 20_000)], ["wait", "go"]);
});
