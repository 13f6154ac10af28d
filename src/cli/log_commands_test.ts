// Goal: what `tinman log …` prints and exits with. Method: recordings in memory, the command line in process.
import assert from "node:assert/strict";
import { builtinRegistry, bytes, msgpack, text } from "../../codecs/mod.ts";
import { VirtualClock } from "../clock/mod.ts";
import type { Codec } from "../codec/mod.ts";
import { createMemoryFiles, type Files } from "../files/mod.ts";
import { createRecording } from "../log/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { main } from "./main.ts";
import { createMemoryIo, type MemoryIoOptions } from "./memory_io.ts";

const START = 1_777_629_600_000_000_000n; // 2026-05-01T10:00:00Z

/** Ten readings, one a second, and a note in the middle, in /data/recordings/one. */
function recorded(options: { readonly name?: string; readonly hostile?: string } = {}): Files {
  const files = createMemoryFiles();
  const { name = "one", hostile } = options;
  const clock = new VirtualClock(START);
  using recording = createRecording(files, `/data/recordings/${name}`, { clock, tool: "tinman 0.0.0" });
  const readings = recording.channel("readings", msgpack<{ celsius: number }>());
  const notes = recording.channel("notes", text());
  for (let i = 0; i < 10; i++) {
    clock.advanceTo(START + BigInt(i) * 1_000_000_000n);
    readings.write({ celsius: 20 + i / 2 });
    if (i === 5) notes.write(hostile ?? "half way");
  }
  return files;
}

async function tinman(line: string, files: Files, options: Partial<MemoryIoOptions> = {}) {
  const environment = createTestEnvironment({ files, registry: builtinRegistry() });
  const io = createMemoryIo({ environment, folder: "/data", ...options });
  const exit = await environment.drive(main(line.split(" "), io));
  return { exit, stdout: io.printed(), stderr: io.noted() };
}

const lines = (text: string) => text.trimEnd().split("\n");

Deno.test("log cat prints one line a frame: time, channel, value", async () => {
  const { exit, stdout, stderr } = await tinman("log cat latest", recorded());
  assert.equal(exit, 0);
  assert.equal(stderr, "");
  assert.equal(lines(stdout).length, 11);
  assert.match(lines(stdout)[0]!, /^2026-05-01T10:00:00\.0{8}[01]Z {2}readings {2}\{ celsius: 20 \}$/);
  assert.match(stdout, /notes {5}half way\n/);
});

Deno.test("log cat takes channels by glob, a range, and a number of frames", async () => {
  const files = recorded();
  assert.match((await tinman("log cat latest -c note*", files)).stdout, /^[^\n]*half way\n$/);
  assert.equal(lines((await tinman("log cat latest -c readings --from 3s --to 6s", files)).stdout).length, 3);
  assert.equal(lines((await tinman("log cat latest -c readings --from -2s", files)).stdout).length, 3);
  assert.equal(lines((await tinman("log cat latest --from 2026-05-01T10:00:08Z", files)).stdout).length, 2);
  assert.equal(lines((await tinman("log cat latest --head 2", files)).stdout).length, 2);
  assert.equal((await tinman("log cat latest --head 0", files)).stdout, "");
});

Deno.test("log cat --json prints one object a line, with all that the text has", async () => {
  const { stdout } = await tinman("log cat latest --json -c readings --head 1", recorded());
  const { timeNs, time, ...rest } = JSON.parse(stdout);
  assert.deepEqual(rest, { channel: "readings", index: 0, value: { celsius: 20 } });
  assert.equal(time.slice(0, 19), "2026-05-01T10:00:00");
  assert.equal(BigInt(timeNs) / 10n, START / 10n);
});

Deno.test("log cat --raw prints bytes as hex", async () => {
  const { stdout } = await tinman("log cat latest --raw -c notes", recorded());
  assert.ok(stdout.includes(new TextEncoder().encode("half way").toHex()));
});

Deno.test("log cat shows what a value says, and lets none of it reach the terminal as a command", async () => {
  const files = recorded({ hostile: "\x1b]0;owned\x07\r\u202etxt" });
  const { stdout } = await tinman("log cat latest -c notes", files);
  assert.ok(stdout.includes("\\x1b]0;owned\\x07\\x0d\\u202etxt"), stdout);
  const json = (await tinman("log cat latest -c notes --json", files)).stdout;
  assert.equal(JSON.parse(json).value, "\x1b]0;owned\x07\r\u202etxt");
  assert.ok(!json.includes("\u202e"));
});

Deno.test("log cat shows a frame that does not decode as bytes with the reason, goes on, and exits 5", async () => {
  const files = createMemoryFiles();
  const broken: Codec<Uint8Array> = { ...bytes(), id: "msgpack", version: 1 };
  {
    using recording = createRecording(files, "/data/recordings/one", { clock: new VirtualClock(START) });
    const readings = recording.channel("readings", broken);
    readings.write(Uint8Array.of(0xc1));
    readings.write(Uint8Array.of(0x07));
  }
  const { exit, stdout, stderr } = await tinman("log cat latest", files);
  assert.equal(exit, 5);
  assert.match(lines(stdout)[0]!, /<1 byte c1> does not decode: /);
  assert.match(lines(stdout)[1]!, /readings {2}7$/);
  assert.match(stderr, /1 frame did not decode/);
  const json = await tinman("log cat latest --json", files);
  assert.equal(json.exit, 5);
  assert.equal(JSON.parse(lines(json.stdout)[0]!).bytes, "c1");
});

Deno.test("log cat reads channels whose codec is not here as bytes", async () => {
  const files = createMemoryFiles();
  {
    using recording = createRecording(files, "/data/recordings/one", { clock: new VirtualClock(START) });
    recording.channel("odd", { ...bytes(), id: "org.example.odd" }).write(Uint8Array.of(1, 2));
  }
  const { exit, stdout } = await tinman("log cat latest", files);
  assert.equal(exit, 5);
  assert.match(stdout, /<2 bytes 01 02> does not decode: Cannot use codec "org\.example\.odd"/);
  assert.equal((await tinman("log cat latest --raw", files)).exit, 0);
});

Deno.test("log commands name what was probably meant when a recording or a channel is not there", async () => {
  const files = recorded();
  const wrong = await tinman("log cat recordings/oen", files);
  assert.equal(wrong.exit, 3);
  assert.match(wrong.stderr, /did you mean "recordings\/one"\?/);
  assert.match((await tinman("log cat latets", files)).stderr, /did you mean "latest"\?/);
  assert.match((await tinman("log cat latest -c raedings", files)).stderr, /did you mean "readings"\?/);
  assert.equal((await tinman("log info latest", createMemoryFiles())).exit, 3);
});

Deno.test("RECORDING is a recording, its parent, its name in ./recordings, or latest", async () => {
  const files = recorded();
  const [path, parent, name, latest] = await Promise.all(
    ["recordings/one", "recordings", "one", "latest"].map((text) => tinman(`log info ${text}`, files)),
  );
  for (const each of [parent, name, latest]) assert.equal(each!.stdout, path!.stdout);
});

Deno.test("log info tells what is there, and its JSON has all of it", async () => {
  const files = recorded();
  const { exit, stdout } = await tinman("log info latest", files);
  assert.equal(exit, 0);
  assert.match(stdout, /^content {3}2 channels, 11 frames/m);
  assert.match(stdout, /^whole {5}yes$/m);
  assert.match(stdout, /^readings {2}msgpack +10 +1 /m);
  const info = JSON.parse((await tinman("log info latest --json", files)).stdout);
  assert.deepEqual([info.v, info.frames, info.clean, info.lengthMs], [1, 11, true, 9000]);
  assert.deepEqual(info.channels.map((each: { name: string; hz: number }) => [each.name, each.hz]), [["notes", 0], [
    "readings",
    1,
  ]]);
});

Deno.test("log info and log list show control characters in names instead of obeying them", async () => {
  const files = recorded({ name: "evil" });
  const manifest = "/data/recordings/evil/recording.json";
  const text = await readText(files, manifest);
  files.replace(manifest, new TextEncoder().encode(text.replace('"tinman 0.0.0"', '"\\u001b[2Jtool"')));
  const { stdout } = await tinman("log info latest", files);
  assert.match(stdout, /^tool {6}\\x1b\[2Jtool$/m);
});

Deno.test("log list shows all recordings, newest last, and says so when there is none", async () => {
  const files = recorded();
  const { exit, stdout } = await tinman("log list", files);
  assert.equal(exit, 0);
  assert.match(lines(stdout)[1]!, /^one {3}2026-05-01T10:00:00Z +9\.0 s +2 +11 {2}clean$/);
  const { recordings } = JSON.parse((await tinman("log list --json", files)).stdout);
  assert.deepEqual([recordings.length, recordings[0].name, recordings[0].frames], [1, "one", 11]);
  files.makeFolder("/data/empty");
  const empty = await tinman("log list empty", files);
  assert.deepEqual([empty.exit, empty.stdout], [0, ""]);
  assert.equal((await tinman("log list nowhere", files)).exit, 3);
  files.replace("/data/notes", new Uint8Array(0));
  const file = await tinman("log list notes", files);
  assert.match(
    file.stderr,
    /Cannot list .*notes: it is a file\n {2}fix: tinman log info .*notes, if it is a recording/,
  );
});

Deno.test("log verify exits 0 for a whole recording and 5 for one with a flipped bit, and doctor says the fix", async () => {
  const files = recorded();
  assert.match((await tinman("log verify latest", files)).stdout, /^whole: 11 frames in 2 channels/);
  assert.equal((await tinman("log doctor latest", files)).exit, 0);
  flipBit(files, "/data/recordings/one/readings.blog", 100);
  const verified = await tinman("log verify latest", files);
  assert.equal(verified.exit, 5);
  assert.match(verified.stdout, /^fail {2}readings {2}.*checksum/m);
  assert.match(verified.stdout, /^damaged: /m);
  const doctor = await tinman("log doctor latest", files);
  assert.equal(doctor.exit, 5);
  assert.match(doctor.stdout, /fix: tinman log recover/);
  const cat = await tinman("log cat latest", files);
  assert.deepEqual([cat.exit, JSON.parse((await tinman("log verify latest --json", files)).stdout).ok], [5, false]);
});

Deno.test("log doctor exits 6 when nothing is lost but a codec is not here", async () => {
  const files = createMemoryFiles();
  {
    using recording = createRecording(files, "/data/recordings/one", { clock: new VirtualClock(START) });
    recording.channel("odd", { ...bytes(), id: "org.example.odd" }).write(Uint8Array.of(1));
  }
  const { exit, stdout } = await tinman("log doctor latest", files);
  assert.equal(exit, 6);
  assert.match(stdout, /^warn {2}odd {2}Cannot use codec/m);
});

Deno.test("log recover writes what is whole to a new recording, verifies it, and leaves the old one alone", async () => {
  const files = recorded();
  const log = "/data/recordings/one/readings.blog";
  using open = files.open(log, "append");
  open.truncate(open.size() - 3);
  const before = await tinman("log verify latest", files);
  const { exit, stdout } = await tinman("log recover latest saved", files);
  assert.equal(exit, 0);
  assert.match(stdout, /^readings +9 /m);
  assert.match(stdout, /^whole: /m);
  assert.equal((await tinman("log verify saved", files)).exit, 0);
  assert.equal((await tinman("log verify latest", files)).stdout, before.stdout);
  assert.equal((await tinman("log recover latest saved", files)).exit, 2);
  assert.equal(JSON.parse((await tinman("log recover latest saved2 --json", files)).stdout).verify.ok, true);
});

Deno.test("log tail prints the last frames of a recording that has ended, then ends", async () => {
  const { exit, stdout, stderr } = await tinman("log tail latest -n 3", recorded());
  assert.equal(exit, 0);
  assert.deepEqual(lines(stdout).map((line) => /celsius: ([\d.]+)/.exec(line)?.[1]), ["23.5", "24", "24.5"]);
  assert.match(stderr, /the recording has ended/);
});

Deno.test("log tail follows a recording that is being written, and channels that are yet to come", async () => {
  const files = createMemoryFiles();
  const environment = createTestEnvironment({ files, registry: builtinRegistry() });
  const recording = createRecording(files, "/data/recordings/live", { clock: environment.clock });
  const notes = recording.channel("notes", text());
  notes.write("before");
  recording.flush();
  const io = createMemoryIo({ environment, folder: "/data" });
  const tail = main(["log", "tail", "latest"], io);
  await environment.drive(environment.clock.sleep(100));
  notes.write("after");
  recording.channel("late", text()).write("new channel");
  recording.flush();
  await environment.drive(environment.clock.sleep(100));
  recording.close();
  assert.equal(await environment.drive(tail), 0);
  assert.deepEqual(lines(io.printed()).map((line) => line.slice(32).replace(/ +/, " ")), [
    "notes before",
    "notes after",
    "late new channel",
  ]);
});

Deno.test("log tail ends with 130 at Ctrl-C", async () => {
  const files = createMemoryFiles();
  const environment = createTestEnvironment({ files, registry: builtinRegistry() });
  using recording = createRecording(files, "/data/recordings/live", { clock: environment.clock });
  recording.flush();
  const tail = main(["log", "tail", "latest"], createMemoryIo({ environment, folder: "/data" }));
  await environment.drive(environment.clock.sleep(100));
  environment.signal("SIGINT");
  assert.equal(await environment.drive(tail), 130);
});

function flipBit(files: Files, path: string, at: number): void {
  const contents = readBytes(files, path);
  contents[at]! ^= 1;
  files.remove(path);
  files.replace(path, contents);
}

function readBytes(files: Files, path: string): Uint8Array {
  using file = files.open(path, "read");
  const contents = new Uint8Array(file.size());
  file.read(contents, 0);
  return contents;
}

const readText = (files: Files, path: string) => new TextDecoder().decode(readBytes(files, path));
