// Goal: whatever two peers have, and however bad the link, after one contact both have the same.
// Method: random histories with forks and gaps, of which each peer has some parts; a seed is one line to reproduce.
import assert from "node:assert/strict";
import { createRandom, type Random } from "../../random/mod.ts";
import { TestWriter } from "../_writer.ts";
import type { Feeds } from "../feeds.ts";
import type { Run } from "../run.ts";
import { meetAll } from "./_crowd.ts";
import { contents, createFeeds, meet, runsOf } from "./_meet.ts";

/** What devices wrote, some of them copied on the way. */
function histories(random: Random): Run[][] {
  const parts: Run[][] = [];
  for (let device = 0; device < 1 + random.int(4); device++) {
    const writers = [new TestWriter(`w${device}`)];
    for (let i = random.int(4); i > 0; i--) {
      const writer = writers[random.int(writers.length)]!;
      parts.push(runsOf(writer, random.int(60), 1 + random.int(9)));
      if (random.int(2) === 0) continue;
      const copy = writer.clone();
      copy.wallMs += writers.length;
      writers.push(copy);
    }
    for (const writer of writers) parts.push(runsOf(writer, 1 + random.int(40), 1 + random.int(9)));
  }
  return parts;
}

function somebody(random: Random, parts: readonly (readonly Run[])[]): Feeds {
  const feeds = createFeeds();
  const ingest = (runs: readonly Run[]) => runs.forEach((run) => feeds.ingest(run));
  for (const part of parts) if (random.int(3) > 0) ingest(part.slice(0, random.int(part.length + 1)));
  for (const part of parts) if (random.int(2) > 0) ingest(part);
  return feeds;
}

function run(seed: string): void {
  const random = createRandom(seed);
  const parts = histories(random);
  const [a, b, c] = [0, 1, 2].map(() => somebody(random, parts)) as [Feeds, Feeds, Feeds];
  const chance = (most: number) => random.int(2) === 0 ? 0 : most;
  const link = { loss: chance(0.3), duplicate: chance(0.2), reorder: chance(0.4), delayMs: 1 + random.int(300) };
  const options = () => ({
    maxBytes: [64, 200, 1200, 65_536][random.int(4)]!,
    patienceMs: 3_600_000,
    windowBytes: random.int(2) === 0 ? 600 + random.int(5000) : 65_536,
    maxPlainDevices: random.int(3),
  });
  for (const [i, [one, two]] of ([[a, b], [b, c], [a, c]] as const).entries()) {
    const meeting = meet(one, two, { ...link, seed: `${seed}/${i}`, a: options(), b: options() });
    assert.deepEqual(contents(one), contents(two), seed);
    assert.ok([meeting.a.status, meeting.b.status].includes("done"), seed);
    assert.deepEqual([meeting.a.refused, meeting.b.refused], [{}, {}], seed);
  }
}

/** One meets several at the same time, until that brings nothing new: what had waited may come in at the end. */
function crowd(seed: string): void {
  const random = createRandom(seed);
  const parts = histories(random);
  const [hub, ...peers] = Array.from({ length: 3 + random.int(3) }, () => somebody(random, parts)) as [
    Feeds,
    ...Feeds[],
  ];
  const own = { maxBytes: [200, 1200][random.int(2)]!, patienceMs: 3_600_000, maxPlainDevices: random.int(3) };
  const links = peers.map(() => ({
    loss: random.int(2) === 0 ? 0 : 0.2,
    delayMs: 1 + random.int(300),
    startMs: random.int(1000),
  }));
  for (let round = 0, before = -1; before !== contents(hub).length; round++) {
    before = contents(hub).length;
    const { reports } = meetAll(hub, peers, { seed: `${seed}/${round}`, links, own });
    const here = new Set(contents(hub).map((each) => each.split(" ").at(-1)));
    for (const each of peers) assert.ok(contents(each).every((event) => here.has(event.split(" ").at(-1))), seed);
    for (const { refused } of reports) assert.deepEqual(refused, {}, seed);
  }
  for (const each of peers) assert.deepEqual(contents(each), contents(hub), seed);
}

Deno.test("S17 who meets several at once has all that they have, also what was forked", () => {
  for (let i = 0; i < 12; i++) crowd(`crowd ${i}`);
});

Deno.test("S1 any two peers that meet have the same then, whatever they had", () => {
  for (let i = 0; i < 40; i++) run(`world ${i}`);
});

// What they found: a second run of a device in one delta was coded as if the first was there already; a peer was done
// before it saw, by what had just come, what the other lacked.
// A run that had waited forked the feed while another came in, and the peer was believed to have it.
for (const seed of ["soak 1795258124431 0", "soak 1795258124431 240"]) {
  Deno.test(`S1 ${seed}`, () => run(seed));
}
