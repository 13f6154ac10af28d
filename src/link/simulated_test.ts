import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { VirtualClock } from "../clock/mod.ts";
import { createRandom } from "../random/mod.ts";
import { type LinkFixture, testLink } from "../testing/link_suite.ts";
import type { Conditions } from "./conditions.ts";
import type { Link } from "./link.ts";
import { createNetwork, type Network } from "./simulated.ts";

const BAD: Conditions = { delayMs: 20, jitterMs: 10, loss: 0.2, bitsPerSecond: 1e6, queueBytes: 4000 };

for (const kind of ["stream", "datagrams"] as const) {
  testLink({
    name: `simulated ${kind}`,
    test: Deno.test,
    open: () => driven((network) => network.connect("a", "b", { kind, maxBytes: 1000 })),
    tellsEnd: kind === "stream",
    breaks: true,
  });
}
testLink({
  name: "simulated bad stream",
  test: Deno.test,
  open: () => driven((network) => network.connect("a", "b", { kind: "stream", maxBytes: 1000, conditions: BAD })),
  heldAfterBytes: 4000,
  breaks: true,
});
testLink({
  name: "simulated radio",
  test: Deno.test,
  open: () =>
    driven((network) => {
      const join = network.medium();
      return { a: join("a"), b: join("b") };
    }),
  tellsEnd: false,
});

Deno.test("Network: one seed gives one story, another seed another one", async () => {
  const conditions = { delayMs: 30, jitterMs: 20, loss: 0.1, duplicate: 0.1, reorder: 0.1, damage: 0.1 };
  const story = async (seed: string) => {
    const { clock, network } = create(conditions, seed);
    const { a, b } = network.connect("a", "b");
    const lines: string[] = [];
    const reading = (async () => {
      for await (const bytes of b.incoming) lines.push(`${clock.elapsedNs()} ${bytes}`);
    })();
    for (let i = 0; i < 200; i++) {
      await a.send(Uint8Array.of(i, 1, 2, 3));
      await clock.runTo(BigInt(i) * 1_000_000n);
    }
    await clock.runTo(10_000_000_000n);
    await b.close();
    await reading;
    return { lines, traffic: network.traffic("a"), numbers: lines.map((line) => Number(/ (\d+),/.exec(line)?.[1])) };
  };
  const [one, again, other] = await Promise.all([story("1"), story("1"), story("2")]);
  assert.deepEqual(again, one);
  assert.notDeepEqual(other.lines, one.lines);
  const { numbers, traffic, lines } = one;
  assert.ok(traffic.lost > 5 && traffic.lost < 40, `${traffic.lost} were lost`);
  assert.ok(new Set(lines.map((line) => line.split(" ")[1])).size < lines.length, "some came twice");
  assert.ok(numbers.some((number, i) => i > 0 && number < numbers[i - 1]! && number % 2 === 0), "some were overtaken");
  assert.ok(lines.some((line) => !/,1,2,3$/.test(line)), "some were damaged");
});

Deno.test("Network: a stream keeps all bytes in order, whatever is lost", async () => {
  const { clock, network } = create({ ...BAD, split: 1 });
  const { a, b } = network.connect("a", "b", { kind: "stream" });
  const sent = createRandom("bytes").bytes(20_000);
  const sending = (async () => {
    for (let at = 0; at < sent.length; at += 333) await a.send(sent.subarray(at, at + 333));
    await a.close();
  })();
  const got = Array.fromAsync(b.incoming);
  await clock.runTo(60_000_000_000n);
  await sending;
  assert.deepEqual(Uint8Array.from((await got).flatMap((piece) => [...piece])), sent);
});

Deno.test("Network: a wire takes its bits a second, then who sends waits", async () => {
  const { clock, network } = create({ bitsPerSecond: 8_000, queueBytes: 1_000 });
  const { a, b } = network.connect("a", "b");
  let sent = 0;
  const sending = (async () => {
    for (; sent < 20; sent++) await a.send(new Uint8Array(500));
  })();
  const got = received(b);
  await clock.runTo(1_000_000n);
  assert.equal(sent, 2);
  await clock.runTo(5_000_000_000n);
  assert.equal(got.length, 10);
  await clock.runTo(10_000_000_000n);
  await sending;
  assert.equal(got.length, 20);
  assert.equal(a.traffic.airtimeMs, 10_000);
});

Deno.test("Network.partition() loses datagrams and breaks streams, until heal()", async () => {
  const { clock, network } = create();
  const [flat, stream, near] = [
    network.connect("a", "b"),
    network.connect("a", "b", { kind: "stream" }),
    network.connect("b", "c", { kind: "stream" }),
  ];
  const got = received(flat.b);
  network.partition([["a"]]);
  await flat.a.send(Uint8Array.of(1));
  await assert.rejects(Array.fromAsync(stream.a.incoming), { code: "UNAVAILABLE" });
  await assert.rejects(stream.b.send(Uint8Array.of(1)), { code: "UNAVAILABLE" });
  await near.a.send(Uint8Array.of(1));
  assert.equal(near.b.isOver, false);
  await clock.runTo(1_000_000n);
  network.heal();
  await flat.a.send(Uint8Array.of(2));
  await clock.runTo(2_000_000n);
  assert.deepEqual(got, [Uint8Array.of(2)]);
  assert.equal(flat.a.traffic.lost, 1);
});

Deno.test("Network.partition() can leave streams that nobody told of it", async () => {
  const { clock, network } = create({ split: 0 });
  const { a, b } = network.connect("a", "b", { kind: "stream" });
  const got = received(b);
  network.partition([["a"], ["b"]], "stall");
  await a.send(Uint8Array.of(1));
  await a.send(Uint8Array.of(2));
  await a.close();
  await clock.runTo(1_000_000n);
  assert.deepEqual(got, []);
  assert.equal(b.isOver, false);
  network.heal();
  await clock.runTo(2_000_000n);
  assert.deepEqual(got, [Uint8Array.of(1), Uint8Array.of(2)]);
  assert.equal(b.isOver, true);
});

Deno.test("Network.crash() breaks what the peer had, and tells of streams only", async () => {
  const { clock, network } = create();
  const [flat, stream] = [network.connect("a", "b"), network.connect("a", "b", { kind: "stream" })];
  network.crash("a");
  await assert.rejects(flat.a.send(Uint8Array.of(1)), { code: "UNAVAILABLE" });
  await flat.b.send(Uint8Array.of(1));
  await assert.rejects(stream.b.send(Uint8Array.of(1)), { code: "UNAVAILABLE" });
  await clock.runTo(1n);
  assert.equal(flat.b.traffic.lost, 1);
});

Deno.test("Network.transport() opens links to who listens", async () => {
  const { clock, network } = create({ delayMs: 10 });
  const [ann, bob] = [network.transport("ann"), network.transport("bob")];
  await Promise.all([assert.rejects(ann.open("sim:bob"), { code: "UNAVAILABLE" }), clock.runTo(20_000_000n)]);
  const stop = new AbortController();
  const names: string[] = [];
  const listening = (async () => {
    for await (const link of bob.listen!("sim:", { signal: stop.signal })) names.push(`${link.name} ${link.kind}`);
  })();
  const opened = Promise.all([ann.open("sim:bob"), ann.open("sim:bob?kind=datagrams")]);
  await clock.runTo(100_000_000n);
  assert.deepEqual((await opened).map(({ name }) => name), ["sim:bob", "sim:bob"]);
  assert.deepEqual(names, ["sim:ann stream", "sim:ann datagrams"]);
  await assert.rejects(ann.open("sim:bob?kind=x"), { code: "CONFIG" });
  stop.abort();
  await listening;
});

Deno.test("Network.medium() lets all in range hear, one at a time, and those that hear two hear none", async () => {
  const { clock, network } = create();
  // a and c do not hear each other; b hears both.
  const near = new Set(["ab", "ba", "bc", "cb"]);
  const join = network.medium({ inRange: (from, to) => near.has(from + to) });
  const [a, b, c] = [join("a"), join("b"), join("c")] as const;
  const heard = [a, b, c].map(received);
  await b.send(new Uint8Array(100));
  await clock.runTo(10_000_000_000n);
  assert.deepEqual(heard.map(({ length }) => length), [1, 0, 1]);
  await Promise.all([a.send(new Uint8Array(100)), c.send(new Uint8Array(100))]);
  await clock.runTo(20_000_000_000n);
  assert.deepEqual(heard.map(({ length }) => length), [1, 0, 1]);
  // Those that hear each other wait.
  await Promise.all([a.send(new Uint8Array(100)), b.send(new Uint8Array(100))]);
  await clock.runTo(30_000_000_000n);
  assert.deepEqual(heard.map(({ length }) => length), [2, 1, 2]);
  assert.equal(network.traffic("a").airtimeMs, 2 * 256);
});

function create(conditions: Conditions = {}, seed = "1"): { clock: VirtualClock; network: Network } {
  const clock = new VirtualClock();
  return { clock, network: createNetwork({ seed, clock, conditions }) };
}

/** A list of what comes; ends with the link. */
function received(link: Link): Uint8Array[] {
  const got: Uint8Array[] = [];
  void (async () => {
    for await (const bytes of link.incoming) got.push(bytes);
  })().catch(() => {});
  return got;
}

/** A link in a network whose time goes on by itself. */
function driven(open: (network: Network) => LinkFixture): LinkFixture {
  const { clock, network } = create();
  let isOver = false;
  const drive = () => {
    clock.fireNext();
    if (!isOver) setImmediate(drive);
  };
  drive();
  const ends = open(network);
  return {
    a: ends.a,
    b: ends.b,
    ...(ends.break !== undefined && { break: () => ends.break!() }),
    [Symbol.asyncDispose]: () => {
      isOver = true;
      return Promise.resolve();
    },
  };
}
