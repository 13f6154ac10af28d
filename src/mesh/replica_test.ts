import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { createMemoryFiles, type Files, readFile } from "../files/mod.ts";
import { createFaultyFiles } from "../testing/mod.ts";
import { START_MS, testKey } from "./_writer.ts";
import { Replica } from "./replica.ts";
import { runsOf } from "./runs_of.ts";

const info = {
  name: "survey",
  founder: testKey("founder").device,
  nonce: "00".repeat(16),
  writers: "anybody",
} as const;
const at = (ms: number) => new VirtualClock(BigInt(ms) * 1_000_000n);

function openReplica(name: string, files?: Files, ms = START_MS): Replica {
  const folder = files && { files, path: "survey" };
  return new Replica({ info, key: testKey(name), clock: at(ms), ...(folder && { folder }) });
}

const set = (field: string, value: string) => ({ kind: "field.set", record: "R-1", field, value } as const);

/** Gives all that one holds to the other. */
function tell(from: Replica, to: Replica): void {
  for (const feed of from.feeds.all()) to.ingest(...runsOf(feed));
}

Deno.test("Replica.write() shows at once, and again after a restart", () => {
  const files = createMemoryFiles();
  {
    using replica = openReplica("ana", files);
    replica.write({ kind: "record.create", record: "R-1", form: "well" }, set("status", "OPEN"));
    assert.equal(replica.view.record("R-1")?.fields.get("status")?.value, "OPEN");
  }
  using again = openReplica("ana", files);
  assert.equal(again.view.record("R-1")?.form, "well");
  assert.equal(again.view.record("R-1")?.fields.get("status")?.value, "OPEN");
});

Deno.test("O5 a clock that was set back over a restart loses no write", () => {
  const files = createMemoryFiles();
  {
    using replica = openReplica("ana", files);
    replica.write(set("status", "old"));
  }
  using replica = openReplica("ana", files, START_MS - 3_600_000);
  replica.write(set("status", "new"));
  assert.equal(replica.view.record("R-1")?.fields.get("status")?.value, "new");
});

Deno.test("O1 who has seen a write wins over it, also with a slow clock", () => {
  const [ana, ben] = [openReplica("ana"), openReplica("ben", undefined, START_MS - 60_000)];
  ana.write(set("status", "seen"));
  tell(ana, ben);
  ben.write(set("status", "better"));
  tell(ben, ana);
  for (const { view } of [ana, ben]) {
    assert.equal(view.record("R-1")?.fields.get("status")?.value, "better");
    assert.deepEqual(view.conflicts(), []);
  }
  assert.deepEqual(ana.view.canonical(), ben.view.canonical());
});

Deno.test("F3 a disk that takes no more refuses the write, and nothing of it shows", () => {
  for (const how of ["full", "broken"] as const) {
    for (let failAt = 1; failAt < 8; failAt++) {
      const files = createMemoryFiles();
      const kept: string[] = [];
      try {
        using replica = openReplica("ana", createFaultyFiles(files, { failAt, how, times: 2 }));
        for (const value of ["1", "2", "3", "4"]) {
          try {
            replica.write(set(`f${value}`, value));
            kept.push(`f${value}`);
          } catch (error) {
            assert.equal((error as { code?: string }).code, "WRITE_FAILED");
          }
        }
      } catch (error) {
        assert.equal((error as { code?: string }).code, "WRITE_FAILED");
      }
      using again = openReplica("ana", files);
      const fields = [...again.view.record("R-1")?.fields.keys() ?? []];
      assert.deepEqual(kept.filter((field) => !fields.includes(field)), [], `${how} at ${failAt}`);
    }
  }
});

Deno.test("F9 a device that was restored from a copy does not write before it has what it wrote", () => {
  const files = createMemoryFiles();
  const ana = openReplica("ana", files);
  ana.write(set("a", "1"));
  const backup = readFile(files, "survey/feeds.log", 1e6)!;
  ana.write(set("b", "2"));
  const restored = createMemoryFiles();
  restored.replace("survey/feeds.log", backup);
  using again = openReplica("ana", restored);
  again.noteOwn(2);
  assert.throws(() => again.write(set("c", "3")), { code: "UNAVAILABLE" });
  tell(ana, again);
  again.write(set("c", "3"));
  tell(again, ana);
  assert.deepEqual(ana.feeds.forks, []);
});

Deno.test("F9 a copy that has written less than the device it was copied from writes again once it has both histories", () => {
  const [ana, copy] = [openReplica("ana"), openReplica("ana", undefined, START_MS + 1000)];
  ana.write(set("a", "1"));
  tell(ana, copy);
  ana.write(set("b", "2"), set("b", "3"), set("b", "4"));
  copy.write(set("c", "5"));
  copy.noteOwn(4);
  assert.ok(copy.isBehind);
  tell(ana, copy);
  assert.ok(!copy.isBehind);
  copy.write(set("c", "6"));
  tell(copy, ana);
  assert.equal(ana.view.record("R-1")?.fields.get("c")?.value, "6");
});

Deno.test("a log that somebody has changed, checksums and all, is not taken for what its device wrote", () => {
  const files = createMemoryFiles();
  const [ana, eve] = [openReplica("ana", files), openReplica("eve", createMemoryFiles())];
  ana.write(set("a", "1"));
  ana.close();
  eve.write(set("a", "2"));
  const [run] = runsOf([...eve.feeds.all()][0]!);
  const forged = new Replica({
    info,
    key: testKey("ana"),
    clock: at(START_MS),
    folder: { files: createMemoryFiles(), path: "x" },
  });
  const result = forged.ingest({ ...run!, device: testKey("ana").device });
  assert.equal(result[0]?.status, "refused");
});

Deno.test("many small writes are joined in the log when it is opened again", () => {
  const files = createMemoryFiles();
  {
    using replica = openReplica("ana", files);
    for (let i = 0; i < 300; i++) replica.write(set("n", `${i}`));
  }
  const before = files.stat("survey/feeds.log")!.size;
  using replica = openReplica("ana", files);
  assert.ok(replica.logBytes < before / 4, `${replica.logBytes} of ${before} bytes`);
  assert.equal(replica.view.record("R-1")?.fields.get("n")?.value, "299");
});

Deno.test("V7 what was erased is gone from the disk, too", () => {
  const files = createMemoryFiles();
  const secret = "the patient's name is Zebulon";
  {
    using replica = openReplica("ana", files);
    const [ref] = replica.write(set("name", secret));
    replica.write({ kind: "event.erase", event: ref!, reason: "asked for" });
    assert.equal(replica.view.record("R-1")?.fields.get("name"), undefined);
  }
  using again = openReplica("ana", files);
  assert.equal(again.feeds.get(testKey("ana").device)?.at(1)?.payload, undefined);
});
