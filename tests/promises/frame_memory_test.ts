/*
 * "Steady-state streaming allocates no new arrays", shown by the pool's own counters and by the memory of a process.
 */
import assert from "node:assert/strict";
import { resultOf } from "./_child.ts";
import { sized } from "./_scale.ts";

interface Streamed {
  readonly frames: number;
  readonly taken: number;
  readonly allocated: number;
  readonly externalMb: number;
  readonly rssMb: number;
  readonly heapMb: number;
}

const flags = ["-A", "--v8-flags=--expose-gc"];
const frames = sized(2000, 50_000);
const stream = (how: string) => resultOf<Streamed>("_stream_frames.ts", { args: [`${frames}`, how], flags });

Deno.test(`Streaming ${frames} frames of 64 kB through five stages allocates no array`, async () => {
  const { taken, allocated, externalMb, rssMb, heapMb } = await stream("pooled");
  assert.ok(taken >= frames * 5 - 1000, `${taken} arrays were asked for`);
  // A queue may become fuller than it ever was; every array more that is under way then is a new one, once.
  assert.ok(allocated <= 16, `${allocated} of ${taken} arrays are new`);
  assert.ok(externalMb < 2, `arrays grew by ${externalMb} MB`);
  assert.ok(heapMb < 4, `the heap grew by ${heapMb} MB`);
  assert.ok(rssMb < 48, `the process grew by ${rssMb} MB`);
});

Deno.test("The same without a pool is seen to allocate them, so the measurement would notice", async () => {
  const { taken, allocated, externalMb } = await stream("plain");
  // What comes out at the end, and nobody looks at, comes back all the same.
  assert.ok(allocated > taken / 2, `${allocated} of ${taken} arrays are new`);
  assert.ok(externalMb > 8, `arrays grew by ${externalMb} MB`);
});
