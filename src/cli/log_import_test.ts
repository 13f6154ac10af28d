// Goal: what `tinman log import` makes of files. Method: files in memory, the command line in process.
import assert from "node:assert/strict";
import fc from "fast-check";
import { builtinRegistry, msgpack } from "../../codecs/mod.ts";
import { VirtualClock } from "../clock/mod.ts";
import { createMemoryFiles, type Files } from "../files/mod.ts";
import { createRecording, openRecording } from "../log/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { main } from "./main.ts";
import { createMemoryIo } from "./memory_io.ts";

function withFile(name: string, text: string, files = createMemoryFiles()): Files {
  files.replace(`/data/${name}`, new TextEncoder().encode(text));
  return files;
}

async function tinman(line: string, files: Files) {
  const environment = createTestEnvironment({ files, registry: builtinRegistry() });
  const io = createMemoryIo({ environment, folder: "/data" });
  const exit = await environment.drive(main(line.split(" "), io));
  return { exit, stdout: io.printed(), stderr: io.noted() };
}

function read(files: Files, path: string) {
  using recording = openRecording(files, path, { registry: builtinRegistry() });
  return recording.channels.flatMap(({ name }) =>
    Array.from(recording.values(name), ({ timeNs, value }) => [name, timeNs, value] as const)
  );
}

Deno.test("log import makes a recording of a table of another program", async () => {
  const files = withFile("gps.csv", "timestamp;lat;name\n1777629600000;59,1;Ana\n1777629600000;59.2;007\n");
  for (const to of ["trip", "trip.mcap"]) {
    const { exit, stderr } = await tinman(`log import gps.csv ${to} --time-format ms`, files);
    assert.equal(exit, 0, stderr);
    assert.match(stderr, /^1 row had the time of the one before: now a nanosecond later$/m);
    assert.match(stderr, new RegExp(`^2 frames of channel "gps" in /data/${to}, read again$`, "m"));
    assert.deepEqual(read(files, `/data/${to}`), [
      ["gps", 1777629600000000000n, { lat: "59,1", name: "Ana" }],
      ["gps", 1777629600000000001n, { lat: 59.2, name: "007" }],
    ]);
    assert.match((await tinman(`log info ${to}`, files)).stdout, /^whole +yes$/m);
  }
});

Deno.test("log import takes lines of JSON, another name and another codec", async () => {
  const files = withFile("x.jsonl", '{"ts":1.5,"a":[1]}\n{"ts":2,"a":null}\n');
  assert.equal((await tinman("log import x.jsonl y --time-format s --channel notes --codec json", files)).exit, 0);
  assert.deepEqual(read(files, "/data/y"), [
    ["notes", 1_500_000_000n, { a: [1] }],
    ["notes", 2_000_000_000n, { a: null }],
  ]);
  assert.match((await tinman("log info y", files)).stdout, /^notes +json +2 /m);
});

Deno.test("log import names the channel as the file is called, by log export or by somebody else", async () => {
  const files = createMemoryFiles();
  for (const [name, channel] of [["gps%2Ffix.csv", "gps/fix"], ["50%.csv", "50%"], ["a.b.tsv", "a.b"]] as const) {
    withFile(name, "time_ns,v\n1,2\n", files);
    assert.equal((await tinman(`log import ${name} ${channel.length}`, files)).exit, 0);
    assert.equal(read(files, `/data/${channel.length}`).length, 1);
    using recording = openRecording(files, `/data/${channel.length}`);
    assert.equal(recording.channels[0]!.name, channel);
    files.remove(`/data/${channel.length}`);
  }
});

Deno.test("log import refuses a row that it cannot read with its line, or leaves it out and says so", async () => {
  const files = withFile("a.csv", "time_ns,v\n5,1\nx,2\n4,3\n6,4\n");
  const refused = await tinman("log import a.csv a", files);
  assert.equal(refused.exit, 2);
  assert.match(refused.stderr, /Cannot import a\.csv at line 3: its time "x" is not a number of ns/);
  assert.equal(files.stat("/data/a"), undefined);
  const { exit, stderr } = await tinman("log import a.csv a --skip-bad", files);
  assert.equal(exit, 6);
  assert.match(stderr, /^left out: line 3: /m);
  assert.match(stderr, /^left out: line 4: its time is before that of line 2: rows have to be in order of time$/m);
  assert.deepEqual(read(files, "/data/a").map(([, , value]) => value), [{ v: 1 }, { v: 4 }]);
  const json = JSON.parse((await tinman("log import a.csv b.mcap --skip-bad --json", files)).stdout);
  assert.deepEqual([json.v, json.channel, json.frames, json.bad, json.problems[0].line], [1, "a", 2, 2, 3]);
});

Deno.test("log import writes nothing when there is nothing, or something is in the way", async () => {
  const files = withFile("empty.csv", "time_ns,v\n");
  assert.match((await tinman("log import empty.csv a", files)).stderr, /it has no rows/);
  withFile("bad.csv", "time_ns,v\nx,1\n", files);
  assert.match((await tinman("log import bad.csv a --skip-bad", files)).stderr, /none of its 1 rows can be read/);
  assert.equal((await tinman("log import none.csv a", files)).exit, 3);
  assert.match((await tinman("log import run.mcap a", files)).stderr, /a recording already/);
  assert.equal(files.stat("/data/a"), undefined);
  assert.equal((await tinman("log import bad.csv bad.csv", files)).exit, 2);
  files.replace("/data/latin.csv", Uint8Array.of(0x74, 0xff, 0x0a));
  assert.match((await tinman("log import latin.csv a", files)).stderr, /not in UTF-8/);
});

Deno.test("what log export writes, log import reads back", async () => {
  const text = fc.string().filter((each) => !/^(true|false|NaN|-?Infinity|[[{].*|-?\d.*|\s*)$/s.test(each));
  // JSON has no -0, NaN and ∞, and a whole number of a table that a float cannot hold is a bigint.
  const n = fc.double({ noNaN: true, noDefaultInfinity: true })
    .filter((each) => !Object.is(each, -0) && (!Number.isInteger(each) || Number.isSafeInteger(each)));
  const value = fc.record({
    n,
    b: fc.boolean(),
    s: text,
    p: fc.record({ x: fc.integer() }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 10 }), async (values) => {
      const files = createMemoryFiles();
      {
        const clock = new VirtualClock(1_777_629_600_000_000_000n);
        using recording = createRecording(files, "/data/run", { clock });
        for (const each of values) recording.channel("a", msgpack()).write(each);
      }
      for (const format of ["csv", "jsonl"]) {
        assert.equal((await tinman(`log export run -o a.${format}`, files)).exit, 0);
        const { exit, stderr } = await tinman(`log import a.${format} ${format} --channel a`, files);
        assert.equal(exit, 0, stderr);
        assert.deepEqual(read(files, `/data/${format}`), read(files, "/data/run"));
      }
    }),
    { numRuns: 15 },
  );
});
