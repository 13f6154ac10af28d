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

Deno.test("Sampler.snapshot says when the disk is full at this rate, but of a recording that forgets its oldest parts", () => {
  const source = new FakeSource();
  const base = source.look();
  const hoursLeft = (forgets: boolean) => {
    let nowNs = 0;
    const recording = { path: "recordings/run", drops: 0, isGrowing: true, freeBytes: 7_200_000, forgets };
    Object.assign(source, { look: () => ({ ...base, recording: { ...recording, bytes: nowNs / 1e6 } }) });
    const sampler = new Sampler("1", source, () => nowNs);
    sampler.sample();
    nowNs = 1e9;
    sampler.sample();
    assert.equal(sampler.snapshot.recording!.forgets, forgets);
    return sampler.snapshot.recording!.hoursLeft;
  };
  assert.deepEqual([hoursLeft(false), hoursLeft(true)], [2, undefined]);
});

Deno.test("Sampler.snapshot has the rate that a recorded channel had, and none of what came all at once", () => {
  const source = new FakeSource();
  const channel = { name: "gps", count: 101, bytes: 5000, drops: 0, isRecorded: true, firstNs: 0n };
  const rates = (lastNs: bigint) => {
    Object.assign(source, {
      look: () => ({
        phase: "ended",
        timeNs: 0n,
        channels: [{ ...channel, lastNs }],
        nodes: [],
        edges: [],
        warnings: [],
      }),
    });
    const sampler = new Sampler("1", source, () => 0);
    sampler.sample();
    const [{ hz, bytesPerS } = {}] = sampler.snapshot.channels;
    return [hz, bytesPerS];
  };
  assert.deepEqual([rates(2_000_000_000n), rates(100n), rates(0n)], [[50, 2500], [undefined, undefined], [
    undefined,
    undefined,
  ]]);
});
