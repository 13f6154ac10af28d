import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { crc32c } from "../../bytes/mod.ts";
import { createMemoryFiles } from "../../files/mod.ts";
import { PartitionLog } from "../partition/partition_log.ts";
import { UNLIMITED } from "../partition/partition_log_options.ts";
import { BATCH_HEADER, isIntact, readBatch, readBatches, type RecordBatch } from "../protocol/record_batch.ts";
import { batchOf, readAll, type Simple } from "./_records.ts";
import { findLatestKeys } from "./compaction.ts";
import { FilePool } from "./file_pool.ts";
import { FileSegments } from "./file_segments.ts";
import { MemorySegments } from "./memory_segments.ts";
import { type Damage, Segment } from "./segment.ts";

const DELETE_RETENTION_MS = 1000;

function open(folder?: FileSegments): PartitionLog {
  const compaction = { minDirtyRatio: 0, minLagMs: 0, deleteRetentionMs: DELETE_RETENTION_MS };
  const limits = { segmentBytes: 600, segmentMs: Infinity, retentionBytes: -1, retentionMs: -1, compaction };
  const onDamage = (damage: Damage) => assert.fail(damage.what);
  return new PartitionLog({ ...(folder && { folder }), limits: () => limits, onDamage });
}

function compact(log: PartitionLog, nowMs: number): void {
  for (const _ of log.compact(nowMs));
}

/** As the Java client does it with `compression.type=gzip`. */
function gzipped({ bytes }: RecordBatch): RecordBatch {
  const body = gzipSync(bytes.subarray(BATCH_HEADER));
  const all = new Uint8Array(BATCH_HEADER + body.length);
  all.set(bytes.subarray(0, BATCH_HEADER));
  all.set(body, BATCH_HEADER);
  const view = new DataView(all.buffer);
  view.setInt32(8, all.length - 12);
  view.setInt16(21, 1);
  view.setUint32(17, crc32c(all.subarray(21)));
  return readBatch(all);
}

const record = fc.record({
  key: fc.option(fc.constantFrom("a", "b", "c", "d"), { freq: 8 }),
  value: fc.option(fc.string({ maxLength: 40 }), { freq: 4 }),
});
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ records: fc.array(record, { minLength: 1, maxLength: 6 }), zips: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ passMs: fc.nat(1500) }) },
  { weight: 2, arbitrary: fc.constantFrom("restart" as const, "crash" as const, "roll" as const) },
);

Deno.test("a compacted log has the latest record of every key, in its place, and nothing that was not in it", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 50 }), fc.boolean(), (steps, inFiles) => {
    const files = createMemoryFiles();
    const folder = () => inFiles ? new FileSegments(new FilePool(files, { maxOpen: 3 }), "t/0") : undefined;
    let log = open(folder());
    const all: Simple[] = [];
    let nowMs = 1_000_000;
    for (const each of steps) {
      if (each === "roll") log.roll();
      else if (each === "restart" || each === "crash") {
        if (!inFiles) continue;
        if (each === "restart") log.close();
        log = open(folder());
      } else if ("records" in each) {
        const made = each.records.map((one) => ({ ...one, timeMs: nowMs }));
        const batch = batchOf(made);
        assert.equal(log.append(each.zips ? gzipped(batch) : batch), all.length);
        for (const one of made) all.push({ offset: all.length, ...one });
      } else {
        nowMs += each.passMs;
        compact(log, nowMs);
      }
      const found = readAll(log, 200);
      assert.deepEqual(found, found.map(({ offset }) => all[offset]), "what is there is what was written");
      assert.deepEqual(found.map(({ offset }) => offset), found.map(({ offset }) => offset).sort((a, b) => a - b));
      const isThere = new Set(found.map(({ offset }) => offset));
      const latest = new Map(all.map(({ key, offset }) => [key, offset]));
      for (const { key, value, offset } of all) {
        if (key === null || latest.get(key) === offset && value !== null) {
          assert.ok(isThere.has(offset), `offset ${offset}`);
        }
      }
      for (const batch of readBatches(log.read(log.start, 1))) assert.ok(isIntact(batch));
      assert.deepEqual([log.start, log.next], [0, all.length]);
    }
  }));
});

Deno.test("compaction leaves one record of a key in full segments, and a tombstone until its time is over", () => {
  const log = open();
  const put = (key: string, value: string | null) => log.append(batchOf([{ key, value, timeMs: 5 }]));
  for (let i = 0; i < 20; i++) put("a", `${i} ${"x".repeat(50)}`);
  put("b", "1");
  put("b", null);
  for (let i = 0; i < 20; i++) put("a", `last ${i} ${"x".repeat(50)}`);
  const before = log.bytes;
  const keys = () => readAll(log).map(({ key, value }) => `${key}${value === null ? " is gone" : ""}`);
  compact(log, 10_000);
  assert.ok(log.bytes < before / 4, `${log.bytes} of ${before}`);
  assert.equal(keys().filter((key) => key === "b is gone").length, 1);
  assert.equal(keys().filter((key) => key === "b").length, 0);
  compact(log, 10_000 + DELETE_RETENTION_MS - 1);
  assert.equal(keys().filter((key) => key === "b is gone").length, 1);
  compact(log, 10_000 + DELETE_RETENTION_MS);
  assert.equal(keys().filter((key) => key === "b is gone").length, 0);
});

Deno.test("keys that do not fit into memory are left for the next time", () => {
  const folder = new MemorySegments();
  const limits = () => ({ ...UNLIMITED, segmentBytes: 1000 });
  const log = new PartitionLog({ folder, limits });
  for (let i = 0; i < 60; i++) log.append(batchOf([{ key: `key ${i % 30}`, value: "x".repeat(40), timeMs: 5 }]));
  const segments = folder.list().map((base) => new Segment(folder, base));
  const find = (from: number, maxKeyBytes: number) => {
    const steps = findLatestKeys(segments, from, { maxKeyBytes });
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
    }
  };
  const first = find(0, 1000);
  assert.ok(first.end > 5 && first.end < 30, `${first.end}`);
  assert.deepEqual([...first.offsets.values()], Array.from({ length: first.end }, (_, i) => i));
  assert.equal(find(first.end, 1e6).end, 60);
});

Deno.test("a log whose last records were compacted away goes on behind them when it is opened again", () => {
  const folder = () => new FileSegments(new FilePool(files, { maxOpen: 3 }), "t/0");
  const files = createMemoryFiles();
  const log = open(folder());
  log.append(batchOf([{ key: "a", value: "1", timeMs: 5 }]));
  log.append(batchOf([{ key: "a", value: null, timeMs: 5 }]));
  log.roll();
  compact(log, 10_000);
  compact(log, 20_000);
  assert.deepEqual(readAll(log), []);
  assert.equal(open(folder()).next, 2);
  log.close();
  assert.equal(open(folder()).next, 2);
});
