import assert from "node:assert/strict";
import { type Clock, msToNs } from "../clock/mod.ts";
import { isTinmanError } from "../errors/mod.ts";

/** How a test is told to its runner; `Deno.test` is one. */
export type TestFunction = (name: string, run: () => void | Promise<void>) => void;

/** Options of {@linkcode testClock}. */
export interface ClockSuiteOptions<C extends Clock> {
  /** What the names of the tests begin with. */
  readonly name: string;
  /** `Deno.test`, or the same of another runner. */
  readonly test: TestFunction;
  /** A clock of its own for each test. */
  create(): C;
  /** Lets `ms` milliseconds go by, and all that waits for them go on: move the clock, or wait. Returns not too early. */
  advance(clock: C, ms: number): Promise<void>;
}

/** What every {@linkcode Clock} promises, as tests. Takes about half a second on a clock that cannot be moved. */
export function testClock<C extends Clock>({ name, test, create, advance }: ClockSuiteOptions<C>): void {
  test(`${name}: now() is the origin and what has passed since, and does not go back`, async () => {
    const clock = create();
    const before = clock.elapsedNs();
    await advance(clock, 5);
    const now = clock.now();
    assert.ok(clock.elapsedNs() - before >= 5e6);
    assert.ok(now >= clock.originNs + BigInt(before) && now <= clock.originNs + BigInt(clock.elapsedNs()));
    assert.ok(Number.isSafeInteger(clock.elapsedNs()));
  });

  test(`${name}: sleep() of nothing or less ends at once`, async () => {
    const clock = create();
    await clock.sleep(0);
    await clock.sleep(-5);
    await clock.sleepUntil(clock.now());
    await clock.sleepUntil(clock.originNs - 1n);
  });

  test(`${name}: sleep() ends when its time has passed, never before`, async () => {
    const clock = create();
    const start = clock.now();
    const woken = [1.5, 12].map((ms) => clock.sleep(ms).then(() => clock.now() - start));
    await advance(clock, 20);
    const [first, second] = await Promise.all(woken);
    assert.ok(first! >= 1_500_000n && second! >= 12_000_000n, `woken after ${first} and ${second} ns`);
  });

  test(`${name}: sleepUntil() ends when its time has come, never before`, async () => {
    const clock = create();
    const due = clock.now() + 10_000_001n;
    const woken = clock.sleepUntil(due).then(() => clock.now());
    await advance(clock, 15);
    assert.ok(await woken >= due);
  });

  test(`${name}: sleepers wake by deadline, and for equal deadlines in the order of asking`, async () => {
    const clock = create();
    const order: string[] = [];
    const due = clock.now() + msToNs(8);
    const waits = [
      clock.sleepUntil(due + 2n).then(() => order.push("late")),
      clock.sleepUntil(due).then(() => order.push("first")),
      clock.sleepUntil(due).then(() => order.push("second")),
      clock.sleepUntil(due - 1n).then(() => order.push("early")),
    ];
    await advance(clock, 15);
    await Promise.all(waits);
    assert.deepEqual(order, ["early", "first", "second", "late"]);
  });

  test(`${name}: a wait is refused when its signal is already aborted, however short it is`, async () => {
    const clock = create();
    const signal = AbortSignal.abort("enough");
    await assert.rejects(clock.sleep(0, { signal }), (reason) => reason === "enough");
    await assert.rejects(clock.sleepUntil(0n, { signal }), (reason) => reason === "enough");
  });

  test(`${name}: a wait ends with the reason of its signal, and the others go on`, async () => {
    const clock = create();
    const stop = new AbortController();
    const given = clock.sleep(2 ** 40, { signal: stop.signal });
    const endless = clock.sleep(Infinity, { signal: stop.signal });
    const other = clock.sleep(5);
    stop.abort("enough");
    await assert.rejects(given, (reason) => reason === "enough");
    await assert.rejects(endless, (reason) => reason === "enough");
    await advance(clock, 10);
    await other;
  });

  test(`${name}: sleep() refuses what is not a number`, () => {
    assert.throws(() => create().sleep(NaN), RangeError);
  });

  test(`${name}: at() wakes once, and never inside the call itself`, async () => {
    const clock = create();
    let woken = 0;
    const takeBack = clock.at(clock.elapsedNs() - 1, () => woken++);
    assert.equal(woken, 0);
    await advance(clock, 5);
    assert.equal(woken, 1);
    takeBack();
    await advance(clock, 5);
    assert.equal(woken, 1);
  });

  test(`${name}: at() does not wake when it was taken back, also by another that is due at the same time`, async () => {
    const clock = create();
    const due = clock.elapsedNs() + 5e6;
    let woken = 0;
    clock.at(due, () => takeBack());
    const takeBack = clock.at(due, () => woken++);
    clock.at(due + 1, () => woken++)();
    await advance(clock, 10);
    assert.equal(woken, 0);
  });

  test(`${name}: every() ticks on an absolute schedule, the first time after one period`, async () => {
    const clock = create();
    const before = clock.now();
    const ticks = clock.every(20);
    const after = clock.now();
    const times: bigint[] = [];
    const loop = (async () => {
      for await (const time of ticks) {
        assert.ok(time <= clock.now());
        if (times.push(time) === 3) break;
      }
    })();
    await advance(clock, 75);
    await loop;
    const [first, ...others] = times;
    assert.ok(first! >= before + msToNs(20) && first! <= after + msToNs(20), `first tick after ${first! - before} ns`);
    // A machine that is busy may leave some out.
    for (const time of others) assert.equal((time - first!) % msToNs(20), 0n);
  });

  test(`${name}: every() leaves out ticks that fell due while the loop was busy`, async () => {
    const clock = create();
    const times: bigint[] = [];
    const loop = (async () => {
      for await (const time of clock.every(20)) {
        if (times.push(time) === 2) break;
        await clock.sleep(30);
      }
    })();
    await advance(clock, 85);
    await loop;
    const distance = times[1]! - times[0]!;
    assert.ok(distance >= msToNs(40) && distance % msToNs(20) === 0n, `second tick after ${distance} ns`);
  });

  test(`${name}: every() of several loops interleaves by time`, async () => {
    const clock = create();
    const times: bigint[] = [];
    const loops = [10, 15, 25].map(async (ms) => {
      let left = 3;
      for await (const time of clock.every(ms)) {
        times.push(time);
        if (--left === 0) break;
      }
    });
    await advance(clock, 80);
    await Promise.all(loops);
    assert.equal(times.length, 9);
    assert.deepEqual(times, times.toSorted((a, b) => Number(a - b)));
  });

  test(`${name}: every() ends when the loop is left, or return() is called while it waits`, async () => {
    const clock = create();
    const ticks = clock.every(2 ** 40);
    const waiting = ticks.next();
    assert.deepEqual(await ticks.return!(), { done: true, value: undefined });
    assert.deepEqual(await waiting, { done: true, value: undefined });
    assert.deepEqual(await ticks.next(), { done: true, value: undefined });
  });

  test(`${name}: every() ends with the reason of its signal, then is done`, async () => {
    const clock = create();
    const stop = new AbortController();
    const ticks = clock.every(2 ** 40, { signal: stop.signal });
    const waiting = ticks.next();
    stop.abort("enough");
    await assert.rejects(waiting, (reason) => reason === "enough");
    assert.deepEqual(await ticks.next(), { done: true, value: undefined });
    const late = clock.every(1, { signal: stop.signal });
    await assert.rejects(late.next(), (reason) => reason === "enough");
  });

  test(`${name}: every() refuses a period of nothing or less`, () => {
    const clock = create();
    for (const ms of [0, -1, NaN, Infinity]) assert.throws(() => clock.every(ms), RangeError);
  });

  test(`${name}: deadline() aborts with TIMEOUT when its time has come`, async () => {
    const clock = create();
    const deadline = clock.deadline(10);
    assert.equal(deadline.aborted, false);
    await advance(clock, 15);
    assert.equal(deadline.aborted, true);
    assert.ok(isTinmanError(deadline.reason, "TIMEOUT"));
    assert.equal(deadline.reason.details.timeoutMs, 10);
    assert.equal(clock.deadline(0).aborted, true);
  });

  test(`${name}: every() rejects a wait that a deadline ends`, async () => {
    const clock = create();
    const ticks = clock.every(2 ** 40, { signal: clock.deadline(5) });
    const waiting = assert.rejects(ticks.next(), (reason) => isTinmanError(reason, "TIMEOUT"));
    await advance(clock, 10);
    await waiting;
  });
}
