// Goal: what `tinman log copy` makes can be read and replayed. Method: nodes, files and time in memory.
import assert from "node:assert/strict";
import { builtinRegistry, json, msgpack } from "../../codecs/mod.ts";
import { channel } from "../channel/mod.ts";
import { VirtualClock } from "../clock/mod.ts";
import { createMemoryFiles } from "../files/mod.ts";
import { createRecording, openRecording } from "../log/mod.ts";
import { node } from "../runtime/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { main } from "./main.ts";
import { createMemoryIo, type MemoryIoOptions } from "./memory_io.ts";

const [readings, ticks, alarms] = [channel<number>("readings"), channel<number>("ticks"), channel<string>("alarms")];
const every = (ms: number, out: typeof readings) =>
  node({ name: `every-${ms}`, out: { out } }, async ({ out, clock }) => {
    let n = 0;
    for await (const _ of clock.every(ms)) await out.publish(n++);
  });
// Which of the two comes first, and what the clock says, is what only the journal knows.
const alarm = node({ name: "alarm", in: { readings, ticks }, out: { alarms } }, {
  readings: async (n, { alarms, clock }) => void await alarms.publish(`reading ${n} at ${clock.elapsedNs()}`),
  ticks: async (n, { alarms }) => void await alarms.publish(`tick ${n}`),
});
const modules: Record<string, Record<string, unknown>> = {
  "/data/nodes.ts": { default: [every(100, readings), every(70, ticks), alarm] },
  "/data/alarm.ts": { default: [alarm] },
};

function createWorld() {
  const files = createMemoryFiles();
  for (const path of Object.keys(modules)) files.replace(path, new Uint8Array(0));
  const environment = createTestEnvironment({ files, registry: builtinRegistry(), defaultCodec: msgpack() });
  const tinman = async (line: string, options: Partial<MemoryIoOptions> = {}) => {
    const load = (path: string) => Promise.resolve(modules[path]!);
    const io = createMemoryIo({ environment, folder: "/data", load, ...options });
    const exit = await environment.drive(main(line.split(" "), io));
    return { exit, stdout: io.printed(), stderr: io.noted() };
  };
  const frames = (path: string) => {
    using recording = openRecording(files, `/data/${path}`);
    return Array.from(recording.frames({ reserved: true }), ({ channel, timeNs, data }) => {
      return [channel, timeNs, data.toHex()];
    });
  };
  return { files, environment, tinman, frames };
}

Deno.test("log copy turns either form into the other, and replay --verify of the copy is exact", async () => {
  const { tinman, frames } = createWorld();
  await tinman("run nodes.ts --duration 2s --seed x --record=run");
  const { exit, stdout } = await tinman("log copy run run.mcap");
  assert.equal(exit, 0, stdout);
  assert.match(stdout, /^readings +(19|20) /m);
  assert.match(stdout, /^whole: \d+ frames in \/data\/run\.mcap, read again$/m);
  assert.equal((await tinman("log copy run.mcap again")).exit, 0);
  assert.deepEqual(frames("run.mcap"), frames("run"));
  assert.deepEqual(frames("again"), frames("run"));
  for (const path of ["run.mcap", "again"]) {
    const verified = await tinman(`replay ${path} nodes.ts --verify --json`);
    assert.equal(verified.exit, 0, verified.stderr);
    const { verify } = JSON.parse(verified.stdout);
    assert.ok(verify.channels.every(({ equal, recorded }: Record<string, number>) => equal === recorded && equal! > 0));
  }
});

Deno.test("log copy -c keeps what nodes observed: those whose channels are there are replayed exactly", async () => {
  const { tinman } = createWorld();
  await tinman("run nodes.ts --duration 2s --seed x --record=run");
  assert.equal((await tinman("log copy run some -c readings,ticks,alarms")).exit, 0);
  assert.equal((await tinman("replay some alarm.ts --verify")).exit, 0);
  assert.equal((await tinman("log copy run less -c readings,alarms")).exit, 0);
  const { exit, stderr } = await tinman("replay less alarm.ts --verify");
  assert.equal(exit, 3);
  assert.match(stderr, /ticks/);
});

Deno.test("log copy --from --to cuts to the nanosecond; the part is replayed by the recorded times", async () => {
  const { tinman, frames } = createWorld();
  await tinman("run nodes.ts --duration 2s --record=run");
  assert.equal((await tinman("log copy run part --from 500ms --to 1s")).exit, 0);
  const all = frames("run").filter(([name]) => !String(name).startsWith("~"));
  const firstNs = all[0]![1] as bigint;
  const inside = all.filter(([, timeNs]) => {
    return (timeNs as bigint) >= firstNs + 500_000_000n && (timeNs as bigint) < firstNs + 1_000_000_000n;
  });
  assert.ok(inside.length > 5);
  assert.deepEqual(frames("part").filter(([name]) => !String(name).startsWith("~")), inside);
  const printed = await tinman("replay part --speed max --json");
  assert.equal(printed.exit, 0, printed.stderr);
  assert.equal(printed.stdout.trimEnd().split("\n").length, inside.length);
  assert.equal((await tinman("replay part alarm.ts --stats")).exit, 0);
});

Deno.test("the replay of a part begins with the last values of latched channels, at its own beginning", async () => {
  const { files, tinman } = createWorld();
  const START = 1_777_629_600_000_000_000n;
  const clock = new VirtualClock(START);
  {
    using recording = createRecording(files, "/data/run", { clock });
    recording.channel("map", json<string>(), { latched: true }).write("harbour");
    for (let i = 0; i < 100; i++) {
      clock.advanceTo(START + BigInt(i) * 60_000_000_000n);
      recording.channel("pose", json<number>()).write(i);
    }
  }
  assert.equal((await tinman("log copy run part --from -2m")).exit, 0);
  const { stdout } = await tinman("replay part --speed max --json");
  const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ value }) => value), ["harbour", 97, 98, 99]);
  assert.equal(BigInt(lines[0].timeNs), START + 97n * 60_000_000_000n);
  // The time of what it begins with is not taken for its beginning.
  assert.match((await tinman("log info part")).stdout, /^length {4}2m00s$/m);
  assert.equal((await tinman("log cat part --from 1m")).stdout.trimEnd().split("\n").length, 2);
});

Deno.test("log copy merges recordings; one name with two codecs is refused with the fix", async () => {
  const { files, tinman } = createWorld();
  for (const [name, codec] of [["a", json()], ["b", msgpack()]] as const) {
    using recording = createRecording(files, `/data/${name}`, { clock: new VirtualClock(1_000_000_000n) });
    recording.channel("gps", codec).write(name);
  }
  const refused = await tinman("log copy a b both");
  assert.equal(refused.exit, 2);
  assert.match(refused.stderr, /one is json, the other msgpack[^]*fix: --rename 2:gps=gps-2 keeps both/);
  assert.equal(files.stat("/data/both"), undefined);
  assert.equal((await tinman("log copy a b both --rename 2:gps=gps-2")).exit, 0);
  const { stdout } = await tinman("log cat both");
  assert.match(stdout, /gps {4}a\n.*gps-2 {2}b\n$/);
  for (const rename of ["3:gps=x", "gps", "gps=", "=x"]) {
    assert.equal((await tinman(`log copy a b other --rename ${rename}`)).exit, 2);
  }
});

Deno.test("log copy says what is not there, and leaves what is", async () => {
  const { tinman } = createWorld();
  await tinman("run nodes.ts --duration 1s --record=run");
  assert.match((await tinman("log copy run copy -c raedings")).stderr, /did you mean "readings"\?/);
  assert.equal((await tinman("log copy rum copy")).exit, 3);
  const twice = await tinman("log copy run run");
  assert.equal(twice.exit, 2);
  assert.match(twice.stderr, /something is there/);
  assert.match((await tinman("log copy run")).stderr, /TO is missing/);
  assert.match((await tinman("log copy run run.csv")).stderr, /fix: tinman log export/);
});

Deno.test("log copy is ended by Ctrl-C, and nothing is left", async () => {
  const { files, environment, tinman } = createWorld();
  {
    using recording = createRecording(files, "/data/run", { clock: new VirtualClock(1n) });
    const numbers = recording.channel("numbers", msgpack());
    for (let i = 0; i < 50_000; i++) numbers.write(i);
  }
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    const ending = tinman("log copy run copy.mcap", { terminal: true });
    environment.signal(signal);
    const { exit, stderr } = await ending;
    assert.equal(exit, code);
    assert.ok(stderr.includes(`${signal}: nothing is left of the copy`), stderr);
    assert.equal(files.stat("/data/copy.mcap"), undefined);
  }
});

Deno.test("log copy --json says all that the table says", async () => {
  const { tinman } = createWorld();
  await tinman("run nodes.ts --duration 1s --record=run");
  const { v, to, channels, verify, moved } = JSON.parse((await tinman("log copy run copy --json")).stdout);
  assert.deepEqual([v, to, verify.ok, moved], [1, "/data/copy", true, 0]);
  assert.deepEqual(channels.map(({ name }: { name: string }) => name), ["alarms", "logs", "readings", "ticks"]);
});
