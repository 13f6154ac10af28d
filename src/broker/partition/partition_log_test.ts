// Goal: a log gives what a plain list gives, in memory and in files, whatever happens to it. Method: random steps on both.
import assert from "node:assert/strict";
import fc from "fast-check";
import { createMemoryFiles, type Files } from "../../files/mod.ts";
import { PartitionLog } from "./partition_log.ts";
import type { LogLimits } from "./partition_log_options.ts";
import { batchOf, filesBelow, putFile, readAll, recordsOf, type Simple } from "../storage/_records.ts";
import { FilePool } from "../storage/file_pool.ts";
import { FileSegments } from "../storage/file_segments.ts";
import type { Damage } from "../storage/segment.ts";

const FOLDER = "topics/t/0";

interface Opened {
  readonly log: PartitionLog;
  readonly damages: readonly Damage[];
}

/** Where the start of a log is kept. */
interface Start {
  offset: number;
}

function open(files: Files | undefined, limits: Partial<LogLimits> = {}, kept: Start = { offset: 0 }): Opened {
  const damages: Damage[] = [];
  const log = new PartitionLog({
    ...(files && { folder: new FileSegments(new FilePool(files, { maxOpen: 3 }), FOLDER) }),
    limits: () => ({
      segmentBytes: 2000,
      retentionBytes: -1,
      retentionMs: -1,
      segmentMs: Infinity,
      compaction: undefined,
      ...limits,
    }),
    syncs: "segment",
    start: kept.offset,
    keepStart: (offset) => kept.offset = offset,
    onDamage: (damage) => damages.push(damage),
  });
  return { log, damages };
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      sizes: fc.array(fc.nat(300), { minLength: 1, maxLength: 20 }),
      timeMs: fc.nat(1000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("delete" as const), at: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("restart" as const, "crash" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("read" as const),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      maxBytes: fc.nat(5000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("time" as const), timeMs: fc.nat(1100) }) },
);

for (const where of ["memory", "files"]) {
  Deno.test(`PartitionLog in ${where} gives what a plain list gives`, () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const files = where === "files" ? createMemoryFiles() : undefined;
        const kept = { offset: 0 };
        let { log } = open(files, {}, kept);
        const model: Simple[] = [];
        let [start, next] = [0, 0];
        const between = (at: number) => start + Math.floor(at * (next - start + 1));
        for (const each of steps) {
          if (each.kind === "append") {
            const records = each.sizes.map((size, i) => ({
              timeMs: each.timeMs + i,
              key: null,
              value: "v".repeat(size),
            }));
            assert.equal(log.append(batchOf(records)), next);
            for (const record of records) model.push({ offset: next++, ...record });
          } else if (each.kind === "delete") {
            start = Math.min(next, between(each.at));
            assert.equal(log.deleteBefore(start), start);
          } else if (each.kind === "read") {
            const from = between(each.at);
            const bytes = log.read(from, each.maxBytes);
            const records = recordsOf(bytes);
            if (from >= next) assert.equal(bytes.length, 0);
            else {
              assert.ok(records[0]!.offset <= from && records.at(-1)!.offset >= from);
              const expected = model.slice(records[0]!.offset, records.at(-1)!.offset + 1);
              assert.deepEqual(records, expected);
              const isOne = new Set(records.map(({ timeMs, offset }) => timeMs - offset)).size === 1;
              assert.ok(
                bytes.length <= each.maxBytes || isOne,
                `${bytes.length} bytes, ${each.maxBytes} were asked for`,
              );
            }
          } else if (each.kind === "time") {
            const found = [...log.batchesSince(each.timeMs)].flatMap(({ bytes }) => recordsOf(bytes));
            const first = found.find(({ timeMs, offset }) => timeMs >= each.timeMs && offset >= start);
            const expected = model.find(({ timeMs, offset }) => timeMs >= each.timeMs && offset >= start);
            assert.deepEqual(first, expected);
          } else if (files !== undefined) {
            if (each.kind === "restart") log.close();
            const opened = open(files, {}, kept);
            assert.deepEqual(opened.damages, []);
            log = opened.log;
          }
          assert.deepEqual([log.start, log.next], [start, next]);
          const rest = model.slice(start);
          assert.equal(log.maxTimestampMs ?? -Infinity, maxTime(model, log));
          if (each.kind !== "read") assert.deepEqual(readAll(log), rest);
        }
      }),
      { numRuns: 60 },
    );
  });
}

/** The latest time of batches that reach beyond the start. */
function maxTime(model: readonly Simple[], log: PartitionLog): number {
  const batches = [...log.batchesFrom(log.start)];
  return Math.max(...batches.map(({ baseOffset, lastOffsetDelta }) => model[baseOffset + lastOffsetDelta]!.timeMs));
}

Deno.test("PartitionLog cut off at any byte of its last segment keeps every whole batch, says what it cut, and goes on", () => {
  const files = createMemoryFiles();
  const { log } = open(files, { segmentBytes: 500 });
  const ends: number[] = [];
  for (let i = 0; i < 14; i++) {
    log.append(batchOf([{ timeMs: i, key: null, value: "x".repeat(i * 5) }, { timeMs: i, key: "k", value: null }]));
    ends.push(log.next);
  }
  const all = readAll(log);
  const kept = [...filesBelow(files, FOLDER)];
  const [path, last] = kept.findLast(([name]) => name.endsWith(".log"))!;
  assert.ok(last.length > 200 && kept.length > 4);
  const base = Number(/(\d+)\.log$/.exec(path)![1]);
  for (let cut = 0; cut <= last.length; cut++) {
    for (const tail of ["", "zeros", "noise"]) {
      const copy = createMemoryFiles();
      for (const [name, bytes] of kept) putFile(copy, name, name === path ? bytes.subarray(0, cut) : bytes);
      if (tail !== "") {
        const behind = Uint8Array.from({ length: 90 }, (_, i) => tail === "zeros" ? 0 : i * 37 + 11);
        putFile(copy, path, Uint8Array.from([...last.subarray(0, cut), ...behind]));
      }
      const { log, damages } = open(copy, { segmentBytes: 500 });
      const isWhole = ends.includes(log.next) || log.next === base;
      assert.ok(isWhole, `cut at ${cut}: next is ${log.next}`);
      assert.deepEqual(readAll(log), all.slice(0, log.next));
      const length = copy.stat(path)!.size;
      assert.equal(damages.length, length === cut + (tail === "" ? 0 : 90) ? 0 : 1, `cut at ${cut} with ${tail}`);
      for (const { at, isCut } of damages) assert.deepEqual([at, isCut], [length, true]);
      assert.equal(log.append(batchOf([{ timeMs: 1, key: null, value: "new" }])), log.next - 1);
      assert.equal(readAll(open(copy).log).at(-1)!.value, "new");
    }
  }
});

Deno.test("PartitionLog: damage in the middle costs the batches that it is in, is told, and nothing is cut off", () => {
  const files = createMemoryFiles();
  const { log } = open(files, { segmentBytes: 1e6 });
  for (let i = 0; i < 10; i++) log.append(batchOf([{ timeMs: i, key: null, value: `value ${i}` }]));
  const all = readAll(log);
  const [[path, bytes]] = [...filesBelow(files, FOLDER)] as [readonly [string, Uint8Array]];
  const size = bytes.length / 10;
  // All but the last batch: what is wrong with that one may be a torn end.
  for (let at = 0; at < size * 9; at++) {
    const copy = createMemoryFiles();
    const damaged = bytes.slice();
    damaged[at]! ^= 0x41;
    putFile(copy, path, damaged);
    const { log, damages } = open(copy);
    const hit = Math.floor(at / size);
    const found = readAll(log);
    assert.equal(copy.stat(path)!.size, bytes.length);
    assert.deepEqual(found, all.filter(({ offset }) => offset !== hit), `byte ${at}`);
    assert.deepEqual(damages.map(({ at, bytes, isCut }) => [at, bytes, isCut]), [[hit * size, size, false]]);
    assert.equal(log.next, 10);
    // It is told again, as long as nobody has removed it.
    assert.equal(open(copy).damages.length, 1);
  }
});

Deno.test("PartitionLog: a missing or a wrong index is made again", () => {
  const files = createMemoryFiles();
  const { log } = open(files, { segmentBytes: 300 });
  for (let i = 0; i < 20; i++) log.append(batchOf([{ timeMs: i, key: null, value: "x".repeat(50) }]));
  const all = readAll(log);
  log.close();
  const indexes = [...filesBelow(files, FOLDER)].filter(([name]) => name.endsWith(".index"));
  assert.ok(indexes.length > 3);
  for (const [name, bytes] of indexes) {
    for (
      const wrong of [
        undefined,
        new Uint8Array(),
        bytes.subarray(1),
        bytes.map((byte, i) => i === 40 ? ~byte : byte),
      ]
    ) {
      files.remove(name);
      if (wrong !== undefined) putFile(files, name, wrong);
      const { log, damages } = open(files, { segmentBytes: 300 });
      assert.deepEqual([readAll(log), damages], [all, []]);
      log.close();
    }
  }
});

Deno.test("PartitionLog.retain() throws away segments by time and by size, and never an offset twice", () => {
  for (const files of [undefined, createMemoryFiles()]) {
    const limits = { segmentBytes: 300, retentionMs: 1000, retentionBytes: -1 };
    const kept = { offset: 0 };
    const { log } = open(files, limits, kept);
    for (let i = 0; i < 12; i++) log.append(batchOf([{ timeMs: i * 100, key: null, value: "x".repeat(60) }]));
    const { bytes } = log;
    log.retain(1000);
    assert.equal(log.start, 0, "nothing is older than a second");
    log.retain(1750);
    assert.equal(log.start, 8, "a segment of two goes when its latest record is too old");
    limits.retentionMs = -1;
    limits.retentionBytes = Math.floor(bytes / 4);
    log.retain(1750);
    assert.ok(log.bytes < bytes / 4 + 300 && log.bytes >= bytes / 4, `${log.bytes} of ${bytes}`);
    limits.retentionBytes = -1;
    limits.retentionMs = 0;
    log.retain(10_000);
    assert.deepEqual([log.start, log.next, log.bytes], [12, 12, 0]);
    if (files !== undefined) {
      const { log } = open(files, limits, kept);
      assert.deepEqual([log.start, log.next], [12, 12]);
      assert.equal(log.append(batchOf([{ timeMs: 1, key: null, value: "next" }])), 12);
    }
  }
});
