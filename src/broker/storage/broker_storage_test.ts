// Goal: what was promised is there after a power cut and after any failure of the disk, and nothing else is.
// Method: random work on disks that forget what was not synced, and on disks of which every single change fails in turn.
import assert from "node:assert/strict";
import { createRandom, type Random } from "../../random/mod.ts";
import { isTinmanError } from "../../errors/mod.ts";
import { createMemoryFiles, type Files } from "../../files/mod.ts";
import { createFaultyFiles, type FaultyFiles } from "../../testing/mod.ts";
import type { PartitionLog } from "../partition/partition_log.ts";
import { createForgetfulFiles } from "./_forgetful_files.ts";
import { batchOf, readAll, type Simple } from "./_records.ts";
import { type BrokerStorage, openFileStorage, type StorageDamage, type SyncPolicy } from "./broker_storage.ts";

const TOPIC = { name: "t", id: "11" };

interface World {
  readonly storage: BrokerStorage;
  readonly logs: readonly PartitionLog[];
  readonly damages: readonly StorageDamage[];
}

function open(files: Files, sync: SyncPolicy): World {
  const damages: StorageDamage[] = [];
  const storage = openFileStorage(files, "data", { sync, maxOpenFiles: 3, onDamage: (each) => damages.push(each) });
  const limits = () => ({
    segmentBytes: 1000,
    retentionBytes: -1,
    retentionMs: -1,
    segmentMs: Infinity,
    compaction: undefined,
  });
  const logs = [0, 1].map((partition) => storage.openLog(TOPIC, partition, { limits }));
  return { storage, logs, damages };
}

/** What was acknowledged. */
class Model {
  readonly records: Simple[][] = [[], []];
  readonly starts = [0, 0];
  facts = 0;

  copy(): Model {
    const copy = new Model();
    this.records.forEach((of, i) => copy.records[i]!.push(...of));
    copy.starts.splice(0, 2, ...this.starts);
    copy.facts = this.facts;
    return copy;
  }
}

/** Does something at random; what it throws was not done. */
function act({ storage, logs }: World, model: Model, random: Random): void {
  const partition = random.int(2);
  const [log, records] = [logs[partition]!, model.records[partition]!];
  const kind = random.int(20);
  if (kind === 0) {
    const at = log.start + random.int(log.next - log.start + 1);
    log.deleteBefore(at);
    model.starts[partition] = Math.max(at, model.starts[partition]!);
  } else if (kind < 5) {
    storage.facts.set(["commit", "g", "t", 0], model.facts + 1);
    model.facts++;
  } else if (kind === 5) log.roll();
  else {
    const made = Array.from({ length: 1 + random.int(4) }, (_, i) => ({
      timeMs: i,
      key: null,
      value: `${partition} ${records.length + i} ${"x".repeat(random.int(200))}`,
    }));
    assert.equal(log.append(batchOf(made)), records.length);
    for (const record of made) records.push({ offset: records.length, ...record });
  }
}

/** All that was promised is there, and nothing that was never acknowledged. */
function check(
  { storage, logs, damages }: World,
  { promised, done }: { promised: Model; done: Model },
  what: string,
): void {
  logs.forEach((log, i) => {
    const [least, most] = [promised.records[i]!.length, done.records[i]!.length];
    assert.ok(log.next >= least && log.next <= most, `${what}: next is ${log.next}, expected ${least} to ${most}`);
    assert.ok(log.start >= promised.starts[i]! && log.start <= done.starts[i]!, `${what}: start is ${log.start}`);
    const [found, expected] = [readAll(log), done.records[i]!.slice(log.start, log.next)];
    // A hole is told, and there is none where it was promised.
    const isThere = new Set(found.map(({ offset }) => offset));
    const hasHole = damages.some(({ what, isCut }) => !isCut || what.includes("missing"));
    if (hasHole) assert.equal(least, 0);
    assert.deepEqual(found, hasHole ? expected.filter(({ offset }) => isThere.has(offset)) : expected, what);
  });
  const fact = Number(storage.facts.get(["commit", "g", "t", 0]) ?? 0);
  assert.ok(fact >= promised.facts && fact <= done.facts, `${what}: fact ${fact}`);
}

for (const sync of ["always", { everyMs: 10 }, "never"] as const) {
  Deno.test(`what sync: ${JSON.stringify(sync)} promises is there after a power cut`, async () => {
    for (let seed = 0; seed < 60; seed++) {
      const random = createRandom(`power ${seed}`);
      const files = createForgetfulFiles();
      const world = open(files, sync);
      const done = new Model();
      let promised = new Model();
      let syncing: Promise<void> | undefined;
      for (let steps = random.int(120); steps >= 0; steps--) {
        act(world, done, random);
        if (sync === "always") promised = done.copy();
        else if (sync !== "never" && syncing === undefined && random.int(15) === 0) {
          // What comes while the disk is at it is not promised.
          const now = done.copy();
          syncing = world.storage.syncLater().then(() => {
            [promised, syncing] = [now, undefined];
          });
        }
        if (random.int(2) === 0) {
          files.settle();
          await turn();
        }
      }
      const after = files.cutPower(random);
      const again = open(after, sync);
      check(again, { promised, done }, `seed ${seed}`);
      // It goes on, and a restart in good order finds nothing to say.
      act(again, modelOf(again), random);
      again.storage.close();
      assert.deepEqual(open(after, sync).damages, []);
    }
  });
}

/** Lets those go on who wait for the disk. */
const turn = () => new Promise<void>((resolve) => queueMicrotask(() => queueMicrotask(resolve)));

function modelOf({ logs, storage }: World): Model {
  const model = new Model();
  logs.forEach((log, i) => {
    model.records[i]!.length = log.next;
    model.starts[i] = log.start;
  });
  model.facts = Number(storage.facts.get(["commit", "g", "t", 0]) ?? 0);
  return model;
}

Deno.test("every change of the disk fails in turn: what was refused is not there, what was taken is", async () => {
  for (const how of ["full", "broken"] as const) {
    for (const sync of ["always", { everyMs: 10 }] as const) {
      let tries = 0;
      for (let failAt = 1; failAt < 400; failAt += 1 + Math.floor(failAt / 15)) {
        const disk = createMemoryFiles();
        const files = createFaultyFiles(disk, { failAt, how, times: 1 + failAt % 3, opens: true });
        const random = createRandom(`fault ${failAt}`);
        const done = new Model();
        const world = open(files, sync);
        for (let i = 0; i < 60; i++) {
          try {
            act(world, done, random);
            if (i % 20 === 0) world.storage.sync();
            if (i % 20 === 10) await world.storage.syncLater();
          } catch (error) {
            assert.ok(isTinmanError(error, "WRITE_FAILED"), `${error}`);
          }
        }
        const what = `${how}, ${failAt} of ${files.calls}`;
        if (files.calls >= failAt) tries++;
        mend(files, failAt + 3);
        world.storage.sync();
        // The very same objects serve what is true.
        check(world, { promised: done, done }, what);
        const again = open(disk, sync);
        check(again, { promised: done, done }, `${what}, opened again`);
        assert.deepEqual(again.damages, [], what);
      }
      assert.ok(tries > 30, `${tries} places where it failed`);
    }
  }
});

/** Uses up the calls that fail. */
function mend(files: FaultyFiles, calls: number): void {
  while (files.calls < calls) {
    try {
      files.remove("something that is not there");
    } catch {
      // As it was told to.
    }
  }
}

Deno.test("a topic that is removed leaves no file, and who reads it still finds nothing", () => {
  const files = createMemoryFiles();
  const { storage, logs } = open(files, "never");
  for (let i = 0; i < 30; i++) logs[0]!.append(batchOf([{ timeMs: 0, key: null, value: "x".repeat(100) }]));
  logs[0]!.deleteBefore(20);
  storage.removeTopic(TOPIC);
  assert.deepEqual(files.list("data/topics/t"), []);
  assert.deepEqual([...storage.facts.entries("start")], []);
  assert.deepEqual([...logs[0]!.read(25, 1000)], []);
  storage.close();
});
