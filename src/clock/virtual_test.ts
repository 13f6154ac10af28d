import assert from "node:assert/strict";
import fc from "fast-check";
import { msToNs, VirtualClock } from "./mod.ts";
import { testClock } from "../testing/mod.ts";

testClock({
  name: "VirtualClock",
  test: Deno.test,
  create: () => new VirtualClock(1_700_000_000_123_456_789n),
  advance: (clock, ms) => clock.runTo(clock.now() + msToNs(ms)),
});

Deno.test("VirtualClock starts where it is told to, or in 1970", () => {
  assert.equal(new VirtualClock(42n).now(), 42n);
  assert.equal(new VirtualClock().now(), 0n);
});

Deno.test("VirtualClock.advanceTo() moves forward, never back, and fires nothing", () => {
  const clock = new VirtualClock(100n);
  let woken = 0;
  clock.at(50, () => woken++);
  clock.advanceTo(300n);
  assert.equal(clock.now(), 300n);
  clock.advanceTo(200n);
  clock.advanceElapsedTo(-1);
  assert.equal(clock.now(), 300n);
  assert.equal(woken, 0);
  assert.equal(clock.pending, 1);
  assert.equal(clock.nextDeadlineNs(), 150n);
});

Deno.test("VirtualClock.fireNext() moves to the first deadline and no further, then says when it was", async () => {
  const clock = new VirtualClock(1_000n);
  const woken: bigint[] = [];
  const sleeps = [30, 10, 20].map((ns) => clock.sleepUntil(1_000n + BigInt(ns)).then(() => woken.push(clock.now())));
  assert.equal(clock.nextElapsedNs, 10);
  assert.equal(clock.fireNext(), 1_010n);
  assert.equal(clock.now(), 1_010n);
  await sleeps[1];
  clock.advanceTo(1_025n);
  // Fell due meanwhile: it is told its own deadline, and time does not go back for it.
  assert.equal(clock.fireNext(), 1_020n);
  assert.equal(clock.now(), 1_025n);
  await sleeps[2];
  assert.equal(clock.fireNext(), 1_030n);
  assert.equal(clock.fireNext(), undefined);
  await Promise.all(sleeps);
  assert.deepEqual(woken, [1_010n, 1_025n, 1_030n]);
});

Deno.test("VirtualClock.flush() wakes all that wait now, and leaves what they ask for next", async () => {
  const clock = new VirtualClock();
  const sleeps = [3, 1, 2].map((ms) => clock.sleep(ms));
  const again = sleeps[0]!.then(() => clock.sleep(1));
  assert.equal(clock.flush(), 3);
  assert.equal(clock.now(), 3_000_000n);
  await Promise.all(sleeps);
  await Promise.resolve();
  assert.equal(clock.pending, 1);
  clock.flush();
  await again;
});

Deno.test("VirtualClock.runTo() lets those who were woken ask for more in the same stretch", async () => {
  const clock = new VirtualClock();
  const times: bigint[] = [];
  const loop = (async () => {
    for (let i = 0; i < 5; i++) {
      await clock.sleep(10);
      // Several turns of promises deep, as real code is.
      for (let turn = 0; turn < 20; turn++) await undefined;
      times.push(clock.now());
    }
  })();
  await clock.runTo(msToNs(35));
  assert.deepEqual(times, [10_000_000n, 20_000_000n, 30_000_000n]);
  assert.equal(clock.now(), 35_000_000n);
  await clock.runTo(msToNs(50));
  await loop;
});

Deno.test("VirtualClock forgets a timer that was given up, and a sleep without end is never due", () => {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const given = clock.sleep(10, { signal: stop.signal });
  const endless = clock.sleep(Infinity, { signal: stop.signal });
  assert.equal(clock.pending, 2);
  clock.flush();
  assert.equal(clock.pending, 1);
  assert.equal(clock.nextDeadlineNs(), undefined);
  assert.equal(clock.fireNext(), undefined);
  stop.abort();
  assert.equal(clock.pending, 0);
  return Promise.all([given, assert.rejects(endless)]).then(() => {});
});

Deno.test("VirtualClock leaves no listener on a signal that outlives the wait", async () => {
  const clock = new VirtualClock();
  const { signal } = new AbortController();
  let listeners = 0;
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args));
  signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args));
  const slept = clock.sleep(1, { signal });
  assert.equal(listeners, 1);
  clock.fireNext();
  await slept;
  assert.equal(listeners, 0);
});

Deno.test("VirtualClock gives the same story run after run", async () => {
  assert.deepEqual(await story(), await story());
});

Deno.test("VirtualClock wakes any set of timers by time, then by the order of asking", () => {
  fc.assert(fc.property(fc.array(fc.nat(20)), fc.array(fc.nat()), (times, removals) => {
    const clock = new VirtualClock();
    const seen: number[] = [];
    const takeBacks = times.map((time, index) => clock.at(time, () => seen.push(index)));
    const gone = new Set(removals.map((n) => n % (times.length + 1)));
    for (const index of gone) takeBacks[index]?.();
    const expected = times.map((time, index) => ({ time, index }))
      .filter(({ index }) => !gone.has(index))
      .sort((a, b) => a.time - b.time || a.index - b.index);
    assert.equal(clock.flush(), expected.length);
    assert.deepEqual(seen, expected.map(({ index }) => index));
  }));
});

Deno.test("VirtualClock.every() ticks at start + k periods for any period and any delay of the loop", async () => {
  const period = fc.integer({ min: 1, max: 5_000_000 });
  await fc.assert(
    fc.asyncProperty(period, fc.nat(1e9), fc.array(fc.nat(2e7), { maxLength: 20 }), async (periodNs, start, delays) => {
      const clock = new VirtualClock(BigInt(start));
      const ticks = clock.every(periodNs / 1e6);
      let before = clock.now();
      for (const delay of delays) {
        clock.advanceTo(clock.now() + BigInt(delay));
        const due = clock.now();
        const tick = ticks.next();
        clock.flush();
        const { value } = await tick as { value: bigint };
        assert.equal((value - BigInt(start)) % BigInt(periodNs), 0n);
        assert.ok(value > before && value >= due && value < due + 2n * BigInt(periodNs));
        before = value;
      }
      await ticks.return!();
      assert.equal(clock.pending, 0);
    }),
    { numRuns: 50 },
  );
});

/** Two sensors and a slow reader, told by the clock. */
async function story(): Promise<string[]> {
  const clock = new VirtualClock(5n);
  const lines: string[] = [];
  const loops = [["imu", 3], ["gps", 7], ["log", 7]] as const;
  for (const [name, ms] of loops) {
    (async () => {
      for await (const time of clock.every(ms)) {
        lines.push(`${time} ${name}`);
        if (name === "log") await clock.sleep(10);
      }
    })();
  }
  await clock.runTo(msToNs(100));
  assert.equal(lines.length, 33 + 14 + 7);
  return lines;
}
