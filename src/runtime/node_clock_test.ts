// Of the original: runtime_test TestTimerInjection (all), timer_test TestFastForwardTimer (sleep, sleep_until),
// TestPeriodic, TestTimerIntegration. The clocks themselves are tested in src/clock.
import assert from "node:assert/strict";
import { type In, Out } from "../channel/mod.ts";
import { VirtualClock } from "../clock/mod.ts";
import { type Journal, JournalReader, JournalWriter, noJournal } from "./journal.ts";
import { NodeClock } from "./node_clock.ts";
import { Turnstile } from "./turnstile.ts";

const START_NS = 1_000_000_000_000n;

/** The clock of one node in a run whose time the test moves. */
function createNodeClock(options: { journal?: Journal; taken?: () => number; turnstile?: () => Turnstile } = {}) {
  const { journal = noJournal, taken = () => 0, turnstile = () => undefined } = options;
  const run = new VirtualClock(START_NS);
  const [ending, aborted] = [new AbortController(), new AbortController()];
  const clock = new NodeClock({
    clock: run,
    journal,
    taken,
    turnstile,
    ending: ending.signal,
    aborted: aborted.signal,
  });
  return { run, clock, ending, aborted };
}

async function settled(): Promise<void> {
  for (let i = 0; i < 30; i++) await null;
}

Deno.test("NodeClock tells the time of the run", async () => {
  const { run, clock } = createNodeClock();
  assert.deepEqual([clock.originNs, clock.now()], [START_NS, START_NS]);
  run.advanceTo(START_NS + 5n);
  assert.deepEqual([clock.elapsedNs(), clock.now()], [5, START_NS + 5n]);
  const slept = clock.sleep(10);
  assert.equal(clock.waiting, 1);
  run.fireNext();
  await slept;
  assert.deepEqual([clock.now(), clock.waiting], [START_NS + 10_000_005n, 0]);
});

Deno.test("NodeClock.every() ticks, and ends when the node is asked to come to an end", async () => {
  const { run, clock, ending } = createNodeClock();
  const ticks: bigint[] = [];
  const done = (async () => {
    for await (const tick of clock.every(100)) ticks.push(tick - START_NS);
  })();
  await run.runTo(START_NS + 250_000_000n);
  ending.abort(new Error("stop"));
  await done;
  assert.deepEqual(ticks, [100_000_000n, 200_000_000n]);
  assert.deepEqual([run.pending, clock.waiting], [0, 0]);
  assert.deepEqual(await clock.every(100)[Symbol.asyncIterator]().next(), { done: true, value: undefined });
});

Deno.test("NodeClock.every() rejects with the reason of a signal that the node gave", async () => {
  const { run, clock } = createNodeClock();
  const own = new AbortController();
  const next = clock.every(100, { signal: own.signal }).next();
  own.abort(new RangeError("mine"));
  await assert.rejects(next, new RangeError("mine"));
  assert.equal(run.pending, 0);
});

Deno.test("NodeClock.every() that is left takes its timer back", async () => {
  const { run, clock } = createNodeClock();
  const done = (async () => {
    for await (const _ of clock.every(100)) break;
  })();
  await run.runTo(START_NS + 100_000_000n);
  await done;
  assert.equal(run.pending, 0);
});

Deno.test("NodeClock refuses waits when the node is aborted, and those that are under way", async () => {
  const { run, clock, aborted } = createNodeClock();
  const reason = new Error("stopped");
  const waits = [clock.sleep(100), clock.sleepUntil(START_NS + 50n)];
  aborted.abort(reason);
  for (const wait of waits) await assert.rejects(wait, reason);
  await assert.rejects(clock.sleep(1), reason);
  await assert.rejects(clock.sleepUntil(START_NS + 1n), reason);
  assert.deepEqual([run.pending, clock.waiting], [0, 0]);
});

Deno.test("NodeClock.sleep() ends by the signal of the node as well as by that of the run", async () => {
  const { clock, aborted } = createNodeClock();
  const own = new AbortController();
  const [mine, theirs] = [
    clock.sleep(100, { signal: own.signal }),
    clock.sleep(100, { signal: new AbortController().signal }),
  ];
  own.abort(new RangeError("mine"));
  await assert.rejects(mine, new RangeError("mine"));
  aborted.abort(new Error("stopped"));
  await assert.rejects(theirs, new Error("stopped"));
});

Deno.test("NodeClock.sleep() of no time or less waits for nothing", async () => {
  const { run, clock } = createNodeClock();
  await clock.sleep(0);
  await clock.sleep(-5);
  await clock.sleepUntil(START_NS - 1n);
  assert.equal(run.pending, 0);
});

Deno.test("NodeClock writes down its readings at their place among the values that the node took", () => {
  const frames: Uint8Array[] = [];
  const writer = new JournalWriter(0, (frame) => frames.push(frame.slice()));
  let taken = 0;
  const live = createNodeClock({ journal: writer, taken: () => taken });
  const then: number[] = [];
  for (const [values, atNs] of [[0, 3], [2, 10], [2, 11], [7, 50]] as const) {
    taken = values;
    live.run.advanceElapsedTo(atNs);
    then.push(live.clock.elapsedNs());
  }
  writer.flush();

  taken = 0;
  const replay = createNodeClock({ journal: new JournalReader(0, frames, { isWhole: true }), taken: () => taken });
  const now: number[] = [];
  for (const values of [0, 2, 2, 7]) {
    taken = values;
    now.push(replay.clock.elapsedNs());
  }
  assert.deepEqual(now, then);
});

Deno.test("NodeClock lets its timers come through the turnstile, one at a time and in their order", async () => {
  const order = { next: 0 };
  const out = new Out<string>({ order });
  const input = out.subscribe();
  const drained: (() => void)[] = [];
  const turnstile = new Turnstile({ inputs: [input as In<unknown>], outputs: [] }, {
    journal: noJournal,
    order,
    afterDrain: (callback) => drained.push(callback),
    clock: new VirtualClock(),
    fail: (error) => assert.ifError(error),
  });
  const { run, clock } = createNodeClock({ turnstile: () => turnstile });
  const got: string[] = [];
  void (async () => {
    for await (const text of input) got.push(text);
  })();
  void (async () => {
    for await (const _ of clock.every(10)) {
      got.push("tick");
      for (let i = 0; i < 5; i++) await null;
      got.push("tock");
    }
  })();
  await settled();
  run.fireNext();
  void out.publish("a");
  await settled();
  assert.deepEqual(got, ["tick", "tock", "a"]);
});

Deno.test("NodeClock.deadline() and at() let nobody else in: who asks for them goes on", async () => {
  const order = { next: 0 };
  const outs = [new Out<string>({ order }), new Out<string>({ order })];
  const inputs = outs.map((out) => out.subscribe());
  const turnstile = new Turnstile({ inputs: inputs as In<unknown>[], outputs: [] }, {
    journal: noJournal,
    order,
    afterDrain: () => {},
    clock: new VirtualClock(),
    fail: (error) => assert.ifError(error),
  });
  const { clock } = createNodeClock({ turnstile: () => turnstile });
  const got: string[] = [];
  for (const input of inputs) {
    void (async () => {
      for await (const text of input) {
        clock.deadline(10);
        clock.at(10, () => {});
        for (let i = 0; i < 5; i++) await null;
        got.push(text, `end ${text}`);
      }
    })();
  }
  outs.forEach((out, i) => void out.publish(`${i}`));
  await settled();
  assert.deepEqual(got, ["0", "end 0", "1", "end 1"]);
});

Deno.test("NodeClock takes back a timer that is due but not yet let in", async () => {
  const turnstile = new Turnstile({ inputs: [], outputs: [] }, {
    journal: noJournal,
    order: { next: 0 },
    afterDrain: undefined,
    clock: new VirtualClock(),
    fail: (error) => assert.ifError(error),
  });
  const { run, clock, aborted } = createNodeClock({ turnstile: () => turnstile });
  const slept = clock.sleep(10);
  run.fireNext();
  aborted.abort(new Error("stopped"));
  await assert.rejects(slept, new Error("stopped"));
  await settled();
  assert.equal(clock.waiting, 0);
});

Deno.test("NodeClock.deadline() aborts at its time", () => {
  const { run, clock } = createNodeClock();
  const signal = clock.deadline(100);
  assert.equal(signal.aborted, false);
  run.fireNext();
  assert.equal((signal.reason as { code?: string }).code, "TIMEOUT");
});

Deno.test("NodeClock leaves no timer behind when the run has ended, also of a deadline or of at()", () => {
  const { run, clock, aborted } = createNodeClock();
  const signal = clock.deadline(60_000);
  clock.at(1e9, () => assert.fail("it was taken back"));
  assert.deepEqual([run.pending, clock.waiting], [2, 2]);
  aborted.abort(new Error("stopped"));
  assert.deepEqual([run.pending, clock.waiting, signal.aborted], [0, 0, false]);
});
