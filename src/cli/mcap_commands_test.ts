// Goal: every command that takes a recording takes an .mcap file. Method: nodes, files and time in memory.
import assert from "node:assert/strict";
import { builtinRegistry, msgpack } from "../../codecs/mod.ts";
import { channel } from "../channel/mod.ts";
import { createMemoryFiles } from "../files/mod.ts";
import { openRecording } from "../log/mod.ts";
import { node } from "../runtime/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { main } from "./main.ts";
import { createMemoryIo } from "./memory_io.ts";

const [readings, alarms] = [channel<number>("readings"), channel<string>("alarms")];
const sensor = node({ name: "sensor", out: { readings } }, async ({ readings, clock }) => {
  let n = 0;
  for await (const _ of clock.every(100)) await readings.publish(n++);
});
const alarmAbove = (limit: number) =>
  node({ name: "alarm", in: { readings }, out: { alarms } }, async ({ readings, alarms }) => {
    for await (const n of readings) await alarms.publish(n > limit ? `hot ${n}` : "fine");
  });
const modules: Record<string, Record<string, unknown>> = {
  "/data/nodes.ts": { default: [sensor, alarmAbove(5)] },
  "/data/changed.ts": { default: [sensor, alarmAbove(3)] },
};

function createWorld() {
  const files = createMemoryFiles();
  for (const path of Object.keys(modules)) files.replace(path, new Uint8Array(0));
  const environment = createTestEnvironment({ files, registry: builtinRegistry(), defaultCodec: msgpack() });
  const tinman = async (line: string) => {
    const load = (path: string) => Promise.resolve(modules[path]!);
    const io = createMemoryIo({ environment, folder: "/data", load });
    const exit = await environment.drive(main(line.split(" "), io));
    return { exit, stdout: io.printed(), stderr: io.noted() };
  };
  return { files, tinman };
}

Deno.test("run --record=run.mcap writes one file, and the next run another one beside it", async () => {
  const { files, tinman } = createWorld();
  const { stderr } = await tinman("run nodes.ts --duration 1s --record=run.mcap");
  assert.match(stderr, /nothing lost, to \/data\/run\.mcap$/m);
  assert.match((await tinman("run nodes.ts --duration 1s --record=run.mcap")).stderr, /to \/data\/run-2\.mcap$/m);
  assert.deepEqual(files.list("/data").filter((name) => name.includes("mcap")), ["run-2.mcap", "run.mcap"]);
});

Deno.test("replay --verify of an .mcap file is the same for the same nodes, and shows where others differ", async () => {
  const { tinman } = createWorld();
  await tinman("run nodes.ts --duration 1s --record=run.mcap");
  assert.equal((await tinman("replay run.mcap nodes.ts --verify")).exit, 0);
  const changed = await tinman("replay run.mcap changed.ts --verify");
  assert.equal(changed.exit, 6);
  assert.match(changed.stdout, /first difference: channel "alarms", frame 4/);
});

Deno.test("run --record=run.mcap --compress is replayed as exactly; log info says what it came to, log copy undoes it", async () => {
  const { files, tinman } = createWorld();
  await tinman("run nodes.ts --duration 3s --seed x --record=run.mcap --compress");
  assert.equal((await tinman("replay run.mcap nodes.ts --verify")).exit, 0);
  assert.equal((await tinman("replay run.mcap changed.ts --verify")).exit, 6);
  assert.match((await tinman("log info run.mcap")).stdout, /^packed +with zstd to \d+ %, .* of .*$/m);
  assert.deepEqual(JSON.parse((await tinman("log info run.mcap --json")).stdout).compression.names, ["zstd"]);
  for (const command of ["log verify", "log doctor"]) assert.equal((await tinman(`${command} run.mcap`)).exit, 0);
  assert.equal((await tinman("log tail run.mcap -n 3")).stdout.trimEnd().split("\n").length, 3);
  for (
    const line of [
      "log copy run.mcap plain.mcap",
      "log copy plain.mcap small.mcap --compress",
      "log recover run.mcap saved.mcap --compress",
      "replay run.mcap nodes.ts --record=again.mcap --compress",
    ]
  ) assert.equal((await tinman(line)).exit, 0, line);
  assert.doesNotMatch((await tinman("log info plain.mcap")).stdout, /packed/);
  for (const other of ["plain.mcap", "small.mcap", "saved.mcap"]) {
    assert.equal((await tinman(`log diff run.mcap ${other} --times`)).exit, 0, other);
  }
  for (const other of ["small", "saved", "again"]) {
    assert.ok(files.stat(`/data/${other}.mcap`)!.size < files.stat("/data/plain.mcap")!.size, other);
    assert.match((await tinman(`log info ${other}.mcap`)).stdout, /packed/);
  }
});

Deno.test("--compress for a folder, or for nothing, is a USAGE error that says what to write, before anything runs", async () => {
  const { files, tinman } = createWorld();
  await tinman("run nodes.ts --duration 1s --record=run.mcap");
  const before = files.list("/data");
  for (
    const [line, fix] of [
      ["run nodes.ts --compress", /nothing is recorded[^]*--record=run\.mcap/],
      ["run nodes.ts --record --compress", /a folder has no compression[^]*--record=run\.mcap/],
      ["run nodes.ts --record=runs --compress", /a folder has no compression[^]*--record=run\.mcap/],
      ["replay run.mcap nodes.ts --record --compress", /a folder has no compression[^]*--record=again\.mcap/],
      ["record --from kafka://127.0.0.1:1/x --compress", /a folder has no compression[^]*--out run\.mcap/],
      ["log copy run.mcap other/ --compress", /a folder has no compression[^]*name a file: other\.mcap/],
      ["log recover run.mcap other --compress", /a folder has no compression[^]*name a file: other\.mcap/],
      ["log import a.csv other --compress", /a folder has no compression[^]*name a file: other\.mcap/],
    ] as const
  ) {
    const { exit, stderr } = await tinman(line);
    assert.equal(exit, 2, line);
    assert.match(stderr, fix);
  }
  assert.deepEqual(files.list("/data"), before);
});

Deno.test("a replay of the same run gives the same bytes from either form, into either form", async () => {
  const { files, tinman } = createWorld();
  await tinman("run nodes.ts --duration 2s --seed x --record=run.mcap");
  await tinman("log recover run.mcap folder");
  const framesOf = (path: string) => {
    using recording = openRecording(files, path);
    return [...recording.frames()].map(({ channel, timeNs, data }) => [channel, timeNs, data.toHex()]);
  };
  for (
    const [from, to] of [["run.mcap", "a.mcap"], ["run.mcap", "b"], ["folder", "c.mcap"], ["folder", "d"]] as const
  ) {
    assert.equal((await tinman(`replay ${from} changed.ts --record=${to}`)).exit, 0);
  }
  const first = framesOf("/data/a.mcap");
  assert.ok(first.some(([, , data]) => data === "a5686f742034")); // "hot 4", which was not recorded
  for (const path of ["/data/b", "/data/c.mcap", "/data/d"]) assert.deepEqual(framesOf(path), first);
});

Deno.test("log info, cat, list, verify, doctor and tail take an .mcap file", async () => {
  const { tinman } = createWorld();
  await tinman("run nodes.ts --duration 1s --record=run.mcap");
  const info = await tinman("log info run.mcap");
  assert.match(info.stdout, /^readings +msgpack +(9|10) /m);
  assert.match(info.stdout, /^whole +yes$/m);
  const json = JSON.parse((await tinman("log info run.mcap --json")).stdout);
  assert.deepEqual([json.clean, json.channels[0].name, json.channels[0].bytes > 0], [true, "alarms", true]);
  assert.match((await tinman("log cat run.mcap -c readings --head 2")).stdout, /readings +0\n.*readings +1\n$/);
  assert.match((await tinman("log list .")).stdout, /^run\.mcap .* clean$/m);
  const verify = await tinman("log verify run.mcap");
  assert.equal(verify.exit, 0);
  assert.match(verify.stdout, /^whole: \d+ frames in 5 channels, \d+ blocks?, /m);
  assert.equal((await tinman("log doctor run.mcap")).exit, 0);
  const tail = await tinman("log tail run.mcap -n 3");
  assert.deepEqual([tail.exit, tail.stdout.trimEnd().split("\n").length], [0, 3]);
});

Deno.test("log verify finds damage in an .mcap file, and log recover saves the rest into a file or a folder", async () => {
  const { files, tinman } = createWorld();
  await tinman("run nodes.ts --duration 3s --record=run.mcap");
  using file = files.open("/data/run.mcap", "read");
  const content = new Uint8Array(file.size());
  file.read(content, 0);
  files.replace("/data/run.mcap", content.subarray(0, content.length * 0.6));
  assert.match((await tinman("log info run.mcap")).stdout, /the last \d+ bytes are left out: behind \d+ whole frames/);
  for (const to of ["saved.mcap", "saved"]) {
    const { exit, stdout } = await tinman(`log recover run.mcap ${to}`);
    assert.equal(exit, 0);
    assert.match(stdout, /^cut off: .* behind the last whole record$/m);
    assert.equal((await tinman(`log verify ${to}`)).exit, 0);
  }
  content[content.length >> 1]! ^= 1;
  files.replace("/data/run.mcap", content);
  const { exit, stdout } = await tinman("log verify run.mcap");
  assert.equal(exit, 5);
  assert.match(stdout, /frames are damaged|something between them is damaged/);
});
