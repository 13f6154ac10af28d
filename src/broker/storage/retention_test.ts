import assert from "node:assert/strict";
import { countExpired } from "./retention.ts";

/** Segments of so many bytes, with so old a latest record; the time now is 1000. */
const count = (
  segments: readonly (readonly [length: number, ageMs: number])[],
  limits: { readonly retentionMs?: number; readonly retentionBytes?: number },
) =>
  countExpired(segments.map(([length, ageMs]) => ({ length, maxTimestampMs: 1000 - ageMs })), {
    ...{ retentionMs: -1, retentionBytes: -1, nowMs: 1000 },
    ...limits,
  });

Deno.test("countExpired() lets all stay without limits, and none is none", () => {
  assert.equal(count([[10, 900], [10, 100]], {}), 0);
  assert.equal(count([], { retentionMs: 0, retentionBytes: 0 }), 0);
});

Deno.test("countExpired() counts what is older than it may be, up to the first that is not", () => {
  const segments = [[10, 900], [10, 800], [10, 100], [10, 900]] as const;
  assert.equal(count(segments, { retentionMs: 500 }), 2);
  assert.equal(count(segments, { retentionMs: 800 }), 1);
  assert.equal(count(segments, { retentionMs: 0 }), 4);
});

Deno.test("countExpired() counts what is above the bytes, but what is left has them", () => {
  const segments = [[10, 0], [10, 0], [10, 0]] as const;
  assert.equal(count(segments, { retentionBytes: 20 }), 1);
  assert.equal(count(segments, { retentionBytes: 15 }), 1);
  assert.equal(count(segments, { retentionBytes: 30 }), 0);
});

Deno.test("countExpired() never takes the last one for its size, nor an empty one for its age", () => {
  assert.equal(count([[10, 0]], { retentionBytes: 0 }), 0);
  assert.equal(count([[10, 0], [10, 0]], { retentionBytes: 0 }), 1);
  assert.equal(count([[10, 900], [0, 900]], { retentionMs: 500 }), 1);
});

Deno.test("countExpired() takes a segment whose records have no time for as old as can be", () => {
  const segments = [{ length: 10, maxTimestampMs: undefined }];
  assert.equal(countExpired(segments, { retentionMs: 500, retentionBytes: -1, nowMs: 1000 }), 1);
});
