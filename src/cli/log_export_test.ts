// Goal: what `tinman log export` writes. Method: recordings in memory, the command line in process.
import assert from "node:assert/strict";
import { builtinRegistry, bytes, float, msgpack, ndarray, table, text } from "../../codecs/mod.ts";
import { VirtualClock } from "../clock/mod.ts";
import type { Codec } from "../codec/mod.ts";
import { createMemoryFiles, type Files, readFile } from "../files/mod.ts";
import { parseCsv } from "../form/mod.ts";
import { createRecording } from "../log/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { createFaultyFiles } from "../testing/faulty_files.ts";
import { main } from "./main.ts";
import { createMemoryIo, type MemoryIoOptions } from "./memory_io.ts";

const START = 1_777_629_600_000_000_000n; // 2026-05-01T10:00:00Z

function recorded(write: (recording: ReturnType<typeof createRecording>, clock: VirtualClock) => void): Files {
  const files = createMemoryFiles();
  const clock = new VirtualClock(START);
  using recording = createRecording(files, "/data/run", { clock });
  write(recording, clock);
  return files;
}

/** A position each second, and a note. */
const trip = () =>
  recorded((recording, clock) => {
    for (let i = 0; i < 4; i++) {
      clock.advanceTo(START + BigInt(i) * 1_000_000_000n);
      recording.channel("gps/fix", msgpack()).write({ lat: 59 + i, time: i, acc: [i, 1] });
    }
    recording.channel("notes", text()).write('=cmd|"x"');
  });

async function tinman(line: string, files: Files, options: Partial<MemoryIoOptions> = {}) {
  const environment = createTestEnvironment({ files, registry: builtinRegistry() });
  const io = createMemoryIo({ environment, folder: "/data", ...options });
  const exit = await environment.drive(main(line.split(" "), io));
  return { exit, stdout: io.printed(), stderr: io.noted() };
}

const read = (files: Files, path: string) => new TextDecoder().decode(readFile(files, path, 1e6)!);
const rows = (csv: string) => Array.from(parseCsv(csv), ({ cells }) => cells);

Deno.test("log export prints the table of a channel", async () => {
  const { exit, stdout, stderr } = await tinman("log export run -c gps* --from 1s --to 3s", trip());
  assert.deepEqual([exit, stderr], [0, ""]);
  assert.equal(
    stdout,
    "time_ns,time,lat,value.time,acc.0,acc.1\r\n" +
      "1777629601000000000,2026-05-01T10:00:01.000000000Z,60,1,1,1\r\n" +
      "1777629602000000000,2026-05-01T10:00:02.000000000Z,61,2,2,1\r\n",
  );
});

Deno.test("log export -o DIR writes a table for each channel, and none over another", async () => {
  const files = trip();
  const { exit, stdout, stderr } = await tinman("log export run -o out", files);
  assert.deepEqual([exit, stdout], [0, ""]);
  assert.match(stderr, /^\/data\/out\/gps%2Ffix\.csv: 4 rows\n\/data\/out\/notes\.csv: 1 row\n$/);
  assert.deepEqual(rows(read(files, "/data/out/notes.csv")), [
    ["time_ns", "time", "value"],
    ["1777629603000000001", "2026-05-01T10:00:03.000000001Z", `'=cmd|"x"`],
  ]);
  const again = await tinman("log export run -o out", files);
  assert.equal(again.exit, 2);
  assert.match(again.stderr, /it is there[^]*--force writes it anew/);
  const forced = await tinman("log export run -o out --force --from 3s --json", files);
  assert.equal(forced.exit, 0);
  assert.deepEqual(JSON.parse(forced.stdout).files.map(({ rows }: { rows: number }) => rows), [1, 1]);
});

Deno.test("log export takes one channel for one table, and says so", async () => {
  const files = trip();
  for (const place of ["-", "all.csv"]) {
    const { exit, stderr } = await tinman(`log export run -o ${place}`, files);
    assert.equal(exit, 2);
    assert.match(stderr, /2 channels .*: a table has one\n.*-o DIR writes a file for each, -c gps\/fix takes one/);
  }
  assert.equal((await tinman("log export run -c notes -o notes.csv", files)).exit, 0);
  assert.equal(rows(read(files, "/data/notes.csv")).length, 2);
  assert.match((await tinman("log export run -c note", files)).stderr, /did you mean "notes"\?/);
  assert.equal((await tinman("log export run -c notes --json", files)).exit, 2);
  assert.match(
    (await tinman("log export run -o all.xlsx", files)).stderr,
    /only \.csv and \.jsonl.*\n.*written all\.xlsx\//,
  );
  assert.match((await tinman("log export run -o all.mcap", files)).stderr, /tinman log copy/);
  assert.equal((await tinman("log export run -o all.v2/", files)).exit, 0);
  assert.deepEqual(files.list("/data/all.v2"), ["gps%2Ffix.csv", "notes.csv"]);
});

Deno.test("log export -f jsonl prints what log cat --json prints, of all channels by time", async () => {
  const files = trip();
  const { exit, stdout } = await tinman("log export run -f jsonl", files);
  assert.equal(exit, 0);
  assert.equal(stdout, (await tinman("log cat run --json", files)).stdout);
  await tinman("log export run -o run.jsonl", files);
  assert.equal(read(files, "/data/run.jsonl"), stdout);
});

Deno.test("a frame of codec table is a row for each of its own, an array its type, shape and items", async () => {
  const files = recorded((recording) => {
    const weather = recording.channel("weather", table());
    weather.write({ celsius: Float32Array.of(1.5, 2.5), place: ["a", "b"], wet: [true, false] });
    weather.write({ celsius: new Float32Array(0), place: [], wet: [] });
    recording.channel("depth", ndarray()).write({ dtype: "f32", shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) });
    recording.channel("speed", float()).write(-1e-7);
  });
  await tinman("log export run -o out", files);
  const [head, ...weather] = rows(read(files, "/data/out/weather.csv"));
  assert.deepEqual(head, ["time_ns", "time", "row", "celsius", "place", "wet"]);
  assert.deepEqual(weather.map((row) => row.slice(2)), [["0", "1.5", "a", "true"], ["1", "2.5", "b", "false"]]);
  const depth = rows(read(files, "/data/out/depth.csv")).map((row) => row.slice(2));
  assert.deepEqual(depth[0], ["dtype", "shape.0", "shape.1", "data.0", "data.1", "data.2", "data.3"]);
  assert.deepEqual(depth[1], ["f32", "2", "2", "1", "2", "3", "4"]);
  assert.equal(rows(read(files, "/data/out/speed.csv"))[1]![2], "-1e-7");
});

Deno.test("log export keeps frames that do not decode as bytes, says why, and exits 5", async () => {
  const broken: Codec<Uint8Array> = { ...bytes(), id: "msgpack", version: 1 };
  const files = recorded((recording) => {
    for (const byte of [7, 0xc1, 8]) recording.channel("a", broken).write(Uint8Array.of(byte));
    recording.channel("odd", { ...bytes(), id: "org.example.odd" }).write(Uint8Array.of(1, 2));
  });
  const { exit, stderr } = await tinman("log export run -o out", files);
  assert.equal(exit, 5);
  assert.match(stderr, /^2 frames did not decode: Cannot read frame 1 of channel "a"/m);
  const a = rows(read(files, "/data/out/a.csv")).map((row) => row.slice(2));
  assert.deepEqual(a, [["value", "undecoded"], ["7", ""], ["", "c1"], ["8", ""]]);
  assert.deepEqual(rows(read(files, "/data/out/odd.csv"))[1]!.slice(2), ["0102"]);
  const lines = await tinman("log export run -f jsonl", files);
  assert.equal(lines.exit, 5);
  assert.equal(JSON.parse(lines.stdout.split("\n")[1]!).bytes, "c1");
});

Deno.test("an export that fails or is ended leaves no file and no folder", async () => {
  const files = recorded((recording) => {
    for (let i = 0; i < 20_000; i++) recording.channel("n", msgpack()).write(i);
  });
  const test = createTestEnvironment({ files, registry: builtinRegistry() });
  const environment = {
    ...test,
    nextTurn() {
      test.signal("SIGINT");
      return test.nextTurn();
    },
  };
  for (const format of ["csv", "jsonl"]) {
    const io = createMemoryIo({ environment, folder: "/data", terminal: true });
    assert.equal(await test.drive(main(["log", "export", "run", "-o", "out", "-f", format], io)), 130);
    assert.match(io.noted(), /SIGINT: no file is left/);
    assert.equal(files.stat("/data/out"), undefined);
  }
  const damaged = readFile(files, "/data/run/n.blog", 1e6)!;
  damaged[damaged.length - 5]! ^= 1;
  files.replace("/data/run/n.blog", damaged);
  const { exit, stderr } = await tinman("log export run -o out", files);
  assert.equal(exit, 5);
  assert.match(stderr, /log recover/);
  assert.equal(files.stat("/data/out"), undefined);
});

Deno.test("an export or an import that the disk refuses says so, and leaves nothing", async () => {
  const files = trip();
  files.replace("/data/in.csv", new TextEncoder().encode("time_ns,v\n1,2\n"));
  for (const line of ["log export run -o out", "log export run -f jsonl -o out/x.jsonl", "log import in.csv out"]) {
    for (const how of ["full", "broken"] as const) {
      let refused = 0;
      for (let failAt = 1; failAt < 50; failAt++) {
        const { exit, stderr } = await tinman(line, createFaultyFiles(files, { failAt, how, opens: true }));
        if (exit === 0) break;
        refused++;
        assert.equal(exit, 1, stderr);
        assert.match(stderr, /^error\[E3203\]: Cannot write/);
        if (how === "full") assert.equal(files.stat("/data/out"), undefined, `${line}, failed at ${failAt}`);
        files.remove("/data/out");
      }
      assert.ok(refused > 1, line);
      files.remove("/data/out");
    }
  }
});

Deno.test("log export of a recording without channels writes nothing", async () => {
  const files = recorded(() => {});
  const { exit, stderr } = await tinman("log export run -o out", files);
  assert.deepEqual([exit, stderr], [0, "no channels\n"]);
  assert.equal((await tinman("log export run -f jsonl", files)).exit, 0);
});
