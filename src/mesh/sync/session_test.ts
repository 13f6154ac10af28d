import assert from "node:assert/strict";
import fc from "fast-check";
import { createRandom } from "../../random/mod.ts";
import { TestWriter } from "../_writer.ts";
import type { Run } from "../run.ts";
import { contents, createFeeds, meet, type MeetOptions, runsOf } from "./_meet.ts";

Deno.test("S1 two peers that have met have the same, and each event went once", () => {
  const [ann, bob] = [new TestWriter("ann"), new TestWriter("bob")];
  const shared = [...runsOf(ann, 30), ...runsOf(bob, 30)];
  const a = createFeeds([...shared, ...runsOf(ann, 10)]);
  const b = createFeeds([...shared, ...runsOf(bob, 20)]);
  const meeting = meet(a, b);
  assert.deepEqual(contents(a), contents(b));
  assert.deepEqual([meeting.a.status, meeting.b.status], ["done", "done"]);
  assert.deepEqual([meeting.a.sentEvents, meeting.b.sentEvents], [10, 20]);
});

Deno.test("S1 peers without any event, or with the same ones, tell each other so in a few bytes", () => {
  const runs = runsOf(new TestWriter("ann"), 30);
  for (const [a, b] of [[createFeeds(), createFeeds()], [createFeeds(runs), createFeeds(runs)]] as const) {
    const meeting = meet(a, b);
    assert.deepEqual([meeting.a.status, meeting.b.status], ["done", "done"]);
    assert.ok(meeting.bytes <= 4 * 32 + 2 * 4, `${meeting.bytes}`);
  }
});

Deno.test("S1 who has nothing gets all, of all authors", () => {
  const runs = Array.from({ length: 7 }, (_, i) => runsOf(new TestWriter(`w${i}`), 20 * i + 1)).flat();
  const [a, b] = [createFeeds(runs), createFeeds()];
  meet(a, b);
  assert.deepEqual(contents(a), contents(b));
});

const bad = fc.record({
  loss: fc.constantFrom(0, 0.1, 0.4),
  duplicate: fc.constantFrom(0, 0.3),
  reorder: fc.constantFrom(0, 0.5),
  delayMs: fc.constantFrom(1, 50, 900),
  seed: fc.string(),
});
const sizes = fc.record({ maxBytes: fc.constantFrom(64, 200, 1200, 65_536) });

/** Devices, of which each side has some runs: the first ones. */
const split = fc.array(fc.tuple(fc.nat(60), fc.nat(60), fc.integer({ min: 1, max: 5 })), { maxLength: 6 });

function partsOf(devices: readonly (readonly [number, number, number])[]): [Run[], Run[]] {
  const parts = devices.map(([a, b, perRun], i) => {
    const runs = runsOf(new TestWriter(`d${i}`), 60, perRun);
    return [runs.slice(0, a), runs.slice(0, b)] as const;
  });
  return [parts.flatMap(([a]) => a), parts.flatMap(([, b]) => b)];
}

Deno.test("S2 what is lost, doubled or overtaken changes nothing but the time it takes", () => {
  fc.assert(
    fc.property(split, bad, sizes, (devices, link, size) => {
      const [left, right] = partsOf(devices);
      const [a, b] = [createFeeds(left), createFeeds(right)];
      const meeting = meet(a, b, { ...link, a: { ...size, patienceMs: 3_600_000 }, b: { patienceMs: 3_600_000 } });
      // The very last word may be lost, and then one of them cannot know.
      assert.ok([meeting.a.status, meeting.b.status].includes("done"));
      assert.deepEqual(contents(a), contents(b));
      assert.equal(meeting.a.sentEvents, meeting.b.appliedEvents);
      assert.equal(meeting.b.sentEvents, meeting.a.appliedEvents);
    }),
    { numRuns: 60 },
  );
});

Deno.test("S3 a contact that breaks is gone on with by the next one, and nothing that came goes again", () => {
  const runs = runsOf(new TestWriter("ann"), 3000, 30);
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 5, max: 40 }), { minLength: 1, maxLength: 5 }),
      fc.string(),
      (cuts, seed) => {
        const [a, b] = [createFeeds(runs), createFeeds()];
        const small = { maxBytes: 200, patienceMs: 10_000 };
        let applied = 0;
        for (const cutAfter of [...cuts, Infinity]) {
          const before = b.get(runs[0]!.device)?.last ?? 0;
          const { b: report } = meet(a, b, { a: small, b: small, cutAfter, seed });
          applied += report.appliedEvents;
          assert.equal(report.receivedEvents, report.appliedEvents);
          assert.equal((b.get(runs[0]!.device)?.last ?? 0) - before, report.appliedEvents);
        }
        assert.equal(applied, 3000);
        assert.deepEqual(contents(a), contents(b));
      },
    ),
    { numRuns: 10 },
  );
});

/** A device that went on by itself in two places. */
function forkOf(before: number, left: number, right: number): [Run[], Run[], Run[]] {
  const ann = new TestWriter("ann");
  const shared = runsOf(ann, before);
  const copy = ann.clone();
  copy.wallMs += 7;
  return [shared, runsOf(ann, left), runsOf(copy, right)];
}

Deno.test("S6 a fork is found in the first contact, and both have both branches then", () => {
  const length = fc.nat(90);
  fc.assert(
    fc.property(
      fc.tuple(length, fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 90 })),
      bad,
      (lengths, link) => {
        const [shared, left, right] = forkOf(...lengths);
        const other = runsOf(new TestWriter("bob"), 5);
        const [a, b] = [createFeeds([...shared, ...left, ...other]), createFeeds([...shared, ...right])];
        const patience = { patienceMs: 3_600_000 };
        const meeting = meet(a, b, { ...link, a: patience, b: patience });
        assert.ok([meeting.a.status, meeting.b.status].includes("done"));
        assert.deepEqual(contents(a), contents(b));
        assert.equal(a.of(left[0]!.device).length, 2);
        assert.deepEqual(meeting.a.forked, [left[0]!.device]);
        assert.ok(a.forks.length === 1 && b.forks.length === 1);
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("S6 where a third history parts is found on the branch that it parts from", () => {
  // Which branch has the name of the feed is decided by an id, so by chance.
  for (let chance = 1; chance < 9; chance++) {
    const ann = new TestWriter("ann");
    const shared = runsOf(ann, 6);
    const copy = ann.clone();
    copy.wallMs += chance;
    const [one, two] = [runsOf(ann, 9, 9), runsOf(copy, 3)];
    const third = copy.clone();
    third.wallMs += chance;
    // It was removed since, so what is sent from the wrong place is not even looked at.
    let cutoff = Infinity;
    const removed = { admits: () => ({ cutoff }), endOf: () => cutoff };
    const a = createFeeds([...shared, ...one, ...two], removed);
    const b = createFeeds([...shared, ...two, ...runsOf(third, 4)], removed);
    cutoff = 9;
    meet(a, b);
    assert.ok(contents(a).every((event) => contents(b).some((each) => each.endsWith(event.slice(-64)))));
  }
});

Deno.test("S6 branches of branches come to all", () => {
  const ann = new TestWriter("ann");
  const writers = [ann];
  const parts: Run[][] = [];
  for (let i = 0; i < 5; i++) {
    const copy = writers[i % 2]!.clone();
    copy.wallMs += i + 1;
    writers.push(copy);
    parts.push(...writers.map((writer, at) => runsOf(writer, at + 3)));
  }
  const random = createRandom("branches");
  const all = createFeeds();
  for (let round = 0; round < 3; round++) for (const run of parts.flat()) all.ingest(run);
  for (let round = 0; round < 10; round++) {
    const peers = Array.from({ length: 2 }, () => {
      const feeds = createFeeds();
      for (const part of parts) if (random.next() < 0.6) { for (const run of part) feeds.ingest(run); }
      return feeds;
    });
    meet(peers[0]!, all, { seed: `${round}/0` });
    meet(peers[1]!, peers[0]!, { seed: `${round}/1` });
    assert.deepEqual(contents(peers[0]!), contents(all));
    assert.deepEqual(contents(peers[1]!), contents(all));
  }
});

Deno.test("S7 a device that was restored from a copy is told so, and gets its own events first", () => {
  const ann = new TestWriter("ann");
  const runs = runsOf(ann, 30);
  const others = Array.from({ length: 5 }, (_, i) => runsOf(new TestWriter(`w${i}`), 500)).flat();
  const [a, b] = [createFeeds(runs.slice(0, 4)), createFeeds([...others, ...runs])];
  const first: string[] = [];
  const told: number[] = [];
  a.listen({ applied: ({ device }) => void first.push(device) });
  const meeting = meet(a, b, { a: { device: ann.key.device, onBehind: (last) => void told.push(last) } });
  assert.deepEqual([told, meeting.a.behind, first[0]], [[30], 30, ann.key.device]);
  assert.deepEqual(contents(a), contents(b));
});

Deno.test("S8 nobody sends more than was asked for, or than may be sent, and what is left is seen", () => {
  const runs = Array.from({ length: 8 }, (_, i) => runsOf(new TestWriter(`w${i}`), 300)).flat();
  const limits: MeetOptions[] = [{ a: { maxSendBytes: 2000 } }, { b: { maxReceiveBytes: 2000 } }];
  for (const options of limits) {
    const [a, b] = [createFeeds(runs), createFeeds()];
    const meeting = meet(a, b, options);
    assert.deepEqual([meeting.a.status, meeting.b.status], ["done", "done"]);
    assert.ok(meeting.a.sentBytes > 1000 && meeting.a.sentBytes < 2300, `${meeting.a.sentBytes}`);
    assert.equal(meeting.a.backlog.toSend.events, 2400 - meeting.b.appliedEvents);
    assert.equal(meeting.b.backlog.toGet.events, 2400 - meeting.b.appliedEvents);
  }
});

Deno.test("S9 alerts go before all, our own before those of others", () => {
  const [own, relayed, alert] = [new TestWriter("own"), new TestWriter("relayed"), new TestWriter("alert")];
  const runs = [...runsOf(relayed, 600), ...runsOf(own, 600), alert.run({ kind: "alert", payload: { text: "flood" } })];
  const [a, b] = [createFeeds(runs), createFeeds()];
  const order: string[] = [];
  b.listen({ applied: ({ device }) => void order.push(device) });
  meet(a, b, { a: { device: own.key.device, isUrgent: ({ kind }) => kind === "alert" } });
  assert.deepEqual([...new Set(order)], [alert, own, relayed].map(({ key }) => key.device));
});

Deno.test("S10 a full contact compares whole ids though both seem to have the same", () => {
  const runs = runsOf(new TestWriter("ann"), 30);
  const meeting = meet(createFeeds(runs), createFeeds(runs), { a: { isFull: true } });
  assert.deepEqual([meeting.a.status, meeting.b.status], ["done", "done"]);
  assert.ok(meeting.bytes > 160 && meeting.a.sentEvents === 0);
});

Deno.test("S11 what was erased on one side only is no obstacle", () => {
  const ann = new TestWriter("ann");
  const [before, after] = [runsOf(ann, 30), runsOf(ann, 30)];
  for (const erasing of [0, 1]) {
    const peers = [createFeeds([...before, ...after]), createFeeds(before)] as const;
    peers[erasing]!.get(ann.key.device)!.erase(29, new Uint8Array(32));
    const meeting = meet(...peers);
    assert.deepEqual([meeting.a.status, meeting.b.status], ["done", "done"]);
    assert.equal(meeting.b.appliedEvents, 30);
  }
});

Deno.test("S12 three peers in a row pass on everything while they stay", () => {
  const [ann, cat] = [new TestWriter("ann"), new TestWriter("cat")];
  const [a, b, c] = [createFeeds(runsOf(ann, 40)), createFeeds(), createFeeds(runsOf(cat, 40))];
  meet(a, b);
  meet(c, b);
  meet(a, b);
  assert.deepEqual(contents(a), contents(c));
  assert.deepEqual(contents(b), contents(c));
});

Deno.test("S13 what is before a snapshot is not served, and what is behind goes to who has it", () => {
  const ann = new TestWriter("ann");
  const [before, after] = [runsOf(ann, 30), runsOf(ann, 30)];
  const id = createFeeds(before).get(ann.key.device)!.head;
  const begun = () => {
    const feeds = createFeeds();
    feeds.begin([[ann.key.device, { seq: 30, id }]]);
    return feeds;
  };
  const a = begun();
  for (const run of after) a.ingest(run);
  for (const [b, count] of [[begun(), 30], [createFeeds(before), 30], [createFeeds(), 0]] as const) {
    const meeting = meet(a, b);
    assert.deepEqual([meeting.a.status, meeting.b.status, meeting.b.appliedEvents], ["done", "done", count]);
    assert.deepEqual([meeting.a.cut.length, meeting.a.forked.length], [count === 0 ? 1 : 0, 0]);
  }
  const early = meet(a, createFeeds(before.slice(0, 2)));
  assert.deepEqual([early.a.status, early.a.forked, early.b.appliedEvents], ["done", [], 0]);
});

Deno.test("S14 of a device that was removed no more is given or shown than counts", () => {
  const ann = new TestWriter("ann");
  const runs = runsOf(ann, 600, 10);
  const a = createFeeds(runs, { endOf: () => 300 });
  const b = createFeeds(runs.slice(0, 5));
  const meeting = meet(a, b);
  assert.deepEqual([meeting.a.status, meeting.b.backlog.toGet.events], ["done", 0]);
  const { last } = b.get(ann.key.device)!;
  assert.ok(last >= 300 && last < 600, `${last}`);
});
