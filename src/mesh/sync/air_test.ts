import assert from "node:assert/strict";
import fc from "fast-check";
import { createRandom } from "../../random/mod.ts";
import { START_MS, TestWriter } from "../_writer.ts";
import { checkOf } from "../event.ts";
import type { Feeds } from "../feeds.ts";
import type { Run } from "../run.ts";
import { contents, createFeeds, runsOf } from "./_meet.ts";
import { AirSync } from "./air.ts";
import type { AirSyncOptions } from "./air_options.ts";
import { prefixOf } from "./air_feeds.ts";
import { decodeAir, encodeAir } from "./air_packets.ts";
import { isTinmanError } from "../../errors/mod.ts";

/** Peers that all hear each other, for so many minutes; gives the packets by type, and their bytes. */
function air(
  peers: readonly Feeds[],
  options: Partial<AirSyncOptions> & { minutes?: number; loss?: number; seed?: string; onTime?: (ms: number) => void },
) {
  const { minutes = 10, loss = 0, seed = "air", onTime, ...rest } = options;
  const random = createRandom(seed);
  const all = peers.map((feeds, i) =>
    new AirSync(feeds, { random: createRandom(`${seed}/${i}`), maxBytes: 200, beaconMs: [2000, 60_000], ...rest })
  );
  const counts: Record<string, number> = { bytes: 0 };
  let nowMs = START_MS;
  while (nowMs < START_MS + minutes * 60_000) {
    for (const [from, each] of all.entries()) {
      const packet = each.poll(nowMs);
      if (packet === undefined) continue;
      assert.ok(packet.length <= 200, `${packet.length} bytes`);
      const { type } = decodeAir(packet);
      counts[type] = (counts[type] ?? 0) + 1;
      counts.bytes! += packet.length;
      nowMs += packet.length * 2;
      for (const [to, other] of all.entries()) if (to !== from && random.next() >= loss) other.receive(packet, nowMs);
    }
    const next = Math.min(...all.map(({ nextMs }) => nextMs));
    nowMs = Math.max(nowMs + 1, Math.min(next, nowMs + 1000));
    onTime?.(nowMs - START_MS);
  }
  for (const each of all) each[Symbol.dispose]();
  return counts;
}

Deno.test("S15 all who hear get what one has, and it is on the air about once", () => {
  const runs = runsOf(new TestWriter("ann"), 200, 20);
  const peers = [createFeeds(runs), ...Array.from({ length: 5 }, () => createFeeds(runs.slice(0, 3)))];
  const counts = air(peers, {});
  for (const each of peers) assert.deepEqual(contents(each), contents(peers[0]!));
  assert.ok(counts.part! <= 12, `${counts.part} parts`);
});

Deno.test("S15 of several who could answer one does", () => {
  const runs = runsOf(new TestWriter("ann"), 60, 20);
  const peers = [createFeeds(runs.slice(0, 1)), ...Array.from({ length: 7 }, () => createFeeds(runs))];
  const counts = air(peers, {});
  assert.deepEqual(contents(peers[0]!), contents(peers[1]!));
  assert.ok(counts.part! <= 4, `${counts.part} parts`);
});

Deno.test("S15 those who have the same say so ever more rarely, and one for all", () => {
  const runs = runsOf(new TestWriter("ann"), 60, 20);
  const counts = air(Array.from({ length: 8 }, () => createFeeds(runs)), { minutes: 60 });
  assert.deepEqual(Object.keys(counts).toSorted(), ["beacon", "bytes"]);
  // An interval of a minute, in which one speaks; a few of them overlap.
  assert.ok(counts.beacon! < 200, `${counts.beacon}`);
});

Deno.test("S15 what is lost is asked for again: only that", () => {
  const devices = Array.from({ length: 4 }, (_, i) => runsOf(new TestWriter(`d${i}`), 90, 10));
  fc.assert(
    fc.property(fc.string(), fc.constantFrom(0, 0.1, 0.3), (seed, loss) => {
      const random = createRandom(seed);
      const peers = Array.from(
        { length: 3 },
        () => createFeeds(devices.flatMap((runs) => runs.slice(0, random.int(10)))),
      );
      const most = devices.map(([run]) => Math.max(...peers.map((each) => each.get(run!.device)?.last ?? 0)));
      air(peers, { seed, loss, minutes: 60 });
      for (const each of peers) assert.deepEqual(contents(each), contents(peers[0]!));
      assert.deepEqual(devices.map(([run]) => peers[0]!.get(run!.device)?.last ?? 0), most);
    }),
    { numRuns: 10 },
  );
});

Deno.test("S15 a fork comes to all", () => {
  const ann = new TestWriter("ann");
  const shared = runsOf(ann, 30);
  const copy = ann.clone();
  copy.wallMs += 7;
  const [left, right]: Run[][] = [runsOf(ann, 9), runsOf(copy, 30)];
  const peers = [createFeeds([...shared, ...left!]), createFeeds([...shared, ...right!]), createFeeds()];
  air(peers, { minutes: 60 });
  assert.equal(peers[0]!.of(ann.key.device).length, 2);
  assert.deepEqual(contents(peers[1]!), contents(peers[0]!));
});

Deno.test("S15 who may send but little is not asked again for what is only late", () => {
  const runs = Array.from({ length: 6 }, (_, i) => runsOf(new TestWriter(`d${i}`), 600, 30)).flat();
  const [a, b] = [createFeeds(runs), createFeeds()];
  const counts = air([a, b], { minutes: 6, bytesPerSecond: 20 });
  assert.deepEqual(contents(b), contents(a));
  assert.ok(counts.lack! < counts.part! && counts.part! < 40, `${counts.lack} lacks, ${counts.part} parts`);
});

Deno.test("S15 an alert does not wait behind what is long, and our own events go before those of others", () => {
  const took = (isUrgent?: AirSyncOptions["isUrgent"]) => {
    const [own, alert] = [new TestWriter("own"), new TestWriter("alert")];
    const relayed = Array.from({ length: 6 }, (_, i) => runsOf(new TestWriter(`d${i}`), 600, 30));
    const a = createFeeds([...relayed.flat(), ...runsOf(own, 60, 30)]);
    const b = createFeeds();
    const order: string[] = [];
    b.listen({ applied: ({ device }) => void order.push(device) });
    let atMs = 0;
    const onTime = (ms: number) => {
      if (ms > 30_000 && alert.seq === 0) a.ingest(alert.run({ kind: "alert", payload: { text: "flood" } }));
      if (atMs === 0 && b.get(alert.key.device) !== undefined) atMs = ms;
    };
    air([a, b], { device: own.key.device, ...(isUrgent && { isUrgent }), minutes: 20, bytesPerSecond: 10, onTime });
    assert.deepEqual(contents(b), contents(a));
    return { alertMs: atMs - 30_000, first: order[0] === own.key.device };
  };
  const [urgent, plain] = [took(({ kind }) => kind === "alert"), took()];
  assert.ok(urgent.alertMs < 30_000 && plain.alertMs > 3 * urgent.alertMs, `${urgent.alertMs} and ${plain.alertMs}`);
  assert.ok(urgent.first && plain.first);
});

Deno.test("S15 a request of 20 bytes draws no more than it asks for", () => {
  const feeds = createFeeds(runsOf(new TestWriter("ann"), 3000, 300));
  for (const bytes of [0, 100, 900, 65_535]) {
    using air = new AirSync(feeds, { random: createRandom("x"), maxBytes: 200 });
    const place = { device: prefixOf(new TestWriter("ann").key.device), from: 1, after: 0xdadadada };
    for (let i = 0; i < 10; i++) {
      air.receive(encodeAir({ type: "want", dataset: 0xdadadada, bytes, places: [place] }), START_MS);
    }
    let drawn = 0;
    for (let nowMs = START_MS; nowMs < START_MS + 1000;) {
      const packet = air.poll(nowMs);
      const said = packet && decodeAir(packet);
      if (said?.type === "part") drawn += said.bytes.length;
      if (packet === undefined) nowMs += 10;
    }
    assert.ok(drawn <= Math.min(bytes, 4096), `${drawn} of ${bytes}`);
    assert.equal(drawn > 0, bytes >= 900);
  }
});

Deno.test("S15 all together is no more than the budget", () => {
  const counts = air([createFeeds(runsOf(new TestWriter("ann"), 3000, 100)), createFeeds()], {
    minutes: 30,
    bytesPerSecond: 5,
  });
  assert.ok(counts.bytes! < 2 * (5 * 60 * 31 + 200), `${counts.bytes}`);
});

Deno.test("S15 any packets change nothing", () => {
  const runs = runsOf(new TestWriter("ann"), 9);
  const packet = fc.tuple(fc.integer({ min: 0x3f, max: 0x46 }), fc.uint8Array({ maxLength: 60 })).map(([type, bytes]) =>
    Uint8Array.of(type, 0xda, 0xda, 0xda, 0xda, ...bytes)
  );
  fc.assert(fc.property(fc.array(packet, { maxLength: 10 }), (packets) => {
    const feeds = createFeeds(runs);
    using air = new AirSync(feeds, { random: createRandom("x"), maxBytes: 200 });
    for (const each of packets) {
      air.receive(each, START_MS);
      air.poll(START_MS);
      try {
        decodeAir(each);
      } catch (error) {
        assert.ok(isTinmanError(error, "PROTOCOL"), String(error));
      }
    }
    assert.equal(contents(feeds).length, 9);
  }));
});

Deno.test("S15 AirSync.report says what was heard of whom, what is still to be got, and what others asked for", () => {
  const [ann, bob] = ["ann", "bob"].map((name) => runsOf(new TestWriter(name), 60, 20)) as [Run[], Run[]];
  const options = { random: createRandom("1"), maxBytes: 200, beaconMs: [2000, 2000] as const };
  const [a, b] = [createFeeds([...ann, ...bob.slice(0, 1)]), createFeeds(bob)];
  const [one, two] = [new AirSync(a, options), new AirSync(b, options)];
  assert.deepEqual([one.report.heardMs, one.report.authors, one.report.toGet], [undefined, [], 0]);
  let nowMs = START_MS;
  const run = (seconds: number, isDone = () => false) => {
    for (const end = nowMs + seconds * 1000; nowMs < end && !isDone(); nowMs += 50) {
      for (const [from, to] of [[one, two], [two, one]] as const) {
        const packet = from.poll(nowMs);
        if (packet !== undefined) to.receive(packet, nowMs);
      }
    }
  };
  run(60, () => one.report.toGet > 0);
  const { authors, otherMs, sameMs } = one.report;
  assert.deepEqual(authors.find(({ device }) => device === bob[0]!.device)?.toGet, 40);
  assert.deepEqual([otherMs !== undefined, sameMs], [true, undefined]);
  // Of ann nothing is there: she is called by what goes on the air of her.
  run(60, () => two.report.authors.some(({ toGet }) => toGet === 60));
  const { device, toGet } = two.report.authors[0]!;
  assert.deepEqual([device, toGet], [ann[0]!.device.slice(0, 8), 60]);
  let asked = 0;
  run(60, () => (asked = Math.max(asked, one.report.toSend.requests + one.report.toSend.bytes)) > 0);
  assert.ok(asked > 0);
  run(120);
  assert.deepEqual(contents(a), contents(b));
  for (const { report } of [one, two]) {
    assert.deepEqual([report.toGet, report.toSend], [0, { requests: 0, bytes: 0 }]);
    assert.ok(report.sameMs! > report.otherMs!);
  }
  assert.deepEqual([one.report.heardBytes, one.report.newEvents], [two.report.sentBytes, 40]);
  const before = one.report;
  one.receive(
    encodeAir({ type: "heads", dataset: 7, isAlert: false, heads: [{ device: 1, seq: 9, check: 1 }] }),
    nowMs,
  );
  assert.deepEqual(one.report, before, "another dataset on the same channel");

  const lie = { device: Number.parseInt(bob[0]!.device.slice(0, 8), 16), seq: 4e9, check: 1 };
  one.receive(encodeAir({ type: "heads", dataset: checkOf(a.dataset), isAlert: false, heads: [lie] }), nowMs);
  one.poll(nowMs + 3_500_000);
  assert.equal(one.report.toGet, 4e9 - 60);
  one.poll(nowMs + 3_700_000);
  assert.equal(one.report.toGet, 0, "what nobody repeats");
});
