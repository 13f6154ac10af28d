import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { createMemoryFiles } from "../files/mod.ts";
import { begin, bytes, plain, put, readAll, registry, START_NS, text } from "./_fixture.ts";
import { newRecordingFolder } from "./folders.ts";
import { openRecording } from "./recording.ts";
import { createRecording } from "./recording_writer.ts";
import { Stamper } from "./stamper.ts";

Deno.test("F2 times are strictly increasing over all channels of a recording, though the clock stands still", () => {
  const { files, clock, recording } = begin();
  const [a, b] = [recording.channel("a", text), recording.channel("b", text)];
  a.write("1");
  b.write("2");
  clock.advanceTo(START_NS + 1000n);
  a.write("3");
  a.write("4");
  recording.close();
  using log = openRecording(files, "run");
  assert.deepEqual(plain(log.frames()).map(({ text, timeNs }) => [text, timeNs - START_NS]), [
    ["1", 0n],
    ["2", 1n],
    ["3", 1000n],
    ["4", 1001n],
  ]);
});

Deno.test("F2 a stamp carries over from the lower half of a time to the upper", () => {
  const files = createMemoryFiles();
  const originNs = 0x1_ffff_fff0n;
  let elapsed = 0;
  const clock = {
    ...begin().clock,
    originNs,
    elapsedNs: () => elapsed,
    now: () => originNs + BigInt(elapsed),
  } as never;
  const recording = createRecording(files, "run", { clock });
  const channel = recording.channel("a", text);
  const steps = [0, 15, 16, 17, 2 ** 32, 2 ** 33 + 15, 2 ** 52];
  for (elapsed of steps) channel.write("x");
  recording.close();
  using log = openRecording(files, "run");
  assert.deepEqual(plain(log.frames()).map(({ timeNs }) => Number(timeNs - originNs)), steps);
});

Deno.test("F2 stamps are strictly increasing after 104 days too, when a number has no next nanosecond", () => {
  const clock = { ...begin().clock, originNs: START_NS, elapsedNs: () => 2 ** 53 + 2, now: () => START_NS };
  const stamper = new Stamper(clock as never, START_NS);
  const stamps = Array.from({ length: 100 }, () => stamper.next());
  assert.equal(new Set(stamps).size, 100);
});

Deno.test("F18 a second recording into one folder is EXISTS; below one parent each gets a folder of its own", () => {
  const files = createMemoryFiles();
  const nowNs = 1_795_219_199_000_000_000n;
  const folders = [1, 2, 3].map((n) => {
    const folder = newRecordingFolder(files, "runs", { nowNs });
    const { recording } = begin({ files, folder });
    recording.channel("a", text).write(`run ${n}`);
    recording.close();
    return folder;
  });
  assert.deepEqual(folders, ["", "-2", "-3"].map((end) => `runs/2026-11-20T23-59-59Z${end}`));
  assert.throws(() => begin({ files, folder: folders[0]! }), (error) => isTinmanError(error, "EXISTS"));
  folders.forEach((folder, i) => {
    using log = openRecording(files, folder);
    assert.deepEqual(plain(log.frames()).map(({ text }) => text), [`run ${i + 1}`]);
  });
  put(files, "python/a.blog", new Uint8Array(0));
  assert.throws(() => begin({ files, folder: "python" }), (error) => isTinmanError(error, "EXISTS"));
});

Deno.test("F18 newRecordingFolder() takes a name, and keeps it inside the parent", () => {
  const files = createMemoryFiles();
  assert.equal(newRecordingFolder(files, "runs", { nowNs: 0n, name: "../../x" }), "runs/%2E.%2F..%2Fx");
});

Deno.test("F15 channels whose names lead out, are long or differ by case alone have a log each", () => {
  const { files, recording } = begin();
  const names = ["../esc", "/abs", "x".repeat(5000), "Gps", "gps", "GPS", "", "a b", "con", "日本"];
  for (const name of names) recording.channel(name, text).write(name);
  recording.close();
  assert.ok(files.list("run").length === 2 * names.length + 1 && files.list(".").length === 0);
  assert.equal(new Set(files.list("run").map((name) => name.toLowerCase())).size, 2 * names.length + 1);
  using log = openRecording(files, "run", { registry });
  for (const name of names) assert.deepEqual([...log.values(name)].map(({ value }) => value), [name]);
});

Deno.test("channel() gives the same writer for the same codec, and is EXISTS for another", () => {
  const { recording } = begin();
  assert.equal(recording.channel("a", text), recording.channel("a", text));
  assert.throws(() => recording.channel("a", bytes), (error) => isTinmanError(error, "EXISTS"));
  recording.close();
});

Deno.test("close() may be called twice; after it everything is CLOSED", () => {
  const { recording } = begin();
  const channel = recording.channel("a", text);
  channel.write("x");
  recording.close();
  recording.close();
  recording[Symbol.dispose]();
  recording.flush();
  const closed = (error: unknown) => isTinmanError(error, "CLOSED");
  assert.throws(() => channel.write("y"), closed);
  assert.throws(() => recording.channel("b", text), closed);
  assert.throws(() => recording.note("x"), closed);
  assert.deepEqual(recording.stats(), [{ name: "a", frames: 1, bytes: 1, drops: 0 }]);
});

Deno.test("F20 what was written reaches the file within flushEveryMs when there is a timer", async () => {
  const { clock } = begin();
  let before = 0;
  const { files, recording } = begin({ timer: clock, flushEveryMs: 100, beforeFlush: () => before++ });
  recording.channel("a", text).write("x");
  assert.equal(readAll(files, "run/a.blog").length, 0);
  clock.fireNext();
  await Promise.resolve();
  await Promise.resolve();
  assert.ok(readAll(files, "run/a.blog").length > 0);
  assert.equal(before, 1);
  recording.close();
  assert.equal(clock.pending, 0);
});

Deno.test("F16 recording.json says what was recorded, and whether it was ended", () => {
  const { files, recording, clock } = begin({ id: "R1", tool: "tinman 0.1.0", seed: "s", graph: { nodes: [1n] } });
  recording.channel("a", text).write("x");
  recording.channel("~own", text, { latched: true });
  recording.flush();
  const json = () => JSON.parse(new TextDecoder().decode(readAll(files, "run/recording.json")));
  assert.deepEqual([json().clean, json().endedNs, json().channels.length], [false, undefined, 2]);
  clock.advanceTo(START_NS + 7n);
  recording.close();
  const { channels, crc32: _, ...rest } = json();
  assert.deepEqual(rest, {
    tinman: 1,
    tool: "tinman 0.1.0",
    id: "R1",
    startedNs: `${START_NS}`,
    endedNs: `${START_NS + 7n}`,
    clean: true,
    seed: "s",
    graph: { nodes: ["1"] },
  });
  assert.deepEqual(channels.map(({ header: _, ...each }: { header: string }) => each), [
    { name: "a", file: "a.blog", codec: "text", frames: 1 },
    { name: "~own", file: "%7Eown.blog", codec: "text", latched: true, frames: 0 },
  ]);
});

Deno.test("F19 frames that a full disk did not take are a gap in ~events and a number in recording.json", () => {
  const files = createMemoryFiles({ diskBytes: 9000 });
  files.replace("ballast", new Uint8Array(6000));
  const { recording } = begin({ files, blockBytes: 512 });
  const channel = recording.channel("a", bytes);
  let refused = 0;
  for (let i = 0; i < 120; i++) {
    if (i === 80) files.remove("ballast");
    try {
      channel.write(new Uint8Array(30));
    } catch (error) {
      assert.ok(isTinmanError(error, "WRITE_FAILED"));
      refused++;
    }
  }
  recording.close();
  assert.ok(refused > 0 && refused < 80);
  using log = openRecording(files, "run", { registry });
  const [info] = log.channels;
  assert.deepEqual([info!.frames, info!.drops, channel.drops], [120 - refused, refused, refused]);
  const events = Array.from(log.frames({ channels: ["~events"] }), ({ data }) => JSON.parse(text.decode(data)));
  assert.deepEqual(events.map(({ kind, channel, frames }) => ({ kind, channel, frames })), [
    { kind: "gap", channel: "a", frames: refused },
  ]);
  assert.match(events[0].why, /disk/);
});

Deno.test("F12 close() on a full disk throws WRITE_FAILED, and the recording opens and tells what it has", () => {
  const files = createMemoryFiles({ diskBytes: 2200 });
  const { recording } = begin({ files });
  const channel = recording.channel("a", bytes);
  for (let i = 0; i < 100; i++) channel.write(new Uint8Array(30));
  assert.throws(() => recording.close(), (error) => isTinmanError(error, "WRITE_FAILED"));
  assert.equal(channel.frames + channel.drops, 100);
  using log = openRecording(files, "run");
  assert.equal([...log.frames()].length, channel.frames);
  assert.equal(log.manifest.clean, false);
});

Deno.test("writeBytes() with a time of its own serves copies, and the stamps that follow are behind it", () => {
  const { files, recording } = begin({ startedNs: 100n });
  const channel = recording.channel("a", text);
  channel.writeBytes(text.encode("old"), 200n);
  assert.throws(() => channel.writeBytes(text.encode("older"), 150n), RangeError);
  channel.write("new");
  recording.close();
  using log = openRecording(files, "run");
  assert.deepEqual(plain(log.frames()).map(({ text, timeNs }) => [text, timeNs]), [["old", 200n], ["new", START_NS]]);
});

Deno.test("F19 a value that does not fit its codec is a CODEC error that names the channel, and counts as dropped", () => {
  const { recording, files } = begin();
  const channel = recording.channel("a/b", text);
  channel.write("x");
  assert.throws(() => channel.write(Symbol("y") as never), (error) => {
    assert.ok(isTinmanError(error, "CODEC"));
    assert.match(error.message, /^Cannot write frame 1 of channel "a\/b": /);
    assert.deepEqual([error.details.channel, error.details.frame], ["a/b", 1]);
    return true;
  });
  channel.write("z");
  recording.close();
  using log = openRecording(files, "run", { registry });
  assert.deepEqual(log.channels.map(({ frames, drops }) => [frames, drops]), [[2, 1]]);
});

for (const path of ["run", "run.mcap"]) {
  Deno.test(`${path}: a clock before 1970 is refused before anything is made, and a frame before 1970 leaves a whole recording`, () => {
    const files = createMemoryFiles();
    const clock = new VirtualClock(-1n);
    assert.throws(
      () => createRecording(files, path, { clock }),
      (error) => isTinmanError(error, "CONFIG") && /clock says a time before 1970/.test(error.message),
    );
    assert.equal(files.stat(path), undefined);
    const { recording } = begin({ files, folder: path });
    const channel = recording.channel("a", text);
    assert.throws(() => channel.writeBytes(new Uint8Array(1), -1n), /Cannot write a frame with time -1/);
    channel.write("after");
    recording.close();
    using log = openRecording(files, path);
    assert.deepEqual(log.problems, []);
    assert.deepEqual(plain(log.frames()).map(({ text }) => text), ["after"]);
  });
}
