// Of the original: timer_test TestScaledTimer.test_sleep_scaled, test_sleep_until_past, test_invalid_speed_raises;
// launcher_test TestPlaybackNode.test_playback_with_speed_control. There a relative sleep drifts; here the schedule is absolute.
import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { Pace } from "./pace.ts";

const SECOND_NS = 1e9;

/** Plays frames that were recorded at these seconds, and notes the real seconds at which they were let through. */
function play(speed: number, frames: readonly number[], workMs: readonly number[] = []) {
  const clock = new VirtualClock(1_000n);
  const pace = new Pace(clock, speed);
  const passed: number[] = [];
  const played = (async () => {
    for (const [i, seconds] of frames.entries()) {
      await pace.until(seconds * SECOND_NS);
      if (pace.stopped) return;
      passed.push(clock.elapsedNs() / SECOND_NS);
      pace.passed();
      await clock.sleep(workMs[i] ?? 0);
    }
  })();
  return { clock, pace, passed, played, runTo: (seconds: number) => clock.runTo(1_000n + BigInt(seconds * SECOND_NS)) };
}

Deno.test("Pace holds frames back to a multiple of the recorded pace, from the first frame on", async () => {
  for (
    const [speed, expected] of [[0.5, [0, 2, 6]], [1, [0, 1, 3]], [2, [0, 0.5, 1.5]], [10, [0, 0.1, 0.3]]] as const
  ) {
    const { passed, played, runTo } = play(speed, [100, 101, 103]);
    await runTo(20);
    await played;
    assert.deepEqual(passed, expected, `speed ${speed}`);
  }
});

Deno.test("Pace at Infinity never waits", () => {
  const pace = new Pace(new VirtualClock(), Infinity);
  for (const seconds of [0, 1, 1e6]) assert.equal(pace.until(seconds * SECOND_NS), undefined);
});

Deno.test("Pace keeps an absolute schedule: a late frame does not make the next one later", async () => {
  // The second frame is worked on for 2.5 s, so the third and fourth are late and the fifth is not.
  const { passed, played, runTo } = play(1, [0, 1, 2, 3, 4], [0, 2500, 0, 0]);
  await runTo(20);
  await played;
  assert.deepEqual(passed, [0, 1, 3.5, 3.5, 4]);
});

Deno.test("Pace.pause() holds, and resume() goes on where it was held", async () => {
  const { pace, passed, runTo } = play(1, [0, 10, 20]);
  await runTo(4);
  pace.pause();
  assert.equal(pace.paused, true);
  await runTo(100);
  assert.deepEqual(passed, [0]);
  pace.resume();
  assert.equal(pace.paused, false);
  await runTo(200);
  assert.deepEqual(passed, [0, 106, 116], "6 of 10 s were left");
});

Deno.test("Pace.pause() before the start holds the first frame, also at Infinity", async () => {
  for (const speed of [1, Infinity]) {
    const { pace, passed, runTo } = play(speed, [0, 1]);
    pace.pause();
    await runTo(10);
    assert.ok(passed.length <= 1);
    pace.resume();
    await runTo(20);
    assert.equal(passed.length, 2);
  }
});

Deno.test("Pace.step() lets so many frames through without waiting, and holds again", async () => {
  const { pace, passed, runTo } = play(1, [0, 10, 20, 30, 40]);
  await runTo(1);
  pace.pause();
  pace.step(2);
  await runTo(2);
  assert.deepEqual(passed, [0, 1, 1]);
  assert.equal(pace.paused, true);
  pace.step(0);
  await runTo(50);
  assert.deepEqual([passed.length, pace.paused], [3, true]);
  pace.resume();
  await runTo(100);
  assert.deepEqual(passed.slice(3), [60, 70]);
});

Deno.test("Pace.setSpeed() changes the pace from here on", async () => {
  const { pace, passed, runTo } = play(1, [0, 10, 20]);
  await runTo(5);
  pace.setSpeed(2);
  assert.equal(pace.speed, 2);
  await runTo(100);
  assert.deepEqual(passed, [0, 7.5, 12.5]);
});

Deno.test("Pace.setSpeed() to Infinity and back waits only for what comes then", async () => {
  const clock = new VirtualClock();
  const pace = new Pace(clock, 1);
  await pace.until(0);
  pace.setSpeed(Infinity);
  for (let seconds = 1; seconds <= 100; seconds++) await pace.until(seconds * SECOND_NS);
  assert.equal(clock.elapsedNs(), 0);
  pace.setSpeed(1);
  const next = pace.until(101 * SECOND_NS);
  await clock.runTo(BigInt(SECOND_NS));
  await next;
  assert.equal(clock.elapsedNs(), SECOND_NS);
});

Deno.test("Pace.stop() ends every wait at once", async () => {
  for (const hold of [false, true]) {
    const { pace, clock, passed, played, runTo } = play(1, [0, 1000, 2000]);
    await runTo(1);
    if (hold) pace.pause();
    pace.stop();
    await played;
    assert.deepEqual([pace.stopped, passed], [true, [0]]);
    assert.equal(clock.pending, 0, "no timer is left behind");
    await pace.until(5000 * SECOND_NS);
  }
});

Deno.test("Pace refuses a speed that is not above zero", () => {
  for (const speed of [0, -1, NaN]) {
    assert.throws(() => new Pace(new VirtualClock(), speed), RangeError);
    assert.throws(() => new Pace(new VirtualClock(), 1).setSpeed(speed), RangeError);
  }
});

Deno.test("Pace.skipTo() lets all before a time through at once, and is then as it was", async () => {
  const { pace, passed, runTo } = play(1, [0, 10, 20, 30]);
  await runTo(1);
  pace.skipTo(20n * BigInt(SECOND_NS));
  await runTo(2);
  assert.deepEqual(passed, [0, 1], "10 s passed at once, 20 s is not before 20 s");
  await runTo(60);
  assert.deepEqual(passed, [0, 1, 11, 21]);
});

Deno.test("Pace.skipTo() while it is held goes on to there, and holds again", async () => {
  const { pace, passed, runTo } = play(1, [0, 10, 20, 30]);
  pace.originNs = 5n;
  await runTo(1);
  pace.pause();
  pace.skipTo(25n * BigInt(SECOND_NS) + 5n);
  await runTo(100);
  assert.deepEqual([passed, pace.paused], [[0, 1, 1], true]);
  pace.stop();
});
