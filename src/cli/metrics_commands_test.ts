// Goal: what `run --metrics` and `--stats` say of a pipeline and of several. Method: files, time and the server in memory;
// tests/cli/metrics_test.ts has real ones.
import assert from "node:assert/strict";
import { builtinRegistry, msgpack } from "../../codecs/mod.ts";
import { createMemoryFiles } from "../files/mod.ts";
import { frameKind } from "../pipeline/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import type { Telemetry } from "./io.ts";
import { main } from "./main.ts";
import { createMemoryIo } from "./memory_io.ts";

const pipeline = {
  pipeline_config: { trigger_count: 20, channel_capacity: 2 },
  nodes: [{ id: "sine", type: "SineGenerator" }, { id: "loud", type: "Gain" }],
  connections: [{ from: "sine", to: "loud", shed: "drop_oldest" }],
};

/** Runs a command line, and gives what the page said at the end of the run. */
async function run(line: string) {
  const files = createMemoryFiles();
  files.makeFolder("/data/b");
  for (const name of ["a", "b/a"]) {
    files.replace(`/data/${name}.json`, new TextEncoder().encode(JSON.stringify(pipeline)));
  }
  const environment = createTestEnvironment({
    files,
    registry: builtinRegistry().with([frameKind]),
    defaultCodec: msgpack(),
  });
  let [page, ports] = ["", [] as (number | undefined)[]];
  const telemetry: Telemetry = {
    serve: ({ port, text }) => {
      ports.push(port);
      return Promise.resolve({
        url: "http://127.0.0.1:9464/metrics",
        [Symbol.asyncDispose]: () => Promise.resolve(void (page = text())),
      });
    },
    export: undefined,
  };
  const io = createMemoryIo({ environment, folder: "/data", telemetry });
  const exit = await environment.drive(main(line.split(" "), io));
  return { exit, page, ports, stdout: io.printed(), stderr: io.noted() };
}

Deno.test("run --metrics shows every frame of an edge: those that went in, and those that were shed", async () => {
  const { exit, page, ports, stderr } = await run("run a.json --metrics=9464");
  assert.equal(exit, 0, stderr);
  assert.deepEqual(ports, [9464]);
  assert.match(stderr, /^metrics at http:\/\/127\.0\.0\.1:9464\/metrics$/m);
  const value = (series: string) =>
    Number(page.split("\n").find((line) => line.startsWith(`${series} `))?.split(" ")[1]);
  const edge = '{from="sine",pipeline="a",to="loud.in"}';
  const shed = value(`tinman_edge_dropped_frames_total${edge}`);
  assert.equal(value(`tinman_edge_frames_total${edge}`), 20);
  assert.equal(value('tinman_stage_frames_total{pipeline="a",stage="loud"}') + shed, 20);
  assert.equal(value('tinman_channel_messages_total{channel="sine"}'), 20);
});

Deno.test("run --metrics takes any free port without one, and tells files of one name apart", async () => {
  const { exit, page, ports } = await run("run a.json b/a.json --metrics");
  // Two pipelines with channels of the same names are no graph; the page was there before that was seen.
  assert.deepEqual([exit, ports], [2, [0]]);
  for (const name of ["a", "a-2"]) assert.ok(page.includes(`{pipeline="${name}",stage="sine"} 0`), name);
});

Deno.test("run --metrics refuses what is no port before anything is loaded", async () => {
  for (const port of ["70000", "-1", "9464.5", "x", ""]) {
    const { exit, stderr, ports } = await run(`run nothing.json --metrics=${port}`);
    assert.deepEqual([exit, ports], [2, []]);
    assert.match(stderr, /it is a port from 0 to 65535/);
  }
});

Deno.test("run --stats says how the stages of a pipeline did, behind the table of channels and apart from it", async () => {
  const { stdout, stderr } = await run("run a.json --stats");
  assert.match(stdout, /^sine +20 /m);
  assert.match(stderr, /=== Pipeline Metrics ===\n\n\[sine\]\n {2}Frames: 20 frames processed\n/);
  assert.match(stderr, /Deadlines: 0 of \d+ runs over 200ms \(normal\)/);
  assert.ok(!stdout.includes("Pipeline Metrics"));
});

Deno.test("run says what a pipeline dropped, whatever else it was told to count", async () => {
  const lines = await Promise.all(["", " --metrics", " --stats", " -q"].map(async (flags) => {
    const { stderr } = await run(`run a.json${flags}`);
    return stderr.match(/^\d+ frames given up or shed: (\d+) at loud$/gm);
  }));
  const [plain, ...others] = lines;
  assert.equal(plain?.length, 1);
  assert.deepEqual(others, [plain, plain, null]);
});
