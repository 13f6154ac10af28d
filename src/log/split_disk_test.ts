// Goal: a recording in parts on a disk that fills up, fails or refuses. Method: the n-th call fails, for every n; budgets are
// compared with the sizes of the files.
import assert from "node:assert/strict";
import { isTinmanError, TinmanError } from "../errors/mod.ts";
import { createMemoryFiles, type Files } from "../files/mod.ts";
import { createFaultyFiles } from "../testing/faulty_files.ts";
import { begin, bytes, override, put, START_NS } from "./_fixture.ts";
import { findings, forms, MS, read, recorded, write } from "./_split.ts";
import { recordingAt } from "./folders.ts";
import { openRecording } from "./recording.ts";

/** What a part has that was written to it: not the values of earlier ones, which are repeated. */
function valuesIn(files: Files, path: string): number[] {
  const { frames, manifest } = read(files, path);
  return frames.filter(({ channel, timeNs }) => channel !== "~events" && timeNs >= manifest.startedNs)
    .map(({ text }) => text.charCodeAt(0));
}

/** The places of the parts, whatever is there. */
const places = (folder: string) =>
  Array.from({ length: 40 }, (_, n) => folder.replace("run", n === 0 ? "run" : `run-${n + 1}`));

for (const folder of forms) {
  Deno.test(`F32 what is kept of ${folder} is the newest, at most one part more than was asked for`, () => {
    const size = (files: Files, path: string) =>
      (files.stat(path)!.kind === "file" ? [path] : files.list(path).map((name) => `${path}/${name}`))
        .reduce((sum, each) => sum + files.stat(each)!.size, 0);
    for (const keep of [{ bytes: 12_000 }, { timeNs: 500n * MS }, { bytes: 9000, timeNs: 400n * MS }]) {
      const parent = `runs/${folder}`;
      const { files, recording, clock } = begin({ folder: parent, id: "R", split: { bytes: 400 }, keep });
      recorded({ files, folder: "runs/other", id: "other", split: { bytes: 400 } });
      recorded({ files, folder: `runs/${folder.replace("run", "run-9")}`, id: "mine" });
      const others = files.list("runs").filter((name) => name !== folder);
      let seen = 0;
      for (let i = 0; i < 200; i++) {
        clock.advanceTo(START_NS + BigInt(i) * 10n * MS);
        write(recording, i);
        const { folders, deleted } = recording.parts!;
        const closed = folders.slice(0, -1);
        seen = Math.max(seen, closed.length);
        if (keep.bytes) assert.ok(closed.reduce((sum, path) => sum + size(files, path), 0) <= keep.bytes);
        if (keep.timeNs && closed[0] && folders.length + deleted > 1) {
          using current = openRecording(files, folders.at(-1)!);
          using oldest = openRecording(files, closed[0]);
          assert.ok(oldest.manifest.endedNs! > current.manifest.startedNs - keep.timeNs);
        }
        for (const path of folders) assert.ok(files.stat(path), path);
      }
      recording.close();
      const { folders, deleted } = recording.parts!;
      assert.ok(seen > 1 && deleted > 5, `${seen} kept, ${deleted} deleted`);
      assert.equal(read(files, folders.at(-1)!).manifest.part!.number > folders.length, true);
      const left = folders.map((path) => path.slice("runs/".length));
      assert.deepEqual(files.list("runs").sort(), [...left, ...others].sort());
      for (const name of others) assert.deepEqual(findings(files, `runs/${name}`), []);
    }
  });

  Deno.test(`F32 a part of ${folder} that cannot be deleted is said once and left, and what others put there stays`, () => {
    const memory = createMemoryFiles();
    const said: string[] = [];
    let refused = 0;
    const remove = (path: string) => {
      if (/^run-3\b/.test(path) && refused++ >= 0) throw new Error("busy");
      memory.remove(path);
    };
    const [split, keep] = [{ bytes: 400 }, { bytes: 2000 }];
    const onUndeleted = (path: string, error: unknown) => void said.push(`${path}: ${(error as Error).message}`);
    const { recording } = begin({ files: override(memory, { remove }), folder, split, keep, onUndeleted });
    for (let i = 0; i < 20; i++) write(recording, i);
    if (folder === "run") put(memory, "run-2/notes.txt", "mine");
    for (let i = 20; i < 200; i++) write(recording, i);
    recording.close();
    const third = folder === "run" ? "run-3" : "run-3.mcap";
    assert.deepEqual([said, refused], [[`${third}: busy`], 1]);
    assert.equal(recording.parts!.folders[0], third);
    assert.equal(memory.stat(folder), undefined);
    assert.deepEqual(memory.list("run-2"), folder === "run" ? ["notes.txt"] : []);
  });

  Deno.test(`F32 a place of ${folder} that is taken is passed over`, () => {
    const files = createMemoryFiles();
    const taken = folder === "run" ? ["run-2", "run-4"] : ["run-2.mcap", "run-4.mcap"];
    for (const path of taken) put(files, folder === "run" ? `${path}/x` : path, "mine");
    const { parts } = recorded({ files, folder, split: { timeNs: 150n * MS } });
    const names = ["", "-3", "-5"].map((n) => folder.replace("run", `run${n}`));
    assert.deepEqual(parts.folders, names);
    assert.deepEqual(names.map((path) => read(files, path).manifest.part!.number), [1, 2, 3]);
  });

  Deno.test(`F32 a disk that ends anywhere leaves parts of ${folder} that can be read`, () => {
    for (const [how, times] of [["broken", 1], ["full", 1], ["broken", Infinity], ["full", Infinity]] as const) {
      let failAt = 0;
      for (let calls = Infinity; failAt <= calls;) {
        failAt++;
        const memory = createMemoryFiles();
        const files = createFaultyFiles(memory, { failAt, how, times, opens: true });
        const taken: number[] = [];
        let closed = false;
        try {
          const { recording } = begin({ files, folder, blockBytes: 300, split: { bytes: 300 }, id: "R" });
          for (let i = 0; i < 30; i++) {
            try {
              recording.channel(i % 10 === 0 ? "map" : "gps", bytes, { latched: i % 10 === 0 })
                .write(new Uint8Array(20).fill(i));
              taken.push(i);
            } catch (error) {
              assert.ok(isTinmanError(error, "WRITE_FAILED"), String(error));
            }
          }
          recording.close();
          closed = true;
        } catch (error) {
          assert.ok(isTinmanError(error, "WRITE_FAILED"), String(error));
        }
        calls = files.calls;
        const where = `call ${failAt}, ${how} ${times}`;
        const parts = places(folder).filter((path) => recordingAt(memory, path)?.part !== undefined);
        for (const path of parts) {
          assert.deepEqual(
            findings(memory, path).filter(({ severity }) => severity === "error"),
            [],
            `${path}, ${where}`,
          );
        }
        const values = parts.flatMap((path) => valuesIn(memory, path));
        assert.deepEqual(values, [...new Set(values)].sort((a, b) => a - b), `${where}: in order, once each`);
        for (const i of values) assert.ok(taken.includes(i), `${where}: ${i} was refused`);
        if (closed) assert.deepEqual(values, taken, where);
      }
      assert.ok(failAt > 30, "it did something");
    }
  });

  Deno.test(`F32 a part of ${folder} that the full disk has no room for is an error, and goes on when there is room`, () => {
    const memory = createMemoryFiles();
    let isFull = false;
    const open: Files["open"] = (path, mode) => {
      if (isFull && mode === "create") {
        throw new TinmanError("WRITE_FAILED", `Cannot write ${path}: the disk is full`, { path });
      }
      return memory.open(path, mode);
    };
    const { recording } = begin({ files: override(memory, { open }), folder, split: { bytes: 400 }, id: "R" });
    const gps = recording.channel("gps", bytes);
    for (let i = 0; i < 12; i++) gps.write(new Uint8Array(20).fill(i));
    isFull = true;
    let refused = 0;
    for (let i = 12; i < 24; i++) {
      try {
        gps.write(new Uint8Array(20).fill(i));
      } catch (error) {
        assert.ok(isTinmanError(error, "WRITE_FAILED"));
        refused++;
      }
    }
    const before = recording.parts!.folders;
    for (const path of before) {
      assert.deepEqual(findings(memory, path).filter(({ severity }) => severity === "error"), []);
    }
    assert.deepEqual(memory.stat(folder.replace("run", `run-${before.length + 1}`)), undefined);
    isFull = false;
    gps.write(new Uint8Array(20).fill(99));
    recording.close();
    assert.ok(refused > 0);
    assert.equal(recording.parts!.folders.length, before.length + 1);
    assert.equal(read(memory, recording.parts!.folders.at(-1)!).manifest.clean, true);
  });

  Deno.test(`F32 a part of ${folder} that was taken away is not looked for, and what is in its place stays`, () => {
    const { files, recording } = begin({ folder, id: "R", split: { bytes: 400 }, keep: { bytes: 20_000 } });
    for (let i = 0; i < 30; i++) write(recording, i);
    const { folders: [first, second], deleted } = recording.parts!;
    assert.ok(deleted === 0 && second !== undefined);
    files.remove(first!);
    recorded({ files, folder: first!, id: "other" });
    for (let i = 30; i < 400; i++) write(recording, i);
    recording.close();
    assert.ok(recording.parts!.deleted > 5);
    assert.deepEqual([read(files, first!).manifest.id, findings(files, first!)], ["other", []]);
    const last = read(files, recording.parts!.folders.at(-1)!).manifest.part!.number;
    assert.equal(recording.parts!.deleted + recording.parts!.folders.length, last - 1);
  });
}
