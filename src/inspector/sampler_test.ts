import assert from "node:assert/strict";
import { FakeSource } from "./_fixture.ts";
import { Sampler } from "./sampler.ts";

Deno.test("Sampler.snapshot counts the time of a run from its start, and of a replay from the first frame", () => {
  const source = new FakeSource();
  const run = new Sampler("1", source, () => 0);
  assert.equal(run.snapshot.elapsedMs, (5e9 - 1000) / 1e6);
  // A recording of last year is replayed today: it began at 2 s of its own time, and is at 5 s.
  const look = () => ({
    isPaused: false,
    speed: 1,
    timeNs: 5_000_000_000n,
    firstNs: 2_000_000_000n,
    lastNs: 9n,
    frames: 0,
  });
  const controls = { pause() {}, resume() {}, step() {}, setSpeed() {}, stop() {} };
  Object.assign(source, { startedNs: 10n ** 18n, replay: { look, ...controls } });
  assert.equal(new Sampler("1", source, () => 0).snapshot.elapsedMs, 3000);
});
