// Goal: what check, graph, run and replay print and exit with. Method: nodes, files and time in memory.
import assert from "node:assert/strict";
import { builtinRegistry, msgpack } from "../../codecs/mod.ts";
import { channel } from "../channel/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { createMemoryFiles, type Files } from "../files/mod.ts";
import { node } from "../runtime/mod.ts";
import { createTestEnvironment, type TestEnvironment } from "../testing/environment.ts";
import { main } from "./main.ts";
import { createMemoryIo, type MemoryIoOptions } from "./memory_io.ts";

const readings = channel<number>("readings");
const alarms = channel<string>("alarms");

const sensor = node({ name: "sensor", out: { readings } }, async ({ readings, clock }) => {
  let n = 0;
  for await (const _ of clock.every(100)) await readings.publish(n++);
});
const alarmAbove = (limit: number) =>
  node({ name: "alarm", in: { readings }, out: { alarms } }, async ({ readings, alarms }) => {
    for await (const n of readings) await alarms.publish(n > limit ? `hot ${n}` : "fine");
  });

interface World {
  readonly environment: TestEnvironment;
  readonly modules: Record<string, Record<string, unknown>>;
}

function createWorld(files: Files = createMemoryFiles()): World {
  const environment = createTestEnvironment({ files, registry: builtinRegistry(), defaultCodec: msgpack() });
  const modules = {
    "/data/nodes.ts": { default: [sensor, alarmAbove(5)] },
    "/data/changed.ts": { default: [sensor, alarmAbove(3)] },
  };
  for (const path of Object.keys(modules)) files.replace(path, new Uint8Array(0));
  return { environment, modules };
}

async function tinman(line: string, world: World, options: Partial<MemoryIoOptions> = {}) {
  const { environment, modules } = world;
  const io = createMemoryIo({
    environment,
    folder: "/data",
    load: (path) => Promise.resolve(modules[path]!),
    ...options,
  });
  const exit = await environment.drive(main(line.split(" ").filter((word) => word !== ""), io));
  return { exit, stdout: io.printed(), stderr: io.noted(), exits: io.exits };
}

Deno.test("check prints the channels, and a graph that cannot run is an error with exit 2", async () => {
  const world = createWorld();
  const good = await tinman("check nodes.ts", world);
  assert.equal(good.exit, 0);
  assert.match(good.stdout, /^readings {2}sensor {2}alarm +default$/m);
  assert.equal(JSON.parse((await tinman("check nodes.ts --json", world)).stdout).ok, true);
  world.modules["/data/nodes.ts"] = { default: [sensor, sensor] };
  const bad = await tinman("check nodes.ts", world);
  assert.deepEqual([bad.exit, bad.stdout], [2, ""]);
  assert.match(bad.stderr, /^error\[E2104\]: Channel "readings" is produced by multiple nodes/);
});

Deno.test("check --on takes inputs from a recording", async () => {
  const world = createWorld();
  await tinman("run nodes.ts --record --duration 500ms", world);
  world.modules["/data/nodes.ts"] = { default: alarmAbove(5) };
  assert.equal((await tinman("check nodes.ts", world)).exit, 2);
  assert.equal((await tinman("check nodes.ts --on latest", world)).exit, 0);
});

Deno.test("graph draws in four forms", async () => {
  const world = createWorld();
  assert.match((await tinman("graph nodes.ts", world)).stdout, /\[sensor\] → readings/);
  assert.match((await tinman("graph nodes.ts -f dot", world)).stdout, /^digraph/);
  assert.match((await tinman("graph nodes.ts --format mermaid", world)).stdout, /^flowchart LR/);
  const [json, flag] = [await tinman("graph nodes.ts -f json", world), await tinman("graph nodes.ts --json", world)];
  assert.deepEqual(JSON.parse(json.stdout), JSON.parse(flag.stdout));
  assert.equal(JSON.parse(json.stdout).v, 1);
});

Deno.test("run --duration ends in time with 0, keeps stdout empty and sums up on stderr", async () => {
  const { exit, stdout, stderr } = await tinman("run nodes.ts --duration 1s", createWorld());
  assert.deepEqual([exit, stdout], [0, ""]);
  assert.match(stderr, /messages in 1\.0 s/);
  assert.equal((await tinman("run nodes.ts --duration 1s -q", createWorld())).stderr, "");
});

Deno.test("run --stats prints a table, and --json all that is in it", async () => {
  const world = createWorld();
  const { stdout } = await tinman("run nodes.ts --duration 1s --stats --record", world);
  assert.match(stdout, /^readings +(9|10) /m);
  const report = JSON.parse((await tinman("run nodes.ts --duration 1s --json --record=there", world)).stdout);
  assert.deepEqual([report.v, report.stopped], [1, "duration"]);
  assert.match(report.recording, /^\/data\/there\//);
  for (const key of ["name", "count", "hz", "bytes", "drops"]) assert.ok(key in report.channels[0], key);
});

Deno.test("run --record makes a recording, of the channels that were asked for", async () => {
  const world = createWorld();
  const { stderr } = await tinman("run nodes.ts --duration 1s --record -c readings", world);
  assert.match(stderr, /recorded .*nothing lost, to \/data\/recordings\//);
  const info = JSON.parse((await tinman("log info latest --json", world)).stdout);
  assert.deepEqual(info.channels.map(({ name }: { name: string }) => name), ["readings"]);
});

Deno.test("run --only takes nodes by name", async () => {
  const world = createWorld();
  const report = JSON.parse((await tinman("run nodes.ts --only sensor --duration 1s --json", world)).stdout);
  assert.deepEqual(
    report.channels.map(({ name }: { name: string }) => name).filter((name: string) => name !== "logs"),
    ["readings"],
  );
  const wrong = await tinman("run nodes.ts --only sensro", world);
  assert.equal(wrong.exit, 3);
  assert.match(wrong.stderr, /did you mean "sensor"\?/);
});

Deno.test("run exits 1 when a node throws, and names the node and the cause once", async () => {
  const world = createWorld();
  world.modules["/data/nodes.ts"] = {
    default: node({ name: "port" }, () => Promise.reject(new Error("cable pulled"))),
  };
  const { exit, stdout, stderr } = await tinman("run nodes.ts", world);
  assert.deepEqual([exit, stdout], [1, ""]);
  assert.match(stderr, /^error\[E2201\]: Node "port" failed: cable pulled$/m);
  assert.equal(stderr.match(/cable pulled/g)?.length, 1);
});

Deno.test("run exits with the code of the error that a node throws", async () => {
  const world = createWorld();
  const cases: [TinmanError, number][] = [
    [new TinmanError("UNAVAILABLE", "Cannot open the port: it is busy", { what: "port" }), 7],
    [new TinmanError("DENIED", "Cannot open the port: not allowed", { what: "port" }), 4],
    [new TinmanError("TIMEOUT", "Cannot wait longer than 5 ms", { timeoutMs: 5 }), 124],
  ];
  for (const [error, expected] of cases) {
    world.modules["/data/nodes.ts"] = { default: node({ name: "port" }, () => Promise.reject(error)) };
    const { exit, stderr } = await tinman("run nodes.ts", world);
    assert.equal(exit, expected);
    assert.match(stderr, /at node port/);
  }
});

Deno.test("run ends at the first signal with its code, the rest drained, and at once at the second", async () => {
  for (const [signal, expected] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    const world = createWorld();
    const { environment, modules } = world;
    const io = createMemoryIo({ environment, folder: "/data", load: (path) => Promise.resolve(modules[path]!) });
    const running = main(["run", "nodes.ts", "--record"], io);
    await environment.drive(environment.clock.sleep(450));
    environment.signal(signal);
    assert.equal(await environment.drive(running), expected);
    assert.deepEqual(io.exits, []);
    const info = JSON.parse((await tinman("log info latest --json", world)).stdout);
    assert.equal(info.clean, true);
    const counts = info.channels.filter(({ name }: { name: string }) => name !== "logs").map((
      each: { frames: number },
    ) => each.frames);
    assert.equal(counts[0], counts[1], "what the sensor sent came through");
  }
});

Deno.test("run exits at once at the second signal", async () => {
  const world = createWorld();
  world.modules["/data/nodes.ts"] = { default: node({ name: "stuck" }, () => new Promise(() => {})) };
  const { environment, modules } = world;
  const io = createMemoryIo({ environment, folder: "/data", load: (path) => Promise.resolve(modules[path]!) });
  const running = main(["run", "nodes.ts", "--grace", "1s"], io);
  await environment.drive(environment.clock.sleep(50));
  environment.signal("SIGINT");
  environment.signal("SIGINT");
  assert.deepEqual(io.exits, [130]);
  assert.equal(await environment.drive(running), 130);
});

Deno.test("run exits 124 when a node does not end within --grace, and names it", async () => {
  const world = createWorld();
  world.modules["/data/nodes.ts"] = { default: node({ name: "stuck" }, () => new Promise(() => {})) };
  const { exit, stderr } = await tinman("run nodes.ts --duration 100ms --grace 1s", world);
  assert.equal(exit, 124);
  assert.match(stderr, /stuck/);
});

Deno.test("run puts what nodes say on stderr, debug only with -v, nothing but warnings with -q", async () => {
  const world = createWorld();
  const talker = node({ name: "talker" }, ({ log }) => {
    log.debug("details");
    log.info("hello \x1b[2J");
    log.warn("careful");
    return Promise.resolve();
  });
  world.modules["/data/nodes.ts"] = { default: talker };
  const usual = await tinman("run nodes.ts", world);
  assert.equal(usual.stdout, "");
  assert.match(usual.stderr, /info +talker: hello \\x1b\[2J\n.*warn +talker: careful/);
  assert.doesNotMatch(usual.stderr, /details/);
  assert.match((await tinman("run nodes.ts -v", world)).stderr, /details/);
  assert.doesNotMatch((await tinman("run nodes.ts -q", world)).stderr, /hello/);
  assert.match((await tinman("run nodes.ts -q", world)).stderr, /careful/);
});

Deno.test("run moves console.log of a node to stderr when stdout carries data", async () => {
  const world = createWorld();
  const heard: string[] = [];
  const [log, error] = [console.log, console.error];
  console.log = (text: string) => heard.push(`stdout ${text}`);
  console.error = (text: string) => heard.push(`stderr ${text}`);
  try {
    world.modules["/data/nodes.ts"] = { default: node({ name: "a" }, () => Promise.resolve(console.log("hi"))) };
    await tinman("run nodes.ts", world);
    await tinman("run nodes.ts --json", world);
  } finally {
    [console.log, console.error] = [log, error];
  }
  assert.deepEqual(heard, ["stdout hi", "stderr hi"]);
});

Deno.test("replay --verify says same with 0, and shows the first difference with 6", async () => {
  const world = createWorld();
  await tinman("run nodes.ts --record --duration 1s", world);
  const same = await tinman("replay latest nodes.ts --verify", world);
  assert.equal(same.exit, 0, same.stderr);
  assert.match(same.stdout, /^alarms +\d+ +\d+ {2}same$/m);
  assert.match(same.stderr, /sensor does not run: readings comes from the recording/);
  const changed = await tinman("replay latest changed.ts --verify", world);
  assert.equal(changed.exit, 6);
  assert.match(
    changed.stdout,
    /first difference: channel "alarms", frame 4, at .*\n {2}recorded {2}fine\n {2}replayed {2}hot 4\n/,
  );
  const { verify } = JSON.parse((await tinman("replay latest changed.ts --verify --json", world)).stdout);
  assert.deepEqual([verify.divergence.frame, verify.divergence.replayed], [4, "hot 4"]);
});

Deno.test("replay --verify refuses to compare nothing", async () => {
  const world = createWorld();
  await tinman("run nodes.ts --record --duration 1s -c readings", world);
  const { exit, stderr } = await tinman("replay latest nodes.ts --verify", world);
  assert.equal(exit, 2);
  assert.match(stderr, /no node publishes to a channel that was recorded/);
});

Deno.test("run refuses to record channels that are not there, and to choose some where nothing is recorded", async () => {
  const world = createWorld();
  const typo = await tinman("run nodes.ts --record -c raedings --duration 1s", world);
  assert.equal(typo.exit, 3);
  assert.match(
    typo.stderr,
    /Cannot record channel "raedings": the graph has readings, alarms, logs\n.*did you mean "readings"/,
  );
  const none = await tinman("run nodes.ts -c readings --duration 1s", world);
  assert.equal(none.exit, 2);
  assert.match(none.stderr, /Cannot use --channels: nothing is recorded\n {2}fix: add --record/);
  assert.equal((await tinman("run nodes.ts --exclude readings --duration 1s", world)).exit, 2);
  for (const glob of ["read*", "logs"]) {
    assert.equal((await tinman(`run nodes.ts --record -c ${glob} --exclude x --duration 1s`, world)).exit, 0, glob);
  }
});

Deno.test("replay --verify names the flags that would make it compare a part", async () => {
  const world = createWorld();
  await tinman("run nodes.ts --record --duration 1s", world);
  const part = async (flags: string) => (await tinman(`replay latest nodes.ts --verify ${flags}`, world)).stderr;
  const why = /Cannot verify a part of a recording: nodes keep state from its beginning/;
  assert.match(await part("--from 50%"), why);
  assert.match(await part("--from 50%"), /fix: leave out --from; q or Ctrl-C ends it early/);
  assert.match(await part("--to 50% -c readings --loop=2"), /fix: leave out --to, --loop and --channels;/);
});

Deno.test("replay --verify of a part of a run says that a difference may come from what is not in it", async () => {
  const world = createWorld();
  await tinman("run nodes.ts --record --duration 1s", world);
  await tinman("log copy latest part --from 50%", world);
  const part = await tinman("replay part nodes.ts --verify", world);
  assert.match(
    part.stderr,
    /^warning: \/data\/part does not say what nodes observed \(it is a part of a run, or several/m,
  );
  assert.match(part.stderr, /they begin without what they had kept, and a difference may come from that$/m);
  await tinman("log copy latest whole", world);
  assert.doesNotMatch((await tinman("replay whole nodes.ts --verify", world)).stderr, /warning/);
});

Deno.test("replay --verify that is ended with q or Ctrl-C says same so far, and nothing is called missing", async () => {
  const world = createWorld();
  await tinman("run nodes.ts --record --duration 10s", world);
  const { clock } = world.environment;
  async function* keys(): AsyncIterable<Uint8Array> {
    await clock.sleep(2000);
    yield new TextEncoder().encode("q");
  }
  const quit = await tinman("replay latest nodes.ts --verify --speed 1", world, { keys, terminal: true });
  assert.equal(quit.exit, 0);
  assert.match(quit.stdout, /^alarms +\d+ +\d+ {2}same so far$/m);
  assert.match(quit.stderr, /it was ended early: what came after that was not compared/);
});

Deno.test("replay --sources runs nodes without inputs again, and gives the same", async () => {
  const world = createWorld();
  await tinman("run nodes.ts --record --duration 1s", world);
  const { exit, stdout } = await tinman("replay latest nodes.ts --verify --sources", world);
  assert.equal(exit, 0);
  assert.match(stdout, /^readings .*same$/m);
});

Deno.test("replay without FILE prints the recording, at its own pace", async () => {
  const world = createWorld();
  await tinman("run nodes.ts --record --duration 1s", world);
  const before = world.environment.clock.elapsedNs();
  const { exit, stdout } = await tinman("replay latest -c alarms", world);
  assert.equal(exit, 0);
  assert.equal(stdout, (await tinman("log cat latest -c alarms", world)).stdout);
  assert.ok(world.environment.clock.elapsedNs() - before > 0.7e9);
  const [first] = (await tinman("replay latest -c alarms --json --speed max", world)).stdout.split("\n");
  assert.deepEqual([JSON.parse(first!).channel, JSON.parse(first!).value], ["alarms", "fine"]);
});

Deno.test("replay takes a range, a loop, another channel, and records again", async () => {
  const world = createWorld();
  await tinman("run nodes.ts --record=a --duration 1s", world);
  const frames = async (line: string) =>
    JSON.parse((await tinman(`replay a nodes.ts --json ${line}`, world)).stdout).frames;
  const all = await frames("");
  assert.ok(await frames("--from 50%") < all);
  assert.equal(await frames("--loop=3"), 3 * all);
  assert.equal(await frames("--remap alarms=readings"), all);
  const { recording } = JSON.parse((await tinman("replay a nodes.ts --json --record=b", world)).stdout);
  assert.match(recording, /^\/data\/b\//);
});

Deno.test("replay says what is wrong with its flags", async () => {
  const world = createWorld();
  await tinman("run nodes.ts --record --duration 1s", world);
  for (const flags of ["--speed fast", "--speed 0", "--loop=x", "--remap a", "--verify --from 5s"]) {
    assert.equal((await tinman(`replay latest nodes.ts ${flags}`, world)).exit, 2, flags);
  }
  assert.equal((await tinman("replay latest nodes.ts --remap raedings=readings", world)).exit, 3);
  assert.equal((await tinman("replay nothing nodes.ts", world)).exit, 3);
});

Deno.test("replay is steered by keys on a terminal: pause, step, speed, quit", async () => {
  const world = createWorld();
  await tinman("run nodes.ts --record --duration 10s", world);
  const { clock } = world.environment;
  async function* keys(): AsyncIterable<Uint8Array> {
    for (const key of [" ", "\x1b[C", "\x1b[A", " ", "q"]) {
      await clock.sleep(500);
      yield new TextEncoder().encode(key);
    }
  }
  const { exit, stderr } = await tinman("replay latest nodes.ts --speed 1", world, { keys, terminal: true });
  assert.equal(exit, 0);
  assert.match(stderr, /playing · .* · 1x[\s\S]*paused[\s\S]*2x/);
  assert.ok(clock.elapsedNs() < 14e9, "q ended it before its time");
});
