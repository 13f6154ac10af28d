/*
 * "A channel name like `../x` and one with 5,000 characters recorded and replayed." And other names that a file system
 * would take for something else.
 */
import assert from "node:assert/strict";
import { channel, createEnvironment, node, replay, run } from "tinman";
import { openRecording, verifyRecording } from "tinman/log";
import { temporaryFolder } from "./_folder.ts";

const names = [
  "../x",
  "../../etc/passwd",
  "/absolute",
  "..",
  ".",
  ".hidden",
  "a/b\\c",
  "con",
  "x".repeat(5000),
  "x".repeat(4999) + "y",
  "ü".repeat(1000),
  "Case",
  "case",
  "with\u0000zero",
  "new\nline",
  "%2e%2e",
  "__proto__",
  "constructor",
  "toString",
  "recording.json",
  "emoji 🦀",
  "",
];

Deno.test("Channels of any name are recorded inside their folder, and replayed", async () => {
  using folder = temporaryFolder();
  const { path } = folder;
  const channels = names.map((name) => channel<string>(name));
  const ports = Object.fromEntries(channels.map((each, i) => [`port${i}`, each]));
  const source = node({ name: "source", out: ports }, async (out) => {
    for (const [i, name] of names.entries()) await out[`port${i}`]!.publish(`value of ${name}`);
  });
  let seen = new Map<string, string>();
  const sink = node({ name: "sink", in: ports }, async (inputs) => {
    await Promise.all(names.map(async (name, i) => {
      for await (const value of inputs[`port${i}`]!) seen.set(name, value);
    }));
  });
  const expected = new Map(names.map((name) => [name, `value of ${name}`]));
  const { recording } = await run([source, sink], { record: `${path}/inside/recordings` });
  assert.deepEqual(seen, expected);
  assert.deepEqual(Array.from(Deno.readDirSync(path), ({ name }) => name), ["inside"]);
  assert.deepEqual(Array.from(Deno.readDirSync(`${path}/inside`), ({ name }) => name), ["recordings"]);
  assert.ok(Array.from(Deno.readDirSync(recording!)).every((entry) => entry.isFile));

  const { files, registry } = createEnvironment();
  assert.deepEqual(verifyRecording(files, recording!).findings, []);
  using log = openRecording(files, recording!, { registry });
  assert.deepEqual(log.channels.map(({ name }) => name).sort(), [...names, "logs"].sort());
  for (const name of names) assert.deepEqual([...log.values(name)].map(({ value }) => value), [`value of ${name}`]);

  seen = new Map();
  const report = await replay([sink], recording!);
  assert.deepEqual([report.frames, seen], [names.length, expected]);
  const { verify } = await replay([source, sink], recording!, { verify: true });
  assert.equal(verify?.divergence, undefined);
});
