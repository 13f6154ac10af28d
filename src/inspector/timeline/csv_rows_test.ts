import assert from "node:assert/strict";
import type { ObservedTimeline } from "../../telemetry/mod.ts";
import { csvLines } from "./csv_rows.ts";

Deno.test("csvLines() has large whole numbers to the last digit", () => {
  const values = [2n ** 63n - 1n, 2n ** 53n + 1n, NaN, true];
  const frames = values.map((_, i) => ({ index: i, timeNs: BigInt(i), data: Uint8Array.of(i) }));
  const timeline = {
    runs: () => [{ firstNs: 0n, lastNs: 3n, firstFrame: 0, frames: 4, bytes: 4, read: () => frames }],
    decode: (_: string, data: Uint8Array) => ({ n: values[data[0]!] }),
  } as unknown as ObservedTimeline;
  const lines = csvLines(timeline, [{ channel: "c", path: ["n"], title: "c n" }], { fromNs: 0n, toNs: 9n, maxRows: 9 });
  const cells = [...lines].slice(1).map((line) => line.trim().split(",")[2]);
  assert.deepEqual(cells, ["9223372036854775807", "9007199254740993", "NaN", "1"]);
});

Deno.test("csvLines() has samples of 64 bits to the last digit, too", () => {
  const samples = BigInt64Array.of(1_700_000_000_000_000_001n, -(2n ** 63n));
  const frames = [{ index: 0, timeNs: 0n, data: Uint8Array.of(0) }];
  const timeline = {
    runs: () => [{ firstNs: 0n, lastNs: 0n, firstFrame: 0, frames: 1, bytes: 1, read: () => frames }],
    decode: () => ({ samples, metadata: { sample_rate: 1000 } }),
  } as unknown as ObservedTimeline;
  const column = { channel: "c", path: ["samples", "*"], title: "c" };
  const lines = csvLines(timeline, [column], { fromNs: 0n, toNs: 9n, maxRows: 9 });
  const cells = [...lines].slice(1).map((line) => line.trim().split(","));
  assert.deepEqual(cells.map(([ns, , value]) => [ns, value]), [
    ["0", "1700000000000000001"],
    ["1000000", "-9223372036854775808"],
  ]);
});
