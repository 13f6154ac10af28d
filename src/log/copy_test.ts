import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../errors/mod.ts";
import { createMemoryFiles, type Files } from "../files/mod.ts";
import { createFaultyFiles } from "../testing/faulty_files.ts";
import { begin, bytes, flip, put, readAll, registry, START_NS, text } from "./_fixture.ts";
import { copyRecording } from "./copy.ts";
import type { CopyOptions } from "./copy_options.ts";
import { openRecording, type Recording } from "./recording.ts";
import { verifyRecording } from "./verify.ts";

const forms = [["a", "b"], ["a", "b.mcap"], ["a.mcap", "b"], ["a.mcap", "b.mcap"]] as const;

/** `a` latched, `b`, an event and a journal; the time goes on by 1 ms a frame. */
function recorded(folder: string, { files = createMemoryFiles(), frames = 100 } = {}): Files {
  const { recording, clock } = begin({ files, folder, blockBytes: 400, seed: "s", graph: { nodes: ["n"] }, tool: "t" });
  const [a, b] = [recording.channel("a", text, { latched: true }), recording.channel("b", bytes)];
  for (let i = 0; i < frames; i++) {
    clock.advanceTo(START_NS + BigInt(i) * 1_000_000n);
    if (i % 10 === 0) a.write(`a number ${i}`);
    else b.write(new Uint8Array(i));
    if (i === 50) recording.note("gap", { channel: "b", frames: 3, why: "full" });
  }
  recording.channel("~journal", bytes).write(Uint8Array.of(1));
  recording.close();
  return files;
}

const copy = (files: Files, from: string | readonly string[], options: CopyOptions) =>
  copyRecording(files, [from].flat().map((path) => ({ path })), options);

/** All that a recording holds, in a form that can be compared. */
function contentOf(recording: Recording) {
  const { manifest: { channels: _, ...manifest } } = recording;
  const channels = [...recording.channels, ...recording.reservedChannels]
    .map(({ name, codec, latched, frames, drops, firstNs, lastNs }) => {
      return { name, codec: codec && { ...codec }, latched, frames, drops, firstNs, lastNs };
    });
  const frames = Array.from(recording.frames({ reserved: true }), ({ channel, index, timeNs, data }) => {
    return [channel, index, timeNs, data.toHex()];
  });
  return { manifest, channels, frames };
}

/** What is wrong; frames that were never recorded are not. */
function findings(files: Files, path: string) {
  return verifyRecording(files, path).findings.filter(({ severity }) => severity !== "info");
}

function read(files: Files, path: string) {
  using recording = openRecording(files, path, { registry });
  return contentOf(recording);
}

for (const [from, to] of forms) {
  Deno.test(`F30 a copy of ${from} to ${to} is the same recording`, async () => {
    const files = recorded(from);
    const report = await copy(files, from, { to });
    assert.deepEqual(report.channels.map(({ name, frames }) => [name, frames]), [["a", 10], ["b", 90]]);
    assert.deepEqual(read(files, to), read(files, from));
    assert.deepEqual(findings(files, to), []);
  });
}

Deno.test("F30 any recording is the same after it went through both forms", async () => {
  const frame = fc.record({
    channel: fc.constantFrom("a", "../b", "ä/ö", "A"),
    gapNs: fc.nat({ max: 5 }),
    data: fc.uint8Array({ maxLength: 300 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { maxLength: 60 }), async (frames) => {
      const { files, recording, clock } = begin({ blockBytes: 300 });
      for (const { channel, gapNs, data } of frames) {
        clock.advanceTo(clock.now() + BigInt(gapNs));
        recording.channel(channel, bytes, { latched: channel === "A" }).write(data);
      }
      recording.close();
      await copy(files, "run", { to: "one.mcap" });
      await copy(files, "one.mcap", { to: "two" });
      assert.deepEqual(read(files, "one.mcap"), read(files, "run"));
      assert.deepEqual(read(files, "two"), read(files, "run"));
      await copy(files, "run", { to: "three" });
      for (const name of files.list("run").filter((each) => each.endsWith(".blog"))) {
        assert.deepEqual(readAll(files, `three/${name}`), readAll(files, `run/${name}`));
      }
    }),
    { numRuns: 40 },
  );
});

for (const [from, to] of forms) {
  Deno.test(`F30 a part of ${from} in ${to} has the frames of the range, and latched channels their last value before it`, async () => {
    const files = recorded(from);
    const [fromNs, toNs] = [START_NS + 25_000_000n, START_NS + 60_000_000n];
    await copy(files, from, { to, fromNs, toNs });
    using whole = openRecording(files, from);
    using part = openRecording(files, to);
    const times = (recording: Recording, options = {}) =>
      Array.from(recording.frames(options), ({ channel, timeNs, data }) => [channel, timeNs, data.toHex()]);
    assert.deepEqual(times(part), times(whole, { fromNs, toNs, latched: true }));
    assert.equal([...part.frames()][0]!.timeNs, START_NS + 20_000_000n);
    const { startedNs, endedNs, id, seed, clean, graph } = part.manifest;
    assert.deepEqual([startedNs, endedNs, id, seed, clean], [fromNs, toNs, `${whole.id}-part`, "s", true]);
    assert.deepEqual(graph, { nodes: ["n"] });
    // What is about the whole run is not in a part of it; gaps are those of its time.
    assert.deepEqual(part.reservedChannels.map(({ name }) => name), ["~events"]);
    assert.deepEqual(part.channels.map(({ name, drops }) => [name, drops]), [["a", 0], ["b", 3]]);
    assert.deepEqual(findings(files, to), []);
  });
}

Deno.test("F30 a copy of some channels has the whole time of them, and what the run observed", async () => {
  const files = recorded("a");
  await copy(files, "a", { to: "b", channels: ["a"] });
  using part = openRecording(files, "b");
  assert.deepEqual(part.channels.map(({ name, frames, latched }) => [name, frames, latched]), [["a", 10, true]]);
  assert.deepEqual(part.reservedChannels.map(({ name }) => name), ["~events", "~journal"]);
  await assert.rejects(
    copy(files, "a", { to: "c", channels: ["aa"] }),
    (error) => isTinmanError(error, "NOT_FOUND") && /did you mean "a"/.test(error.hint!),
  );
  assert.equal(files.stat("c"), undefined);
});

Deno.test("F30 a renamed channel is renamed in its header and in what happened to it", async () => {
  const files = recorded("a");
  await copyRecording(files, [{ path: "a", rename: { b: "c" } }], { to: "b" });
  using part = openRecording(files, "b", { registry });
  assert.deepEqual(part.channels.map(({ name }) => name), ["a", "c"]);
  const [event] = [...part.frames({ channels: ["~events"] })];
  assert.equal(JSON.parse(text.decode(event!.data)).channel, "c");
  files.remove("b/recording.json");
  using again = openRecording(files, "b");
  assert.deepEqual(again.channels.map(({ name }) => name), ["a", "c"]);
  for (const rename of [{ b: "~x" }, { b: "" }, { "~journal": "x" }]) {
    const from = [{ path: "a", rename: rename as Record<string, string> }];
    await assert.rejects(copyRecording(files, from, { to: "d" }), (error) => isTinmanError(error, "CONFIG"));
  }
  const nowhere = copyRecording(files, [{ path: "a", rename: { x: "y" } }], { to: "d" });
  await assert.rejects(nowhere, (error) => isTinmanError(error, "NOT_FOUND"));
});

Deno.test("F30 several recordings are merged by time, equal times in the order in which they are named", async () => {
  const files = createMemoryFiles();
  for (const [folder, values] of [["one", "acd"], ["two.mcap", "bde"]] as const) {
    const { recording, clock } = begin({ files, folder });
    for (const value of values) {
      clock.advanceTo(START_NS + BigInt(value.charCodeAt(0)));
      recording.channel("x", text).write(`${value} of ${folder}`);
    }
    recording.note("stop");
    recording.note("gap", { channel: "x", frames: 1 });
    recording.close();
  }
  for (const to of ["both", "both.mcap"]) {
    // Both have a frame of "d" at one time; the second goes where "e" was, and that one behind it.
    assert.equal((await copy(files, ["one", "two.mcap"], { to })).moved, 2);
    using both = openRecording(files, to, { registry });
    assert.deepEqual(Array.from(both.values("x"), ({ value }) => value), [
      "a of one",
      "b of two.mcap",
      "c of one",
      "d of one",
      "d of two.mcap",
      "e of two.mcap",
    ]);
    // A stop of one of them would stop the replay of both.
    const events = Array.from(both.frames({ channels: ["~events"] }), ({ data }) => JSON.parse(text.decode(data)).kind);
    assert.deepEqual(events, ["gap", "gap"]);
    assert.deepEqual([both.manifest.graph, both.manifest.seed, both.manifest.clean], [undefined, undefined, true]);
    assert.deepEqual(findings(files, to), []);
  }
  await assert.rejects(copy(files, ["one", "one"], { to: "twice" }), /Cannot copy one twice/);
});

Deno.test("F30 channels of one name and of two codecs are not put together, unless one is renamed", async () => {
  const files = createMemoryFiles();
  for (const [folder, codec] of [["one", text], ["two", bytes]] as const) {
    const { recording } = begin({ files, folder });
    recording.channel("x", codec as typeof text).write(codec === text ? "x" : new Uint8Array(1) as unknown as string);
    recording.close();
  }
  await assert.rejects(copy(files, ["one", "two"], { to: "both" }), (error) => {
    return isTinmanError(error, "CONFIG") && /one is text, the other bytes/.test(error.message) &&
      error.hint === "--rename 2:x=x-2 keeps both";
  });
  assert.equal(files.stat("both"), undefined);
  await copyRecording(files, [{ path: "one" }, { path: "two", rename: { x: "x-2" } }], { to: "both" });
  using both = openRecording(files, "both");
  assert.deepEqual(both.channels.map(({ name }) => name), ["x", "x-2"]);
});

Deno.test("F30 what is at the place already stays as it is", async () => {
  const files = recorded("a");
  put(files, "b.mcap", "mine");
  for (const to of ["a", "b.mcap"]) {
    await assert.rejects(copy(files, "a", { to }), (error) => isTinmanError(error, "EXISTS"));
  }
  assert.equal(text.decode(readAll(files, "b.mcap")), "mine");
  assert.equal(verifyRecording(files, "a").ok, true);
});

Deno.test("F30 damage in the source is CORRUPT_LOG, and nothing is left of the copy", async () => {
  for (const to of ["b", "b.mcap"]) {
    const files = recorded("a");
    flip(files, "a/b.blog", 1500);
    await assert.rejects(copy(files, "a", { to }), (error) => {
      return isTinmanError(error, "CORRUPT_LOG") && /log recover/.test(error.hint!);
    });
    assert.equal(files.stat(to), undefined);
  }
});

Deno.test("F30 a channel whose file is gone or shorter than it was is CORRUPT_LOG, and others can be copied", async () => {
  for (const length of [undefined, 2000]) {
    const files = recorded("a");
    const whole = readAll(files, "a/b.blog");
    files.remove("a/b.blog");
    if (length !== undefined) put(files, "a/b.blog", whole.subarray(0, length));
    await assert.rejects(copy(files, "a", { to: "b" }), (error) => {
      return isTinmanError(error, "CORRUPT_LOG") && /channel "b": /.test(error.message);
    });
    assert.equal(files.stat("b"), undefined);
    await copy(files, "a", { to: "b", channels: ["a"] });
    assert.deepEqual(findings(files, "b"), []);
  }
});

Deno.test("F30 a copy of a recording that was cut off does not say that it was ended in good order", async () => {
  const files = recorded("a");
  const tail = readAll(files, "a/b.blog");
  files.remove("a/recording.json");
  put(files, "a/b.blog", tail.subarray(0, tail.length - 3));
  for (const to of ["b", "b.mcap"]) {
    await copy(files, "a", { to });
    using log = openRecording(files, to);
    assert.deepEqual([log.manifest.clean, log.manifest.endedNs], [false, undefined]);
    assert.equal(log.channels.find(({ name }) => name === "b")!.frames, 89);
  }
});

Deno.test("F30 a copy that is stopped, or that the disk refuses, leaves nothing", async () => {
  for (const to of ["new/b", "new/b.mcap"]) {
    const files = recorded("a", { frames: 20 });
    const stop = new AbortController();
    const big = createMemoryFiles();
    const { recording } = begin({ files: big, folder: "a" });
    for (let i = 0; i < 20_000; i++) recording.channel("x", bytes).write(new Uint8Array(1));
    recording.close();
    const onProgress = () => stop.abort(new Error("enough"));
    await assert.rejects(copy(big, "a", { to, signal: stop.signal, onProgress }), /enough/);
    assert.equal(big.stat(to), undefined);
    let failures = 0;
    for (let failAt = 1;; failAt++) {
      const faulty = createFaultyFiles(files, { failAt, how: "full", opens: true });
      try {
        await copy(faulty, "a", { to });
        break;
      } catch (error) {
        assert.ok(isTinmanError(error, "WRITE_FAILED"), String(error));
        assert.equal(files.stat(to), undefined, `failed at ${failAt}`);
        failures++;
      }
    }
    assert.ok(failures > 2);
    assert.equal(verifyRecording(files, to).ok, true);
  }
});
