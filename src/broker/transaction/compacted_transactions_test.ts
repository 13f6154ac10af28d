// Goal: compaction and transactions together never show what was given up, never hide what was committed, and leave neither
// records nor markers that nobody needs; over restarts and crashes. Method: partitions over files in memory, against a
// model; read as clients do: https://kafka.apache.org/documentation/#design, KIP-98.
import assert from "node:assert/strict";
import fc from "fast-check";
import { createMemoryFiles, type Files } from "../../files/mod.ts";
import { Partition } from "../partition/partition.ts";
import { PartitionLog } from "../partition/partition_log.ts";
import { isControl, isTransactional, readMarker } from "../protocol/markers.ts";
import { readBatch, readBatches } from "../protocol/record_batch.ts";
import { readRecords, writeBatch } from "../protocol/records.ts";
import { BATCH_HEADER } from "../protocol/record_batch.ts";
import { FilePool } from "../storage/file_pool.ts";
import { FileSegments } from "../storage/file_segments.ts";

interface Written {
  readonly offset: number;
  readonly key: string;
  readonly value: string;
  state: "open" | "committed" | "aborted";
}

const utf8 = (text: string) => new TextEncoder().encode(text);
const text = (bytes: Uint8Array | null) => new TextDecoder().decode(bytes!);

function open(files: Files, segmentBytes = 400): Partition & { readonly log: PartitionLog } {
  const compaction = { minDirtyRatio: 0, minLagMs: 0, deleteRetentionMs: 1000 };
  const limits = { segmentBytes, segmentMs: Infinity, retentionBytes: -1, retentionMs: -1, compaction };
  const folder = new FileSegments(new FilePool(files, { maxOpen: 3 }), "data");
  return new Partition(0, new PartitionLog({ folder, limits: () => limits })) as Partition & { log: PartitionLog };
}

/** The same files, with something to be done before one is put in place. */
function withReplace(files: Files, before: () => void): Files {
  return new Proxy(files, {
    get(target, name) {
      if (name !== "replace") return Reflect.get(target, name).bind(target);
      return (path: string, bytes: Uint8Array) => (before(), target.replace(path, bytes));
    },
  });
}

/** A partition, what was written to it, and what its producers count. */
class Scene {
  /** How many files may yet be put in place before the power goes. */
  #left = Infinity;
  readonly files: Files = withReplace(createMemoryFiles(), () => {
    if (this.#left-- <= 0) throw new Error("the power is gone");
  });
  partition = open(this.files);
  readonly all: Written[] = [];
  readonly #sequences = new Map<number, number>();
  readonly #open = new Map<number, Written[]>();

  /** Goes on with what is in the files: `closed` in good order or not. */
  reopen(): void {
    this.#left = Infinity;
    this.partition = open(this.files);
  }

  /** The power goes at some time in a compaction, between two files that are put in place. */
  compactPartly(left: number): void {
    this.#left = left;
    try {
      this.compact();
    } catch (error) {
      assert.equal((error as Error).message, "the power is gone");
    }
    this.reopen();
  }

  write(producer: number, keys: readonly string[]): void {
    const value = `${this.all.length}`.padEnd(30);
    const sequence = this.#sequences.get(producer) ?? 0;
    const batch = writeBatch(
      keys.map((key) => ({ key: utf8(key), value: utf8(value), headers: [], timestampMs: 5 })),
      producer === 0 ? undefined : { producer: { id: producer, epoch: 0, sequence }, transactional: true },
    );
    const { error, baseOffset } = this.partition.append(readBatch(batch));
    assert.equal(error, 0);
    this.#sequences.set(producer, sequence + keys.length);
    const state = producer === 0 ? "committed" as const : "open" as const;
    const written = keys.map((key, i): Written => ({ offset: baseOffset + i, key, value, state }));
    this.all.push(...written);
    if (producer !== 0) this.#open.set(producer, [...this.#open.get(producer) ?? [], ...written]);
  }

  end(producer: number, isCommit: boolean): void {
    const written = this.#open.get(producer);
    if (written === undefined) return;
    this.#open.delete(producer);
    this.partition.mark({ producerId: producer, epoch: 0, isCommit }, 5);
    for (const each of written) each.state = isCommit ? "committed" : "aborted";
  }

  compact(): void {
    for (const _ of this.partition.log.compact(10_000));
  }

  /** What a consumer gets that reads so many bytes at a time, by the rules of the Java client. */
  read(from: number, maxBytes: number): { offset: number; key: string; value: string }[] {
    const found = [];
    for (let offset = from; offset < this.partition.stableEnd;) {
      const { records, aborted } = this.partition.readCommitted(offset, maxBytes);
      if (records.length === 0) break;
      const coming = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
      const given = new Set<number>();
      for (const batch of readBatches(records)) {
        const last = batch.baseOffset + batch.lastOffsetDelta;
        while (coming.length > 0 && coming[0]!.firstOffset <= last) given.add(coming.shift()!.producerId);
        offset = last + 1;
        if (isControl(batch)) {
          if (readMarker(batch)?.isCommit === false) given.delete(batch.producerId);
          continue;
        }
        if (isTransactional(batch) && given.has(batch.producerId)) continue;
        for (const record of readRecords(batch, batch.bytes.subarray(BATCH_HEADER))) {
          if (record.offset >= from) {
            found.push({ offset: record.offset, key: text(record.key), value: text(record.value) });
          }
        }
      }
    }
    return found;
  }

  check(): void {
    const { stableEnd } = this.partition;
    const decided = this.all.filter(({ offset, state }) => offset < stableEnd && state !== "aborted");
    assert.ok(decided.every(({ state }) => state === "committed"));
    const byOffset = new Map(decided.map((each) => [each.offset, each]));
    const latest = new Map(decided.map((each) => [each.key, each]));
    for (const [from, maxBytes] of [[0, 1e6], [0, 1], [Math.floor(stableEnd / 2), 500]] as const) {
      const seen = this.read(from, maxBytes);
      for (const { offset, key, value } of seen) {
        const written = byOffset.get(offset);
        assert.deepEqual([written?.key, written?.value], [key, value], `offset ${offset}`);
      }
      const isThere = new Set(seen.map(({ offset }) => offset));
      for (const { offset, key } of latest.values()) {
        assert.ok(offset < from || isThere.has(offset), `${key} at ${offset}`);
      }
    }
  }
}

const producer = fc.integer({ min: 0, max: 3 });
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ producer, keys: fc.array(fc.constantFrom(..."abcdefg"), { minLength: 1, maxLength: 4 }) }),
  },
  { weight: 6, arbitrary: fc.record({ ends: producer, isCommit: fc.boolean() }) },
  { weight: 3, arbitrary: fc.constant("compact" as const) },
  { weight: 2, arbitrary: fc.record({ left: fc.nat(8) }) },
  { weight: 1, arbitrary: fc.constantFrom("restart" as const, "crash" as const, "roll" as const) },
);

Deno.test("compaction shows to who reads committed records what was committed, and nothing else", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: "max" }), (steps) => {
      const scene = new Scene();
      for (const each of steps) {
        if (each === "compact") scene.compact();
        else if (each === "roll") scene.partition.log.roll();
        else if (each === "restart" || each === "crash") {
          if (each === "restart") scene.partition.log.close();
          const before = scene.partition.stableEnd;
          scene.reopen();
          assert.equal(scene.partition.stableEnd, before);
        } else if ("left" in each) scene.compactPartly(each.left);
        else if ("keys" in each) scene.write(each.producer, each.keys);
        else scene.end(each.ends, each.isCommit);
        scene.check();
      }
    }),
    { numRuns: 150 },
  );
});

Deno.test("what was given up goes with the first compaction, its markers with the next, but for the last of each producer", () => {
  const scene = new Scene();
  const batches = () => [...scene.partition.log.batchesFrom(0)].filter(isTransactional);
  for (let i = 0; i < 20; i++) {
    scene.write(1, ["a", "b"]);
    scene.end(1, i % 2 === 0);
  }
  scene.write(3, ["z"]);
  scene.end(3, false);
  scene.write(2, ["c"]);
  scene.partition.log.roll();
  scene.compact();
  // What is open holds up what is behind it.
  const before = batches().length;
  assert.ok(before < 40 + 1 && scene.partition.stableEnd < scene.partition.log.next);
  scene.end(2, true);
  scene.write(1, ["a", "b"]);
  scene.end(1, true);
  scene.partition.log.roll();
  for (let i = 0; i < 2; i++) {
    scene.write(0, ["d"]);
    scene.partition.log.roll();
    scene.compact();
    scene.check();
  }
  const left = batches();
  assert.deepEqual(left.map((batch) => [batch.producerId, isControl(batch)]), [[3, true], [2, false], [2, true], [
    1,
    false,
  ], [
    1,
    true,
  ]]);
  // What is known of them does not come back with a restart.
  scene.reopen();
  assert.deepEqual(scene.partition.readCommitted(0, 1e6).aborted.map(({ producerId }) => producerId), [3]);
  scene.check();
});

Deno.test("whenever the power goes in a compaction, and whatever snapshot is lost, nothing that was given up comes back", () => {
  const create = () => {
    const scene = new Scene();
    for (let i = 0; i < 3; i++) {
      scene.write(1, [`given up ${i}`]);
      scene.end(1, false);
      scene.write(1, [`kept ${i}`]);
      scene.end(1, true);
      scene.partition.log.roll();
    }
    return scene;
  };
  for (let left = 0; left < 12; left++) {
    const scene = create();
    scene.compactPartly(left);
    scene.check();
    scene.compactPartly(left);
    scene.check();
  }
  for (let rounds = 1; rounds < 4; rounds++) {
    const scene = create();
    for (let i = 0; i < rounds; i++) {
      scene.write(0, ["x"]);
      scene.partition.log.roll();
      scene.compact();
    }
    const newest = scene.files.list("data").filter((name) => name.endsWith(".producers")).at(-1)!;
    scene.files.replace(`data/${newest}`, utf8("no snapshot"));
    scene.reopen();
    scene.check();
  }
});
