import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { Visits } from "./visits.ts";

const { signal } = new AbortController();

Deno.test("P13 Visits has few places, fewer to one host, and gives back that of a visit that met somebody at once", () => {
  const visits = new Visits(new VirtualClock(0n));
  const begun = Array.from({ length: 10_000 }, (_, i) => visits.begin(`tcp://10.0.0.1:${i}`)).filter((each) => each);
  assert.equal(begun.length, 4);
  const others = Array.from({ length: 10_000 }, (_, i) => visits.begin(`tcp://10.0.${i >> 8}.${i & 255}:1`));
  assert.equal(others.filter((each) => each).length, 12);
  begun[0]!.met();
  begun[0]!.met();
  assert.ok(visits.begin("tcp://10.9.9.9:1"));
  assert.equal(visits.begin("tcp://10.9.9.9:2"), undefined, "twice is once");
});

Deno.test("P13 Visits lets nobody be visited again at once who was not there", async () => {
  const clock = new VirtualClock(0n);
  const visits = new Visits(clock);
  const ends = Array.from({ length: 4 }, () => visits.begin("tcp://[fe80::1]:1")!.end(signal));
  await clock.runTo(4_900_000_000n);
  assert.equal(visits.begin("tcp://[fe80::1]:2"), undefined);
  await clock.runTo(5_000_000_000n);
  await Promise.all(ends);
  assert.ok(visits.begin("tcp://[fe80::1]:2"));
});
