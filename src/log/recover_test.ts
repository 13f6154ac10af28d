import assert from "node:assert/strict";
import { isTinmanError } from "../errors/mod.ts";
import { createMemoryFiles, type Files } from "../files/mod.ts";
import { begin, bytes, flip, plain, put, rawLog, readAll, registry, text } from "./_fixture.ts";
import { openRecording } from "./recording.ts";
import { recoverRecording } from "./recover.ts";

function recorded() {
  const { files, recording } = begin({ blockBytes: 400, seed: "s" });
  const [a, b] = [recording.channel("a", text, { latched: true }), recording.channel("b", bytes)];
  for (let i = 0; i < 100; i++) {
    a.write(`a number ${i}`);
    if (i % 2 === 0) b.write(new Uint8Array(i));
  }
  recording.close();
  return files;
}

function snapshot(files: Files): string[] {
  return files.list("run").map((name) => `${name} ${readAll(files, `run/${name}`).toHex()}`);
}

function events(files: Files): Record<string, unknown>[] {
  using log = openRecording(files, "new");
  return Array.from(log.frames({ channels: ["~events"] }), ({ data }) => JSON.parse(text.decode(data)));
}

Deno.test("F22 recoverRecording() of a whole recording is a whole copy", () => {
  const files = recorded();
  const before = snapshot(files);
  const { verify, channels } = recoverRecording(files, "run", "new");
  assert.deepEqual(verify.findings, []);
  assert.deepEqual(channels.map(({ name, frames, lostFrames }) => [name, frames, lostFrames]), [["a", 100, 0], [
    "b",
    50,
    0,
  ]]);
  for (const name of ["a.blog", "b.blog"]) {
    assert.deepEqual(readAll(files, `new/${name}`), readAll(files, `run/${name}`));
  }
  assert.deepEqual(snapshot(files), before);
  assert.throws(() => recoverRecording(files, "run", "new"), (error) => isTinmanError(error, "EXISTS"));
  assert.throws(() => recoverRecording(files, "run", "run"), (error) => isTinmanError(error, "EXISTS"));
});

Deno.test("F22 recoverRecording() leaves damaged blocks out, counts them and notes them as gaps", () => {
  const files = recorded();
  flip(files, "run/a.blog", 1000);
  flip(files, "run/a.blog", 2000);
  const before = snapshot(files);
  const { verify, channels: [a, b] } = recoverRecording(files, "run", "new");
  assert.deepEqual(verify.findings.map(({ severity, channel }) => [severity, channel]), [["info", "a"]]);
  assert.equal(a!.damagedBlocks, 2);
  assert.ok(a!.lostFrames > 0 && a!.frames + a!.lostFrames === 100);
  assert.equal(b!.frames, 50);
  assert.deepEqual(events(files), [{
    kind: "gap",
    channel: "a",
    frames: a!.lostFrames,
    cutBytes: 0,
    why: "2 damaged blocks were left out",
  }]);
  assert.deepEqual(snapshot(files), before);
});

Deno.test("F22 with keepDamaged what still has the form of frames is kept", () => {
  const files = recorded();
  const before = plain(openRecording(files, "run").frames({ channels: ["a"] }));
  flip(files, "run/a.blog", 1000);
  const { verify, channels: [a] } = recoverRecording(files, "run", "new", { keepDamaged: true });
  assert.equal(verify.ok, true);
  assert.ok(a!.frames >= 99);
  using log = openRecording(files, "new");
  const after = plain(log.frames({ channels: ["a"] }));
  const known = new Set(before.map(({ timeNs }) => timeNs));
  assert.ok(after.every(({ timeNs }) => known.has(timeNs)));
});

Deno.test("F22 a damaged codec header is written anew, from recording.json or from what is left of it", () => {
  for (const at of [18, 70]) {
    const files = recorded();
    flip(files, "run/a.blog", at);
    recoverRecording(files, "run", "new");
    using log = openRecording(files, "new", { registry });
    const values = Array.from(log.values("a"), ({ value }) => value);
    assert.equal(values.at(-1), "a number 99");
    assert.deepEqual([log.channels[0]!.latched, log.manifest.seed, log.manifest.clean], [true, "s", true]);
  }
});

Deno.test("F22 recoverRecording() keeps the whole frames behind the last entry and cuts a torn tail", () => {
  const { files, recording } = begin();
  const channel = recording.channel("a", text);
  for (let i = 0; i < 10; i++) channel.write(`${i}`);
  recording.drain();
  const torn = readAll(files, "run/a.blog");
  put(files, "crashed/recording.json", readAll(files, "run/recording.json"));
  put(files, "crashed/a.blog", torn.subarray(0, torn.length - 1));
  recording.close();
  const { channels, verify } = recoverRecording(files, "crashed", "new");
  assert.deepEqual(channels, [{ name: "a", frames: 9, lostFrames: 0, damagedBlocks: 0, cutBytes: 16 }]);
  assert.deepEqual(verify.findings, []);
  assert.match(String(events(files)[0]!.why), /torn/);
});

Deno.test("F22 recoverRecording() takes logs of the Python original as they are, times that go back too", () => {
  const files = createMemoryFiles();
  const content = rawLog([5n, 9n, 3n].map((timeNs) => [timeNs, text.encode(`${timeNs}`)]));
  put(files, "run/a.blog", content);
  const { verify } = recoverRecording(files, "run", "new");
  assert.ok(verify.ok);
  assert.deepEqual(readAll(files, "new/a.blog"), content);
});

Deno.test("F22 recoverRecording() on a full disk is WRITE_FAILED and leaves the source alone", () => {
  const small = createMemoryFiles({ diskBytes: 20_000 });
  const files = recorded();
  for (const name of files.list("run")) put(small, `run/${name}`, readAll(files, `run/${name}`));
  const before = snapshot(small);
  put(small, "ballast", new Uint8Array(small.freeBytes("run")! - 3000));
  assert.throws(() => recoverRecording(small, "run", "new"), (error) => isTinmanError(error, "WRITE_FAILED"));
  assert.deepEqual(snapshot(small), before);
});
