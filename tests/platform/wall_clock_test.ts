import assert from "node:assert/strict";
import type { ClockStep } from "../../src/clock/mod.ts";
import { createWallClock, nextTurn } from "../../src/platform/mod.ts";
import { testClock } from "../../src/testing/mod.ts";

testClock({
  name: "Wall clock",
  test: Deno.test,
  create: () => createWallClock(),
  advance: (_clock, ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});

Deno.test("Wall clock shows the time of the machine", () => {
  const before = Date.now();
  const shown = Number(createWallClock().now() / 1_000_000n);
  assert.ok(shown >= before && shown <= Date.now(), `${shown}`);
});

Deno.test("Wall clock.every() does not drift: the tenth tick is due ten periods after the start", async () => {
  const clock = createWallClock();
  const lateMs: number[] = [];
  let first: bigint | undefined;
  for await (const due of clock.every(5)) {
    first ??= due;
    assert.equal((due - first) % 5_000_000n, 0n);
    assert.ok(clock.now() >= due, "a tick came early");
    if (lateMs.push(Number(clock.now() - due) / 1e6) === 10) break;
  }
  const [median] = lateMs.sort((a, b) => a - b).slice(5);
  // Usually below 1; the machine that runs this has other things to do too.
  assert.ok(median! < 20, `median ${median} ms late`);
});

Deno.test("Wall clock follows the clock on the wall forward, tells once, and wakes who should have been woken", async () => {
  const machine = new Machine();
  const clock = createWallClock(machine);
  const steps: ClockStep[] = [];
  using _listening = clock.onStep((step) => void steps.push(step));
  const hour = clock.sleep(3_600_000);
  machine.wallAheadMs = 3_600_000;
  machine.passMs = 1000;
  // The machine woke after an hour of sleep. Its timers slept as well, so that an hour is left to them.
  await hour;
  assert.ok(clock.now() >= machine.originNs + 3_600_000_000_000n);
  assert.deepEqual(steps.map(({ deltaMs }) => Math.round(deltaMs)), [3_600_000]);
  assert.ok(steps[0]!.atNs <= clock.now());
});

Deno.test("Wall clock goes on when the clock on the wall is set back, and tells once", async () => {
  const machine = new Machine();
  const clock = createWallClock(machine);
  const steps: ClockStep[] = [];
  using _listening = clock.onStep((step) => void steps.push(step));
  const before = clock.elapsedNs();
  machine.wallAheadMs = -3_600_000;
  machine.passMs = 1500;
  const now = clock.elapsedNs();
  assert.ok(now >= before + 1500e6 && now < before + 10_000e6);
  assert.deepEqual(steps, [], "a listener is not called inside a reading of the clock");
  await nextTurn();
  clock.elapsedNs();
  await nextTurn();
  assert.deepEqual(steps.map(({ deltaMs }) => Math.round(deltaMs)), [-3_600_000]);
});

Deno.test("Wall clock tells nobody any more after dispose", async () => {
  const machine = new Machine();
  const clock = createWallClock(machine);
  const heard: string[] = [];
  const listener = () => void heard.push("step");
  using _kept = clock.onStep(listener);
  clock.onStep(listener)[Symbol.dispose]();
  machine.wallAheadMs = machine.passMs = 2000;
  clock.now();
  await nextTurn();
  assert.deepEqual(heard, ["step"]);
});

Deno.test("Wall clock serves a thousand sleepers, and those who give up, with one timer of the machine", async () => {
  const clock = createWallClock();
  const stop = new AbortController();
  const woken = Array.from({ length: 1000 }, (_, i) => clock.sleep(1 + i % 20));
  const given = Array.from({ length: 1000 }, () => clock.sleep(60_000, { signal: stop.signal }));
  await Promise.all(woken);
  stop.abort();
  for (const result of await Promise.allSettled(given)) assert.equal(result.status, "rejected");
  // A timer that was left behind fails this test: Deno looks for it.
});

Deno.test("Wall clock does not hold the event loop for a timer that asks for the next one at once", async () => {
  const clock = createWallClock();
  let woken = 0;
  let stopped = false;
  const again = () => {
    woken++;
    if (!stopped) clock.at(clock.elapsedNs(), again);
  };
  again();
  await clock.sleep(10);
  stopped = true;
  await clock.sleep(5);
  assert.ok(woken > 1 && woken < 1000, `${woken}`);
});

/** The clocks of a machine, moved by hand on top of the real ones. */
class Machine {
  passMs = 0;
  wallAheadMs = 0;
  readonly #started = performance.now();
  readonly originNs = 1_700_000_000_000_000_000n;
  monotonicMs = () => performance.now() - this.#started + this.passMs;
  wallMs = () => 1_700_000_000_000 + this.monotonicMs() + this.wallAheadMs;
}
