import assert from "node:assert/strict";
import { turn } from "./_gates.ts";
import { LogicalClock } from "./logical_clock.ts";

const ms = (clock: LogicalClock) => clock.elapsedNs() / 1e6;

Deno.test("LogicalClock stands still while nobody sleeps, and starts where it is told", async () => {
  const clock = new LogicalClock(5e6);
  await turn();
  assert.deepEqual([ms(clock), clock.now()], [5, 5_000_000n]);
  await clock.sleep(0);
  await clock.sleepUntil(3_000_000n);
  assert.equal(ms(clock), 5);
});

Deno.test("LogicalClock wakes those who sleep at the same time in the order of their time", async () => {
  const clock = new LogicalClock(0);
  const woken: string[] = [];
  const sleep = async (name: string, forMs: number) => {
    await clock.sleep(forMs);
    woken.push(`${name} ${ms(clock)}`);
  };
  await Promise.all([sleep("a", 30), sleep("b", 10), sleep("c", 20), sleep("d", 10)]);
  assert.deepEqual(woken, ["b 10", "d 10", "c 20", "a 30"]);
  await sleep("e", 1);
  assert.deepEqual(woken.at(-1), "e 31");
});

Deno.test("LogicalClock.deadline() aborts when time has passed it, and not before", async () => {
  const clock = new LogicalClock(0);
  const [soon, late] = [clock.deadline(10), clock.deadline(25)];
  await turn();
  assert.equal(soon.aborted, false, "work takes no time");
  await clock.sleep(24);
  assert.deepEqual([soon.aborted, late.aborted], [true, false]);
  clock.advance(1);
  assert.equal(late.reason.code, "TIMEOUT");
  assert.equal(clock.deadline(0).aborted, true);
});

Deno.test("LogicalClock ends a sleep by its signal, and lets no time pass for it", async () => {
  const clock = new LogicalClock(0);
  const stop = new AbortController();
  const slept = clock.sleep(50, { signal: stop.signal });
  stop.abort(new Error("enough"));
  await assert.rejects(slept, { message: "enough" });
  await turn();
  assert.equal(ms(clock), 0);
  await assert.rejects(clock.sleep(1, { signal: stop.signal }), { message: "enough" });
  assert.throws(() => clock.sleep(NaN), RangeError);
});

Deno.test("LogicalClock never wakes who sleeps without end, and others all the same", async () => {
  const clock = new LogicalClock(0);
  let woken = false;
  void clock.sleep(Infinity).then(() => woken = true);
  await clock.sleep(1e9);
  await turn();
  assert.deepEqual([woken, ms(clock)], [false, 1e9]);
});
