// Goal: what `tinman log diff` says of two recordings. Method: recordings in memory, the command line in process.
import assert from "node:assert/strict";
import { builtinRegistry, bytes, msgpack } from "../../codecs/mod.ts";
import { VirtualClock } from "../clock/mod.ts";
import { createMemoryFiles, type Files } from "../files/mod.ts";
import { createRecording } from "../log/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { main } from "./main.ts";
import { createMemoryIo } from "./memory_io.ts";

const START = 1_777_629_600_000_000_000n; // 2026-05-01T10:00:00Z

function record(files: Files, name: string, readings: readonly unknown[], startNs = START): void {
  const clock = new VirtualClock(startNs);
  using recording = createRecording(files, `/data/${name}`, { clock });
  const notes = recording.channel("notes", msgpack());
  notes.write("begins");
  for (const reading of readings) {
    clock.advanceTo(clock.now() + 1_000_000_000n);
    recording.channel("readings", msgpack()).write(reading);
  }
}

async function tinman(line: string, files: Files) {
  const environment = createTestEnvironment({ files, registry: builtinRegistry() });
  const io = createMemoryIo({ environment, folder: "/data" });
  const exit = await environment.drive(main(line.split(" "), io));
  return { exit, stdout: io.printed(), stderr: io.noted() };
}

Deno.test("log diff of two runs that did the same says so, whenever they ran", async () => {
  const files = createMemoryFiles();
  record(files, "a", [1, 2, 3]);
  record(files, "b.mcap", [1, 2, 3], START + 1n);
  const { exit, stdout, stderr } = await tinman("log diff a b.mcap", files);
  assert.deepEqual([exit, stderr], [0, "the same, 2 channels\n"]);
  assert.match(stdout, /^readings +3 +3 +3 +same$/m);
  const timed = await tinman("log diff a b.mcap --times", files);
  assert.equal(timed.exit, 6);
  assert.match(timed.stdout, /^readings +3 +3 +0 +another time$/m);
});

Deno.test("log diff shows the first difference with both values and times, and exits 6", async () => {
  const files = createMemoryFiles();
  record(files, "a", [{ celsius: 1 }, { celsius: 2 }, { celsius: 3 }]);
  record(files, "b", [{ celsius: 1 }, { celsius: 2.5 }]);
  const { exit, stdout, stderr } = await tinman("log diff a b", files);
  assert.equal(exit, 6);
  assert.equal(stderr, "1 of 2 channels differ\n");
  assert.match(stdout, /^readings +3 +2 +1 +differs$/m);
  assert.match(
    stdout,
    /first difference: channel "readings", after 1 equal frame\n {2}A {2}frame 1, 2026-05-01T10:00:02\.0{9}Z {2}\{ celsius: 2 \}\n {2}B {2}frame 1, .* \{ celsius: 2\.5 \}\n/,
  );
  const { same, channels } = JSON.parse((await tinman("log diff a b --json", files)).stdout);
  assert.equal(same, false);
  assert.deepEqual(channels[1].frames, { a: 3, b: 2 });
  assert.deepEqual([channels[1].kind, channels[1].first.b.value], ["value", { celsius: 2.5 }]);
});

Deno.test("log diff compares the part that is asked for, of the channels that are asked for", async () => {
  const files = createMemoryFiles();
  record(files, "a", [1, 2, 3]);
  record(files, "b", [9, 2, 3], START + 5_000_000_000n);
  assert.equal((await tinman("log diff a b", files)).exit, 6);
  assert.equal((await tinman("log diff a b --from 2s", files)).exit, 0);
  assert.equal((await tinman("log diff a b -c notes", files)).exit, 0);
  assert.equal((await tinman("log diff a b -c note", files)).exit, 3);
});

Deno.test("log diff names channels that only one has, and those of two codecs", async () => {
  const files = createMemoryFiles();
  record(files, "a", []);
  {
    using recording = createRecording(files, "/data/b", { clock: new VirtualClock(START) });
    recording.channel("notes", bytes()).write(Uint8Array.of(1));
    recording.channel("more", bytes());
  }
  const { exit, stdout } = await tinman("log diff a b", files);
  assert.equal(exit, 6);
  assert.match(stdout, /^more +– +0 +0 +only in B$/m);
  assert.match(stdout, /first difference: channel "notes": msgpack and bytes$/m);
});
