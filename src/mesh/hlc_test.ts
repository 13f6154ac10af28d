import assert from "node:assert/strict";
import fc from "fast-check";
import { msToNs } from "../clock/mod.ts";
import { formatStamp, Hlc, isStamp } from "./hlc.ts";
import { compareStamps, type Stamp } from "./stamp.ts";

/** A physical clock that may be set to anything. */
class SetClock {
  ms = 0;
  constructor(ms = 0) {
    this.ms = ms;
  }
  now(): bigint {
    return msToNs(this.ms);
  }
}

function start(ms: number, maxAheadMs = 600_000): { clock: SetClock; hlc: Hlc } {
  const clock = new SetClock(ms);
  return { clock, hlc: new Hlc({ clock, maxAheadMs }) };
}

Deno.test("O3 Hlc.now() is the physical time, and counts within a millisecond", () => {
  const { clock, hlc } = start(1000);
  assert.deepEqual([hlc.now(), hlc.now()], [{ wallMs: 1000, counter: 0 }, { wallMs: 1000, counter: 1 }]);
  clock.ms = 1001;
  assert.deepEqual(hlc.now(), { wallMs: 1001, counter: 0 });
});

Deno.test("O3 Hlc.now() goes on upwards when the physical clock was set back", () => {
  const { clock, hlc } = start(1000);
  hlc.now();
  clock.ms = 500;
  assert.deepEqual(hlc.now(), { wallMs: 1000, counter: 1 });
});

Deno.test("O3 Hlc.now() takes the next millisecond when the counter is full", () => {
  const { hlc } = start(0);
  hlc.restore({ wallMs: 5, counter: 0xffff });
  assert.deepEqual([hlc.now(), hlc.now()], [{ wallMs: 6, counter: 0 }, { wallMs: 6, counter: 1 }]);
});

Deno.test("O3 Hlc.observe() puts the next stamp after what was seen", () => {
  const { hlc } = start(1000);
  assert.equal(hlc.observe({ wallMs: 2000, counter: 7 }), true);
  assert.deepEqual(hlc.now(), { wallMs: 2000, counter: 8 });
  assert.equal(hlc.observe({ wallMs: 3, counter: 9 }), true);
  assert.deepEqual(hlc.now(), { wallMs: 2000, counter: 9 });
});

Deno.test("O4 Hlc.observe() takes what is ahead by the bound, and is not moved by what is further ahead", () => {
  const { hlc } = start(1000, 60);
  assert.equal(hlc.observe({ wallMs: 1061, counter: 0 }), false);
  assert.deepEqual(hlc.last, { wallMs: 0, counter: 0 });
  assert.equal(hlc.observe({ wallMs: 1060, counter: 0 }), true);
  assert.deepEqual(hlc.now(), { wallMs: 1060, counter: 1 });
});

Deno.test("O4 Hlc.observe() refuses what is no stamp", () => {
  const { hlc } = start(1000);
  for (const wallMs of [-1, 0.5, NaN, Infinity, 2 ** 48, 2 ** 53]) {
    assert.equal(hlc.observe({ wallMs, counter: 0 }), false);
  }
  for (const counter of [-1, 0.5, NaN, 0x10000]) assert.equal(hlc.observe({ wallMs: 1, counter }), false);
  assert.throws(() => hlc.restore({ wallMs: -1, counter: 0 }), RangeError);
});

Deno.test("O3 Hlc.now() at the end of time throws rather than to repeat itself", () => {
  const { hlc } = start(0);
  hlc.restore({ wallMs: 2 ** 48 - 1, counter: 0xffff });
  assert.throws(() => hlc.now(), RangeError);
});

const stamp: fc.Arbitrary<Stamp> = fc.record({
  wallMs: fc.oneof(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 2 ** 48 - 1 })),
  counter: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0xfffd, max: 0xffff })),
});
type Step = { set: number } | { observe: Stamp } | { now: true } | { restart: true };
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ set: fc.integer({ min: 0, max: 2000 }) }),
  fc.record({ observe: stamp }),
  fc.constant({ now: true as const }),
  fc.constant({ restart: true as const }),
);

Deno.test("O5 Hlc stamps are above all given and observed before, over clock steps and restarts, and near physical time", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    let { clock, hlc } = start(0, 100);
    let highest: Stamp = { wallMs: 0, counter: 0 };
    let [latest, given] = [0, 0];
    for (const step of steps) {
      if ("set" in step) latest = Math.max(latest, clock.ms = step.set);
      else if ("observe" in step) {
        const before = hlc.last;
        const taken = hlc.observe(step.observe);
        assert.equal(taken, step.observe.wallMs <= clock.ms + 100);
        if (!taken) assert.deepEqual(hlc.last, before);
        else if (compareStamps(step.observe, highest) > 0) highest = step.observe;
      } else if ("restart" in step) {
        hlc = new Hlc({ clock, maxAheadMs: 100 });
        hlc.restore(highest);
      } else {
        const stamp = hlc.now();
        given++;
        assert.ok(isStamp(stamp) && compareStamps(stamp, highest) > 0);
        // A full counter moves the wall by one, so the number of stamps bounds how far it runs ahead.
        assert.ok(stamp.wallMs >= clock.ms && stamp.wallMs <= latest + 100 + given);
        highest = stamp;
      }
    }
  }));
});

Deno.test("O3 Hlc keeps causality between peers whose clocks differ by less than the bound", () => {
  const message = fc.record({ from: fc.nat(3), to: fc.nat(3), tick: fc.nat(5) });
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 60 }),
      fc.array(fc.nat(100), { minLength: 4, maxLength: 4 }),
      (ms, skew) => {
        const peers = skew.map((ms) => start(ms, 1000));
        const seen: Stamp[] = peers.map(() => ({ wallMs: 0, counter: 0 }));
        for (const { from, to, tick } of ms) {
          for (const { clock } of peers) clock.ms += tick;
          const stamp = peers[from]!.hlc.now();
          assert.ok(compareStamps(stamp, seen[from]!) > 0);
          seen[from] = stamp;
          assert.ok(peers[to]!.hlc.observe(stamp));
          if (compareStamps(stamp, seen[to]!) > 0) seen[to] = stamp;
        }
      },
    ),
  );
});

Deno.test("O3 formatStamp() is a time, and the counter when there is one", () => {
  assert.equal(formatStamp({ wallMs: 1_795_252_560_123, counter: 0 }), "2026-11-21T09:16:00.123Z");
  assert.equal(formatStamp({ wallMs: 1_795_252_560_123, counter: 7 }), "2026-11-21T09:16:00.123Z+7");
  assert.equal(formatStamp({ wallMs: 2 ** 48 - 1, counter: 1 }), "+010889-08-02T05:31:50.655Z+1");
});
