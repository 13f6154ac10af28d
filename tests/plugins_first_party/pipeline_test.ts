// Goal: what comes with tinman for devices works in a pipeline.json: the examples in examples/pipelines, a serial port both
// ways, and the machine's own telemetry, recorded and replayed. Method: real processes, and terminals that socat connects.
import assert from "node:assert/strict";
import { readUntil, spawn, temporaryFolder, tinman } from "../cli/processes.ts";
import { listFiles, rootPath } from "../source_files.ts";
import { serialTransport } from "../../src/platform/mod.ts";
import { hasProgram, openPtys } from "./_pty.ts";

const ignore = Deno.build.os !== "linux" || !hasProgram("socat");
const examples = listFiles(["examples/pipelines"], ".jsonc");

/** A folder with files, and a command line in it. */
function project(files: Readonly<Record<string, unknown>> = {}) {
  const folder = temporaryFolder();
  const path = (name: string) => `${folder.path}/${name}`;
  for (const [name, content] of Object.entries(files)) {
    Deno.writeTextFileSync(path(name), typeof content === "string" ? content : JSON.stringify(content));
  }
  const run = async (line: string, code = 0) => {
    const ended = await tinman(line.split(" "), { cwd: folder.path });
    assert.equal(ended.code, code, `${line}: ${ended.stdout}${ended.stderr}`);
    return ended;
  };
  const read = (name: string) => Deno.readTextFileSync(path(name));
  return { run, read, path: folder.path, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

for (const example of examples) {
  Deno.test(`${example} can run, as soon as it is granted what it needs`, async () => {
    using here = project();
    await here.run(`check ${rootPath}${example}`);
  });
}

Deno.test("host.jsonc reads this machine, smooths, shows and keeps it, and replays as it was", async () => {
  using here = project({ "host.jsonc": Deno.readTextFileSync(`${rootPath}examples/pipelines/host.jsonc`) });
  const denied = await here.run("run host.jsonc --duration 1s", 4);
  const grant = /fix: tinman (plugin grant .*)/.exec(denied.stderr)![1]!;
  await here.run(grant);
  const ran = await here.run("run host.jsonc --record --duration 1.5s");
  assert.match(ran.stderr, /show: \[smooth\] Frame #1 @/);
  assert.match(ran.stderr, /memory\.free: len=1, mean=\d{6,}/);
  const kept = here.read("host.jsonl").trim().split("\n").map((line) => JSON.parse(line));
  assert.ok(kept.length >= 3, `${kept.length} frames`);
  assert.deepEqual(kept.map((each) => each.sequence_id), kept.map((_, i) => i));
  assert.ok(
    kept.every(({ payload }) => payload.load[0] >= 0 && payload["memory.total"][0] > payload["memory.free"][0]),
  );
  const replayed = await here.run("replay latest host.jsonc --verify");
  assert.match(replayed.stdout, new RegExp(`^keep +${kept.length} +${kept.length} +same$`, "m"));
});

Deno.test("the stages of tinman.signal give what their fixtures say, in QuickJS with nothing granted", async () => {
  using here = project();
  assert.match((await here.run("plugin test tinman.signal")).stdout, /^passed: 5 ok, 0 failed$/m);
});

const port = (id: string, path: string, config: object = {}) => ({
  ...{ id, type: "tinman.serial/numbers", config: { port: path, reconnect: false, ...config } },
});

Deno.test({
  name: "a pipeline reads numbers from a serial port, and writes what it makes of them to another",
  ignore,
  async fn() {
    await using from = await openPtys();
    await using to = await openPtys();
    using here = project({
      "p.json": {
        nodes: [
          port("in", from.a, { columns: ["left", "", "right"], prefix: "$WI", rows: 2, rate: 10 }),
          { id: "loud", type: "Gain", config: { gain: 10 } },
          port("out", to.a, { columns: ["right", "left"], separator: ";", prefix: "> ", newline: "\n" }),
          { id: "bad", type: "JsonlSink", config: { path: "bad.jsonl" } },
        ],
        connections: [{ from: "in", to: "loud" }, { from: "loud", to: "out" }, { from: "in.problems", to: "bad" }],
      },
    });
    await here.run(`plugin grant tinman.serial serial=${from.a},${to.a}`);
    await using device = await serialTransport.open(`serial:${from.b}`);
    await using display = await serialTransport.open(`serial:${to.b}`);
    await using child = spawn(["run", "p.json", "--record", "--duration", "20s"], { cwd: here.path });
    const said = readUntil(child.stderr, "never");
    const shown: string[] = [];
    const reading = (async () => {
      for await (const bytes of display.incoming) {
        shown.push(new TextDecoder().decode(bytes));
        if (shown.join("").split("\n").length > 4) return;
      }
    })();
    const lines = [
      "$WIX,1,R,2",
      "$GPX,9",
      "$WIX,x,R,2",
      "$WIX,3,R,4",
      "$WIX,5,R,6*00",
      "$WIX,7,R,8",
      "$WIX,0.5,R,",
      "",
    ];
    await device.send(new TextEncoder().encode(lines.join("\r\n")));
    await reading;
    child.kill("SIGINT");
    await child.stdout.cancel();
    const text = await said;
    assert.equal((await child.status).code, 130, text);
    assert.equal(shown.join(""), "> 20;10\n> 40;30\n> 80;70\n> ;5\n");
    const bad = here.read("bad.jsonl").trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(bad.map(({ payload, metadata }) => [payload.count[0], metadata.reason]), [
      [1, 'left is "x", expected a number'],
      [2, "its checksum is 3B, it says 00"],
    ]);
    // Only what computes: the port of the sink may be gone by then.
    const replayed = await here.run("replay latest p.json --verify --only loud");
    assert.match(replayed.stdout, /^loud +2 +2 +same$/m);
  },
});
