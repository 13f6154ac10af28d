// Goal: whatever the other does wrong ends the contact, and nothing else: no throw, no event that is not right, no more
// bytes than were asked for.
// Method: a hand-made peer speaks the protocol and breaks one rule at a time.
import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../../errors/mod.ts";
import { createRandom } from "../../random/mod.ts";
import { START_MS, TestWriter } from "../_writer.ts";
import type { Feeds } from "../feeds.ts";
import { encodeRuns } from "../wire/mod.ts";
import { createFeeds, meet, runsOf } from "./_meet.ts";
import { beaconOf, decodeBeacon, encodeBeacon } from "./beacon.ts";
import { Connection } from "./connection.ts";
import { decodeFrontier, encodeFrontier, type Frontier } from "./frontier.ts";
import { decodeMessage, encodeMessage, type Message } from "./messages.ts";
import { decodePacket, encodeData } from "./packet.ts";
import { SyncSession } from "./session.ts";
import { tagOf } from "./tags.ts";

const ann = new TestWriter("ann");
const RUNS = runsOf(ann, 3000, 100);
const NOTHING: Frontier = { own: undefined, isPlain: false, entries: [] };

/** A session that is met by somebody who says just this, after the frontier if there is one. */
function hear(feeds: Feeds, messages: readonly (Message | Uint8Array)[], frontier: Frontier | null = NOTHING) {
  const session = new SyncSession(feeds, { random: createRandom("us"), isReliable: true, maxBytes: 65_536 });
  const other = new Connection({
    ...{ random: createRandom("other"), beacon: encodeBeacon(beaconOf(createFeeds())), insists: false },
    ...{ maxBytes: 65_536, isReliable: true, patienceMs: 60_000, maxMessageBytes: () => 1e9 },
  });
  const heard: Message[] = [];
  let [hasSaid, bytes] = [false, 0];
  for (let round = 0; round < 10; round++) {
    if (other.isOpen && !hasSaid) {
      hasSaid = true;
      if (frontier !== null) other.write(encodeMessage({ type: "frontier", frontier }));
      for (const each of messages) other.write(each instanceof Uint8Array ? each : encodeMessage(each));
    }
    for (let packet; (packet = other.poll(START_MS + round)) !== undefined;) session.receive(packet, START_MS + round);
    for (let packet; (packet = session.poll(START_MS + round)) !== undefined;) {
      bytes += packet.length;
      heard.push(...other.receive(packet, START_MS + round).map(decodeMessage));
    }
  }
  return { session, report: session.report, heard, bytes };
}

/** What a peer that has the runs of ann, and says nothing of a fork, would have as entries. */
function entryOf(seq: number, prefix: Uint8Array): Frontier {
  return { ...NOTHING, entries: [{ tag: 7, heads: [{ seq, prefix }] }] };
}

const strangers:
  readonly (readonly [what: string, said: readonly (Message | Uint8Array)[], frontier?: Frontier | null])[] = [
    ["a message of an unknown type", [Uint8Array.of(99)]],
    ["an empty type", [Uint8Array.of()]],
    ["a delta before the frontier", [{ type: "delta", hasContext: false, bytes: new Uint8Array(9) }], null],
    ["a second frontier", [{ type: "frontier", frontier: NOTHING }]],
    [
      "frontiers for ever",
      Array.from({ length: 9 }, () => ({ type: "frontier", frontier: { ...NOTHING, isPlain: true } })),
    ],
    ["a frontier that is cut off", [encodeMessage({ type: "frontier", frontier: NOTHING }).subarray(0, 1)], null],
    ["a delta that is none", [{ type: "delta", hasContext: false, bytes: new Uint8Array(200).fill(0x55) }]],
    [
      "more than was asked for",
      Array.from({ length: 9 }, () =>
        ({
          type: "delta",
          hasContext: false,
          bytes: encodeRuns([RUNS[0]!], {}),
        }) as const).concat({ type: "delta", hasContext: false, bytes: new Uint8Array(300_000) as never }),
    ],
    ["a wish that gets smaller", [{ type: "want", bytes: 100, isLast: false }, {
      type: "want",
      bytes: 50,
      isLast: false,
    }]],
    ["a probe of an unknown device", [{
      type: "probe",
      tag: 3,
      head: { seq: 1, prefix: Uint8Array.of(1) },
      seqs: [1],
    }]],
    [
      "a probe for nothing",
      [encodeMessage({ type: "fetch", tag: 3, head: { seq: 1, prefix: Uint8Array.of(1) } })].map(
        (bytes) => Uint8Array.of(4, ...bytes.subarray(1)),
      ),
    ],
    ["an answer that nobody asked for", [{
      type: "probed",
      tag: 0,
      head: { seq: 1, prefix: Uint8Array.of() },
      checks: [1],
    }]],
    ["a fetch of an unknown device", [{ type: "fetch", tag: 9, head: { seq: 1, prefix: Uint8Array.of(1) } }]],
    ["a pause that nobody asked for", [{ type: "pause", isAnswer: true }]],
    ["heads before the frontier", [{ type: "heads", frontier: NOTHING }], null],
    ["heads of devices without tags", [{
      type: "heads",
      frontier: { ...NOTHING, entries: [{ tag: undefined, heads: [{ seq: 1, prefix: Uint8Array.of(1, 2, 3) }] }] },
    }]],
    ["ranges that nobody asked for", Array.from({ length: 2 }, () => ({ type: "ranges", bytes: new Uint8Array(96) }))],
    ["bytes behind a message", [Uint8Array.of(2, 5, 5)]],
    ["a flag that is none", [Uint8Array.of(1, 5, 7)]],
  ];

for (const [what, said, frontier] of strangers) {
  Deno.test(`S5 ${what} ends the contact`, () => {
    const feeds = createFeeds(RUNS.slice(0, 2));
    const { report } = hear(feeds, said, frontier);
    assert.equal(report.status, "failed");
    assert.equal(report.error?.code, "PROTOCOL");
    assert.equal(report.appliedEvents % 100, 0);
  });
}

Deno.test("S5 events that break a rule end the contact, and none of them counts", () => {
  const bob = new TestWriter("bob");
  const run = bob.set("R-1", "a", 1);
  const wrong = [
    { ...run, signature: new Uint8Array(64) },
    { ...run, events: [{ ...run.events[0]!, payload: { record: "R-1", field: "a", value: 2 } }] },
    { ...run, events: [{ ...run.events[0]!, payload: { field: "a" } }] },
    { ...run, events: [run.events[0]!, run.events[0]!] },
    { ...run, from: 0 },
  ];
  for (const each of wrong) {
    const feeds = createFeeds();
    feeds.ingest(RUNS[0]!);
    const { report } = hear(feeds, [{ type: "delta", hasContext: false, bytes: encodeRuns([each]) }]);
    assert.equal(report.error?.code, "PROTOCOL");
    assert.equal([...feeds.all()].length, 1);
  }
});

Deno.test("S5 another dataset, and a version that we do not speak, end the contact", () => {
  const others = createFeeds([], { dataset: new Uint8Array(32).fill(1) });
  const meeting = meet(createFeeds(RUNS), others);
  assert.deepEqual([meeting.a.error?.code, meeting.b.error?.code], ["CONFIG", "CONFIG"]);
  const change = (packet: Uint8Array, from: "a" | "b") => {
    if (packet[0] === 0x10 && from === "a") [packet[1], packet[2]] = [2, 3];
    return packet;
  };
  assert.match(meet(createFeeds(RUNS), createFeeds(), { change }).b.error!.message, /speaks versions 2 to 3/);
});

Deno.test("S8 who has not shown that it hears us draws no more than it sends", () => {
  const session = new SyncSession(createFeeds(RUNS), { random: createRandom("us") });
  const other = new SyncSession(createFeeds(), { random: createRandom("other") });
  const first = other.poll(START_MS)!;
  const poll = () => {
    let bytes = 0;
    for (let packet; (packet = session.poll(START_MS)) !== undefined;) bytes += packet.length;
    return bytes;
  };
  poll();
  for (let i = 0; i < 100; i++) {
    session.receive(first, START_MS);
    assert.ok(poll() <= first.length);
  }
});

Deno.test("S8 a request draws no more than its credit", () => {
  const feeds = createFeeds(RUNS);
  for (const credit of [0, 100, 2000, 9000]) {
    const { bytes, heard } = hear(feeds, [{ type: "want", bytes: credit, isLast: false }]);
    const sent = heard.reduce((sum, each) => sum + (each.type === "delta" ? each.bytes.length : 0), 0);
    assert.ok(sent <= credit, `${sent} of ${credit}`);
    assert.ok(bytes <= credit + 200, `${bytes} of ${credit}`);
    assert.equal(sent > 0, credit > 1000);
  }
});

Deno.test("S17 who asks for a pause gets nothing more until it asks again, and one answer for each", () => {
  const wish = { type: "want", bytes: 9999, isLast: false } as const;
  const pause = { type: "pause", isAnswer: false } as const;
  const sent = (messages: readonly Message[]) => {
    const { heard, report } = hear(createFeeds(RUNS), messages);
    return [report.sentEvents > 0, heard.filter(({ type }) => type === "pause").length, report.status];
  };
  assert.deepEqual(sent([wish, pause, pause]), [false, 2, "syncing"]);
  assert.deepEqual(sent([wish, pause, wish]), [true, 1, "syncing"]);
});

Deno.test("S6 a peer that claims a history which is not there is told nothing of ours, and does no harm", () => {
  const feeds = createFeeds(RUNS.slice(0, 3));
  const { session, report } = hear(
    feeds,
    [{ type: "want", bytes: 9999, isLast: false }],
    entryOf(5, Uint8Array.of(1, 2, 3)),
  );
  assert.equal(report.status, "syncing");
  assert.equal(session.report.backlog.toGet.events, 5);
});

Deno.test("S5 any packets end the contact or change nothing", () => {
  const packet = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc.uint8Array({ maxLength: 80 }).map((bytes) => Uint8Array.of(0x22, ...bytes)),
    fc.uint8Array({ minLength: 31, maxLength: 31 }).map((bytes) => Uint8Array.of(0x10, ...bytes)),
  );
  fc.assert(fc.property(fc.array(packet, { maxLength: 20 }), (packets) => {
    const session = new SyncSession(createFeeds(RUNS.slice(0, 2)), { random: createRandom("us") });
    for (const each of packets) {
      session.receive(each, START_MS);
      for (let i = 0; i < 20 && session.poll(START_MS) !== undefined; i++);
    }
  }));
});

Deno.test("S5 a contact in which a bit flips now and then ends, or brings what is right", () => {
  fc.assert(
    fc.property(fc.nat(30), fc.nat(), fc.nat(7), (number, at, bit) => {
      const [a, b] = [createFeeds(RUNS.slice(0, 4)), createFeeds(runsOf(new TestWriter("bob"), 40, 4))];
      let packets = 0;
      const change = (packet: Uint8Array) => {
        if (packets++ === number) packet[at % packet.length]! ^= 1 << bit;
        return packet;
      };
      const patience = { patienceMs: 5000 };
      meet(a, b, { change, a: patience, b: patience });
      for (const feeds of [a, b]) {
        for (const feed of feeds.all()) assert.ok([400, 40].includes(feed.last) || feed.last >= 0);
      }
      assert.ok([...a.all(), ...b.all()].every(({ device, last }) => last <= (device === ann.key.device ? 400 : 40)));
    }),
    { numRuns: 60 },
  );
});

Deno.test("decodeMessage(), decodePacket(), decodeFrontier() and decodeBeacon() read any bytes or say PROTOCOL", () => {
  const readers = [decodeMessage, decodePacket, decodeFrontier, decodeBeacon];
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      for (const read of readers) {
        try {
          read(bytes);
        } catch (error) {
          assert.ok(isTinmanError(error, "PROTOCOL"), String(error));
        }
      }
    }),
    { numRuns: 2000 },
  );
});

const head = fc.record({
  seq: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  prefix: fc.uint8Array({ minLength: 3, maxLength: 3 }),
}, { noNullPrototype: true });

Deno.test("decodeFrontier() gives back what encodeFrontier() was given", () => {
  const entries = (tag: fc.Arbitrary<number | undefined>) =>
    fc.array(
      fc.record({ tag, heads: fc.array(head, { minLength: 1, maxLength: 4 }) }, { noNullPrototype: true }),
      { minLength: 1, maxLength: 20 },
    );
  const any = fc.oneof(entries(fc.constant(undefined)), entries(fc.nat(2 ** 32 - 1)));
  fc.assert(fc.property(any, fc.boolean(), (each, isPlain) => {
    const frontier = { own: each.length - 1, isPlain, entries: each };
    assert.deepEqual(decodeFrontier(encodeFrontier(frontier)), frontier);
  }));
});

Deno.test("S4 a frontier takes about four bytes for each device", () => {
  const random = createRandom("heads");
  const entries = Array.from({ length: 50 }, () => ({
    tag: undefined,
    heads: [{ seq: 900 + random.int(200), prefix: random.bytes(3) }],
  }));
  const { length } = encodeFrontier({ own: 3, isPlain: false, entries });
  assert.ok(length < 50 * 4.6, `${length}`);
  assert.notEqual(tagOf(ann.key.device, random.bytes(8)), tagOf(ann.key.device, random.bytes(8)));
  assert.ok(encodeData({ type: "data", session: 1, ack: undefined, segment: undefined }).length === 3);
});
