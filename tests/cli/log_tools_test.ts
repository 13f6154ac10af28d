// Goal: the tools for recordings on a real disk, with real signals and pipes. Method: processes on a temporary folder;
// the MCAP project's own library judges what comes out as a file.
import assert from "node:assert/strict";
import { McapIndexedReader } from "@mcap/core";
import { createEnvironment } from "tinman";
import { msgpack } from "tinman/codecs";
import { createRecording, openRecording } from "tinman/log";
import { readUntil, spawn, temporaryFolder, tinman } from "./processes.ts";

const { files, clock } = createEnvironment();

/** A folder with a recording of this many frames in `run`. */
function recorded(frames: number) {
  const folder = temporaryFolder();
  using recording = createRecording(files, `${folder.path}/run`, { clock });
  recording.channel("map", msgpack(), { latched: true }).write("harbour");
  const gps = recording.channel("gps", msgpack());
  for (let i = 0; i < frames; i++) gps.write({ n: i, text: "x".repeat(90) });
  return folder;
}

function framesOf(path: string) {
  using recording = openRecording(files, path);
  return Array.from(recording.frames(), ({ channel, timeNs, data }) => [channel, timeNs, data.toHex()]);
}

Deno.test("a part of a recording as a file is one to other tools, and comes back as a folder", async () => {
  using folder = recorded(5000);
  const cwd = folder.path;
  const cut = await tinman(["log", "copy", "run", "part.mcap", "--from", "50%"], { cwd });
  assert.equal(cut.code, 0, cut.stderr);
  assert.equal((await tinman(["log", "copy", "part.mcap", "part"], { cwd })).code, 0);
  const frames = framesOf(`${cwd}/part`);
  assert.ok(frames.length > 100 && frames.length < 5000);
  assert.equal(frames[0]![0], "map");

  const content = Deno.readFileSync(`${cwd}/part.mcap`);
  const reader = await McapIndexedReader.Initialize({
    readable: {
      size: () => Promise.resolve(BigInt(content.length)),
      read: (at, length) => Promise.resolve(content.slice(Number(at), Number(at + length))),
    },
  });
  const topics = new Map([...reader.channelsById.values()].map(({ id, topic }) => [id, topic]));
  const messages = await Array.fromAsync(reader.readMessages({ validateCrcs: true }));
  assert.deepEqual(
    messages.map(({ channelId, logTime, data }) => [topics.get(channelId), logTime, data.toHex()]),
    frames,
  );
});

Deno.test("log copy and log export are ended by Ctrl-C, and leave nothing", async () => {
  using folder = recorded(400_000);
  const cwd = folder.path;
  for (
    const [args, left] of [
      [["log", "copy", "run", "copy.mcap"], "nothing is left of the copy"],
      [["log", "copy", "run", "copy"], "nothing is left of the copy"],
      [["log", "export", "run", "-o", "out"], "no file is left"],
    ] as const
  ) {
    const child = spawn(args, { cwd });
    // Something is at the place: it has begun.
    while (!["copy", "copy.mcap", "out"].some((name) => files.stat(`${cwd}/${name}`) !== undefined)) await nextTurn();
    child.kill("SIGINT");
    const stderr = await readUntil(child.stderr, left);
    await child.stdout.cancel();
    assert.ok(stderr.includes(`SIGINT: ${left}`), stderr);
    assert.equal((await child.status).code, 130);
    assert.deepEqual(files.list(cwd), ["run"]);
  }
});

Deno.test("an export into a pipe ends when nobody reads any more", async () => {
  using folder = recorded(100_000);
  const child = spawn(["log", "export", "run", "-c", "gps"], { cwd: folder.path });
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  assert.match(new TextDecoder().decode(value), /^time_ns,time,n,text\r\n\d+,/);
  await reader.cancel();
  assert.equal((await child.status).code, 0);
  await child.stderr.cancel();
});

Deno.test("a table goes out and comes back, and diff finds it the same", async () => {
  using folder = recorded(2000);
  const cwd = folder.path;
  for (
    const args of [
      ["log", "export", "run", "-o", "tables"],
      ["log", "import", "tables/gps.csv", "again.mcap"],
      ["log", "diff", "run", "again.mcap", "-c", "gps", "--times"],
    ]
  ) {
    const { code, stdout, stderr } = await tinman(args, { cwd });
    assert.equal(code, 0, stdout + stderr);
  }
});

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}
