// Goal: what only the MCAP form of a recording has to keep. Method: files in memory, small chunks, disks that fill up.
import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { createMemoryFiles } from "../files/mod.ts";
import { begin, bytes, limited, plain, readAll, registry, START_NS, text } from "./_fixture.ts";
import { createRecording, listRecordings, newRecordingFolder, openRecording, verifyRecording } from "./mod.ts";

const path = "run.mcap";

Deno.test("F24 createRecording() makes the folder around the file, and one file", () => {
  const { files, recording } = begin({ folder: "a/b/run.mcap" });
  recording.channel("a", text).write("1");
  recording.close();
  assert.deepEqual(files.list("a/b"), ["run.mcap"]);
  assert.deepEqual(plain(openRecording(files, "a/b").frames()).map(({ text }) => text), ["1"]);
});

Deno.test("F24 newRecordingFolder() puts the number in front of .mcap, and takes a folder of that name for a folder", () => {
  const files = createMemoryFiles();
  const next = (parent: string, name?: string) =>
    newRecordingFolder(files, parent, { nowNs: 0n, ...(name && { name }) });
  assert.equal(next("runs/run.mcap"), "runs/run.mcap");
  files.replace("runs/run.mcap", new Uint8Array(0));
  assert.equal(next("runs/run.mcap"), "runs/run-2.mcap");
  files.replace("runs/run-2.mcap", new Uint8Array(0));
  assert.equal(next("runs/run.mcap"), "runs/run-3.mcap");
  assert.equal(next("runs", "run.mcap"), "runs/run-3.mcap");
  assert.equal(next("runs", "a/b.mcap"), "runs/a%2Fb.mcap");
  files.makeFolder("old.mcap");
  assert.equal(next("old.mcap"), "old.mcap/1970-01-01T00-00-00Z");
});

Deno.test("F24 listRecordings() has files among folders, by time, also those that are torn or no MCAP at all", () => {
  const files = createMemoryFiles();
  for (const [i, name] of ["b.mcap", "a", "c.mcap"].entries()) {
    const clock = new VirtualClock(START_NS + BigInt(i));
    using recording = createRecording(files, `runs/${name}`, { clock, id: name });
    recording.channel("x", text).write("1");
  }
  const torn = readAll(files, "runs/b.mcap");
  files.replace("runs/torn.mcap", torn.subarray(0, torn.length - 50));
  files.replace("runs/none.mcap", new Uint8Array(100));
  const listed = listRecordings(files, "runs").map(({ name, id, frames, clean }) => [name, id, frames, clean]);
  assert.deepEqual(listed, [
    ["none.mcap", undefined, undefined, false],
    ["b.mcap", "b.mcap", 1, true],
    ["torn.mcap", "b.mcap", 1, true],
    ["a", "a", 1, true],
    ["c.mcap", "c.mcap", 1, true],
  ]);
  assert.equal(openRecording(files, "runs").id, "c.mcap");
  assert.throws(() => openRecording(files, "runs/none.mcap"), (error) => isTinmanError(error, "FOREIGN_LOG"));
});

Deno.test("F25 a chunk is ended when it is full, by a flush, and around a payload that is as long as itself", () => {
  const { files, recording } = begin({ folder: path, blockBytes: 1000 });
  const a = recording.channel("a", bytes);
  const size = () => files.stat(path)!.size;
  const begun = size();
  for (let i = 0; i < 7; i++) a.write(new Uint8Array(100)); // 917 bytes with what stands in front of each
  assert.equal(size(), begun);
  a.write(new Uint8Array(100));
  assert.ok(size() > begun + 900);
  recording.drain();
  const drained = size();
  recording.drain();
  assert.equal(size(), drained);
  a.write(new Uint8Array(5000));
  assert.ok(size() > drained + 5000);
  recording.close();
  assert.equal(verifyRecording(files, path).totals.blocks, 3);
});

Deno.test("F12 a full disk is an error of the call that needs it; what was taken before is written when there is room", () => {
  const disk = { free: Infinity };
  const files = limited(disk);
  const { recording } = begin({ files, folder: path, blockBytes: 400 });
  const a = recording.channel("a", text);
  for (let i = 0; i < 4; i++) a.write(`${i}`.repeat(60));
  disk.free = 100;
  assert.throws(() => a.write("4".repeat(60)), (error) => isTinmanError(error, "WRITE_FAILED"));
  assert.throws(() => recording.drain(), (error) => isTinmanError(error, "WRITE_FAILED"));
  using torn = openRecording(files, path);
  assert.deepEqual([torn.problems, [...torn.frames()].length], [["the recording was not ended in good order"], 0]);
  disk.free = Infinity;
  a.write("5".repeat(60));
  recording.close();
  using read = openRecording(files, path);
  assert.deepEqual(plain(read.frames()).map(({ text }) => text[0]), ["0", "1", "2", "3", "5"]);
  assert.deepEqual([read.channels[0]!.drops, read.manifest.clean], [1, true]);
  const [gap] = plain(read.frames({ channels: ["~events"] }));
  assert.match(gap!.text, /"kind":"gap","channel":"a","frames":1/);
});

Deno.test("F12 close() on a full disk counts what it lost, and the file opens with all that was written before", () => {
  const disk = { free: Infinity };
  const files = limited(disk);
  const { recording } = begin({ files, folder: path });
  const [a, b] = [recording.channel("a", text), recording.channel("b", text)];
  a.write("1");
  b.write("2");
  recording.drain();
  a.write("lost");
  b.write("lost too");
  b.write("and this");
  disk.free = 10;
  assert.throws(() => recording.close(), (error) => isTinmanError(error, "WRITE_FAILED"));
  assert.deepEqual([a.frames, a.drops, b.frames, b.drops], [1, 1, 1, 2]);
  using read = openRecording(files, path);
  assert.deepEqual(plain(read.frames()).map(({ text }) => text), ["1", "2"]);
  assert.equal(read.manifest.clean, false);
});

Deno.test("F12 a disk without room for the first bytes leaves no file", () => {
  const files = limited({ free: 20 });
  assert.throws(() => begin({ files, folder: path }), (error) => isTinmanError(error, "WRITE_FAILED"));
  assert.equal(files.stat(path), undefined);
});

Deno.test('F20 sync "always" has each frame on the disk when write() returns, as a chunk of its own', () => {
  const { files, recording } = begin({ folder: path, sync: "always" });
  const a = recording.channel("a", text);
  for (let i = 0; i < 3; i++) {
    a.write(`${i}`);
    using read = openRecording(files, path);
    assert.equal(plain(read.frames()).at(-1)!.text, `${i}`);
  }
  recording.close();
  assert.equal(verifyRecording(files, path).totals.blocks, 3);
});

Deno.test("F26 zeros behind the last whole record, and a last chunk without its last bytes, are a torn tail", () => {
  const { files, recording } = begin({ folder: path });
  const a = recording.channel("a", text);
  a.write("1");
  recording.drain();
  const first = readAll(files, path).length;
  a.write("2");
  recording.drain();
  const content = readAll(files, path);
  recording.close();
  files.replace(path, Uint8Array.from([...content, ...new Array(500).fill(0)]));
  {
    using read = openRecording(files, path, { registry });
    assert.match(
      read.problems.join(),
      /the last 500 bytes are left out: behind 2 whole frames its file goes on with zeros/,
    );
  }
  // The length of the file reached the disk, its last bytes did not.
  const chunkEnd = first + 49 + 31 + 1;
  files.replace(path, Uint8Array.from([...content.subarray(0, chunkEnd - 20), ...new Array(20).fill(0)]));
  using read = openRecording(files, path, { registry });
  assert.deepEqual(plain(read.frames()).map(({ text }) => text), ["1"]);
  assert.match(read.problems.join(), /behind 1 whole frames its file ends with a chunk that is not whole/);
  assert.equal(verifyRecording(files, path).ok, true);
});

Deno.test("F27 a chunk that is damaged is CORRUPT_LOG after all frames in front of it; the others can be read", () => {
  const { files, recording } = begin({ folder: path, blockBytes: 400 });
  const a = recording.channel("a", text);
  for (let i = 0; i < 30; i++) a.write(`${i}`.padStart(60));
  recording.close();
  const content = readAll(files, path);
  content[content.length >> 1]! ^= 1;
  files.replace(path, content);
  using read = openRecording(files, path);
  const seen: number[] = [];
  assert.throws(() => {
    for (const { text } of plain(read.frames())) seen.push(Number(text));
  }, (error) => isTinmanError(error, "CORRUPT_LOG"));
  for (const frame of read.frames({ toNs: START_NS + 8n })) seen.push(Number(text.decode(frame.data)));
  assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.equal([...read.frames({ fromNs: START_NS + 24n })].length, 6);
  const { ok, totals } = verifyRecording(files, path);
  assert.deepEqual([ok, totals.damagedBlocks, totals.damagedFrames + totals.frames], [false, 1, 30]);
});
