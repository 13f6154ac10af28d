// Goal: by ranges both know what they would know if all had been told, in far fewer bytes where little differs.
// Method: sets by chance, of which each side has some; 10,000 devices of which a few differ.
import assert from "node:assert/strict";
import { hash } from "node:crypto";
import fc from "fast-check";
import { isTinmanError } from "../../errors/mod.ts";
import { createRandom } from "../../random/mod.ts";
import { DATASET, START_MS, TestWriter } from "../_writer.ts";
import { checkOf } from "../event.ts";
import type { Feeds } from "../feeds.ts";
import { contents, createFeeds, meet, runsOf } from "./_meet.ts";
import { encodeFrontier, type Frontier, type FrontierEntry } from "./frontier.ts";
import { asksOf, decodeRanges, encodeRanges, type RangeAnswer, type RangeAsk } from "./range_messages.ts";
import { Ranges } from "./ranges.ts";

const SALT = new Uint8Array(8).fill(7);

/** Lets two compare; gives what each learns of the other, and the messages. */
function compare(a: Frontier, b: Frontier) {
  const [one, two] = [new Ranges(a, SALT), new Ranges(b, SALT)];
  const messages: Uint8Array[] = [];
  let to = two;
  for (let message: Uint8Array | undefined = one.begin(); message !== undefined;) {
    messages.push(message);
    message = to.read(message);
    to = to === one ? two : one;
  }
  return { ofA: two.frontier!, ofB: one.frontier!, messages };
}

/** In one order, as a contact tells it. */
function told({ own, entries }: Frontier): unknown {
  const each = entries.map(({ tag, heads }) =>
    `${tag} ${heads.map(({ seq, prefix }) => `${seq} ${prefix.toHex().slice(0, 6)}`)}`
  );
  return { own: own === undefined ? undefined : entries[own]!.tag, entries: each.sort() };
}

function frontierOf(entries: readonly FrontierEntry[]): Frontier {
  return { own: entries.length > 0 ? 0 : undefined, isPlain: false, entries };
}

function entryOf(tag: number, heads: readonly number[]): FrontierEntry {
  return { tag, heads: heads.map((seq) => ({ seq: seq + 1, prefix: hash("sha256", `${seq}`, "buffer") })) };
}

Deno.test("S18 both learn the same by ranges as when all is told, also of forks and of devices that one has", () => {
  // Few tags close to each other, and tags that are there twice, so that ranges go to the bottom.
  const tag = fc.oneof(fc.nat(2 ** 32 - 1), fc.nat(40), fc.nat(3).map((i) => 0x8000_0000 + i * 0x1000));
  const heads = fc.array(fc.nat(5), { maxLength: 3 });
  const entries = fc.array(fc.tuple(tag, heads), { maxLength: 300 });
  fc.assert(
    fc.property(entries, fc.nat(100), fc.nat(100), fc.string(), (all, onA, onB, seed) => {
      const random = createRandom(seed);
      const sides = [onA, onB].map((percent): Frontier => {
        const mine = all.filter(() => random.int(100) < percent)
          .map(([tag, heads]) => entryOf(tag, random.int(9) === 0 ? [9, 1] : heads));
        return { own: mine.length > 0 && random.int(2) === 0 ? 0 : undefined, isPlain: false, entries: mine };
      }) as [Frontier, Frontier];
      const { ofA, ofB, messages } = compare(...sides);
      const owns = sides.map(({ own, entries }) => (own === undefined ? undefined : entries[own]!.tag));
      assert.deepEqual(told(ofA), { ...told(sides[0]) as object, own: owns[0] });
      assert.deepEqual(told(ofB), { ...told(sides[1]) as object, own: owns[1] });
      assert.ok(messages.length <= 10, `${messages.length} messages`);
    }),
    { numRuns: 60 },
  );
});

/** Devices that nobody has a key of: what they wrote is loaded, as from a disk. */
function strangers(count: number): Feeds {
  const feeds = createFeeds();
  const signature = new Uint8Array(64);
  for (let i = 0; i < count; i++) {
    const event = {
      wallMs: START_MS,
      counter: 0,
      kind: "field.set",
      payload: { record: `R-${i}`, field: "a", value: 1 },
    };
    const run = {
      device: hash("sha256", `device ${i}`, "hex"),
      from: 1,
      after: checkOf(DATASET),
      events: [event],
      signature,
    };
    feeds.load(run);
  }
  return feeds;
}

/** Two that have so many devices, of which so many have gone on, half of them on each side. */
function apart(devices: number, differ: number): [Feeds, Feeds] {
  const [a, b] = [strangers(devices - differ), strangers(devices - differ)];
  for (let i = 0; i < differ; i++) {
    const writer = new TestWriter(`writer ${i}`);
    const [before, after] = [runsOf(writer, 3)[0]!, runsOf(writer, 3)[0]!];
    for (const feeds of [a, b]) feeds.load(before);
    (i % 2 === 0 ? a : b).load(after);
  }
  return [a, b];
}

for (const [differ, most] of [[1, 500], [10, 2500], [100, 16_000]] as const) {
  Deno.test(`S18 which of 10,000 devices differ is told in fewer than ${most} bytes when ${differ} do`, () => {
    const random = createRandom("tags");
    const all = Array.from({ length: 10_000 }, (_, i) => entryOf(random.int(2 ** 32), [i % 500]));
    const changed = all.map((entry, i) => (i < differ ? entryOf(entry.tag!, [1000 + i]) : entry));
    const [a, b] = [frontierOf(all), frontierOf(changed)];
    const { ofA, ofB, messages } = compare(a, b);
    assert.deepEqual([told(ofA), told(ofB)], [told(a), told(b)]);
    const bytes = messages.reduce((sum, { length }) => sum + length, 0);
    assert.ok(bytes < most && messages.length <= 5, `${bytes} bytes in ${messages.length} messages`);
    // What they take without.
    const plain = all.map(({ heads: [head] }) => ({
      tag: undefined,
      heads: [{ ...head!, prefix: head!.prefix.slice(0, 3) }],
    }));
    assert.ok(2 * encodeFrontier({ own: 0, isPlain: false, entries: plain }).length > 80_000);
  });
}

Deno.test("S18 two peers with 3,000 devices of which one has written meet in less than a kilobyte", () => {
  const { a, b, bytes } = meet(...apart(3000, 1));
  assert.deepEqual([a.status, b.status, a.sentEvents + b.sentEvents], ["done", "done", 3]);
  assert.ok(bytes < 900, `${bytes}`);
});

Deno.test("S18 by ranges the same events go as when all is told", () => {
  const [ranges, plain] = [0, 10_000].map((maxPlainDevices) => {
    const both = apart(400, 60);
    const options = { maxPlainDevices, maxBytes: 1200 };
    const { a, b } = meet(...both, { a: options, b: options, loss: 0.1, seed: "ranges" });
    assert.deepEqual(contents(both[0]), contents(both[1]));
    return [a.sentEvents, b.sentEvents, a.appliedEvents, b.appliedEvents];
  });
  assert.deepEqual(ranges, plain);
  assert.deepEqual(ranges, [90, 90, 90, 90]);
});

Deno.test("S18 who has many devices and who has few, or wants whole ids, come to be the same", () => {
  const all = Array.from({ length: 20 }, (_, i) => runsOf(new TestWriter(`writer ${i}`), 6));
  const others = [[], all.slice(0, 2).flat(), all.map(([first]) => first!), all.slice(3).flat()];
  const options = [{ maxPlainDevices: 3 }, { maxPlainDevices: 3, isFull: true }] as const;
  for (const [one, two] of [[0, 0], [0, 1], [1, 0], [1, 1]] as const) {
    for (const runs of others) {
      for (const seed of ["1", "2", "3"]) {
        const [many, other] = [createFeeds(all.slice(1).flat()), createFeeds(runs)];
        const { a, b } = meet(many, other, { a: options[one], b: options[two], seed });
        assert.deepEqual([a.status, b.status], ["done", "done"]);
        assert.deepEqual(contents(many), contents(other));
      }
    }
  }
});

Deno.test("S18 peers that stay and have the same say so in three hundred bytes, however many devices they have", () => {
  const [a, b] = apart(1000, 0);
  const stays = { isFull: false, missing: () => [{ device: "", seq: 1, check: 1 }] };
  const { bytes } = meet(a, b, { a: stays, b: stays });
  assert.ok(bytes < 300, `${bytes}`);
});

Deno.test("S18 who always says that all differs draws about what it takes to tell all, in ten messages", () => {
  const random = createRandom("liar");
  const entries = Array.from({ length: 2000 }, (_, i) => entryOf(random.int(2 ** 32), [i]));
  const honest = new Ranges({ own: undefined, isPlain: false, entries }, SALT);
  let asks: RangeAsk[] = [{ range: { depth: 0, path: 0 }, kind: "print" }];
  let [drawn, rounds] = [0, 0];
  while (asks.length > 0) {
    const answers = asks.map(({ range, kind }): RangeAnswer =>
      kind === "entries" || range.depth === 8
        ? { kind: "entries", entries: [] }
        : { kind: "split", prints: new Array<number>(16).fill(1) }
    );
    const said = honest.read(encodeRanges({ own: undefined, answers }, asks));
    rounds++;
    if (said === undefined) break;
    drawn += said.length;
    const mine = asks.flatMap((ask, i) => asksOf(ask, answers[i]!));
    asks = decodeRanges(said, mine).answers.flatMap((answer, i) => asksOf(mine[i]!, answer));
  }
  assert.ok(rounds <= 10 && drawn < 20 * 2000, `${drawn} bytes in ${rounds} rounds`);
});

Deno.test("S18 what is no answer to what was asked is PROTOCOL, whatever it is", () => {
  const asks: RangeAsk[] = [
    { range: { depth: 1, path: 3 }, kind: "print" },
    { range: { depth: 8, path: 77 }, kind: "print" },
    { range: { depth: 2, path: 9 }, kind: "entries" },
  ];
  const split = [{ kind: "split", prints: [] }] as const;
  const wrong: readonly [Uint8Array, readonly RangeAsk[], RegExp][] = [
    [encodeRanges({ own: 1, answers: split }, asks.slice(0, 1)), asks.slice(1, 2), /cannot be split/],
    [encodeRanges({ own: 1, answers: split }, asks.slice(0, 1)), [], /left over/],
    [encodeRanges({ own: 1, answers: [] }, []), asks, /./],
    [new Uint8Array(4000).fill(0x5a), asks, /./],
  ];
  for (const [bytes, asks, message] of wrong) {
    assert.throws(() => decodeRanges(bytes, asks), { code: "PROTOCOL", message });
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        decodeRanges(bytes, asks);
      } catch (error) {
        assert.ok(isTinmanError(error, "PROTOCOL"), String(error));
      }
    }),
    { numRuns: 1000 },
  );
});
