import assert from "node:assert/strict";
import { LiveEnvelope } from "./live_envelope.ts";

Deno.test("LiveEnvelope keeps the extremes of each bucket, and gives each of them once", () => {
  const live = new LiveEnvelope({ bucketNs: 10, width: 2, most: 100 });
  for (const [time, value] of [[0, 1], [3, 5], [7, -5], [9, 0], [12, 2]] as const) live.add([time, value]);
  assert.deepEqual([...live.take(13)], [3, 5, 7, -5], "the bucket that is not over comes with the next");
  assert.deepEqual([...live.take(19)], []);
  assert.deepEqual([...live.take(20)], [12, 2]);
});

Deno.test("LiveEnvelope that nobody takes stays small", () => {
  const live = new LiveEnvelope({ bucketNs: 1, width: 2, most: 10 });
  for (let i = 0; i < 1000; i++) live.add([i, i]);
  assert.equal(live.take(2000).length / 2, 10);
});

Deno.test("LiveEnvelope of a track keeps the last place of each bucket", () => {
  const live = new LiveEnvelope({ bucketNs: 10, width: 3, most: 10 });
  for (const point of [[0, 1, 1], [5, 2, 2], [11, 3, 3]]) live.add(point);
  assert.deepEqual([...live.take(30)], [5, 2, 2, 11, 3, 3]);
});
