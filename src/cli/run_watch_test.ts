// Goal: a pipeline.json that is edited while it runs changes the run, and the replay of it changes where the run did.
// Method: files and time in memory; the file is written again at given times.
import assert from "node:assert/strict";
import { builtinRegistry, msgpack } from "../../codecs/mod.ts";
import { createMemoryFiles } from "../files/mod.ts";
import { frameKind } from "../pipeline/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { main } from "./main.ts";
import { createMemoryIo } from "./memory_io.ts";

const pipeline = (gain: number, more: readonly string[] = []) => ({
  pipeline_config: { trigger_every_ms: 100 },
  nodes: [
    { id: "sine", type: "SineGenerator", config: { frame_size: 16 } },
    { id: "amp", type: "Gain", config: { gain } },
    ...more.map((id) => ({ id, type: "RMS" })),
  ],
  connections: [{ from: "sine", to: "amp" }, ...more.map((to) => ({ from: "amp", to }))],
});

/** A folder in which pipeline.json says one thing after the other, each from its millisecond on. */
function world(...texts: readonly (readonly [number, unknown])[]) {
  const files = createMemoryFiles();
  const put = (content: unknown) => {
    const text = typeof content === "string" ? content : JSON.stringify(content);
    files.replace("/data/pipeline.json", new TextEncoder().encode(text));
  };
  put(texts[0]![1]);
  const registry = builtinRegistry().with([frameKind]);
  const environment = createTestEnvironment({ files, registry, defaultCodec: msgpack() });
  const tinman = async (line: string) => {
    const io = createMemoryIo({ environment, folder: "/data" });
    const exit = await environment.drive(main(line.split(" "), io));
    return { exit, stdout: io.printed(), stderr: io.noted() };
  };
  const edited = async (line: string) => {
    for (const [ms, text] of texts.slice(1)) void environment.clock.sleep(ms).then(() => put(text));
    return await tinman(line);
  };
  return { tinman, edited, put };
}

Deno.test("run --watch shows what changed and applies it, refuses what has problems, and goes on", async () => {
  const { edited } = world([0, pipeline(1)], [1000, pipeline(2, ["level"])], [
    2000,
    JSON.stringify(pipeline(3, ["level"])).replace("Gain", "Gian").replace("RMS", "RSM"),
  ], [3000, pipeline(2)]);
  const { exit, stderr } = await edited("run pipeline.json --watch --duration 4s");
  assert.equal(exit, 0);
  assert.deepEqual(stderr.split("\n").slice(0, -2), [
    "watching pipeline.json: save it to change the pipeline, Ctrl-C to end",
    "pipeline.json changed:",
    "  + level: RMS",
    "  ~ amp: config.gain 1 → 2",
    "  + amp → level",
    "applied in 0.0 ms",
    "pipeline.json is not applied, the run goes on as it was:",
    '  nodes[1].type: unknown node type "Gian"; did you mean "Gain"?',
    '  nodes[2].type: unknown node type "RSM"; did you mean "RMS"?',
    "pipeline.json changed:",
    "  - level: RMS",
    "  - amp → level",
    "applied in 0.0 ms",
  ]);
});

Deno.test("a recorded run --watch replays the same with what it began with, and says so with anything else", async () => {
  const { edited, tinman, put } = world([0, pipeline(1)], [1050, pipeline(2, ["level"])], [2050, pipeline(2)]);
  assert.equal((await edited("run pipeline.json --watch --record --duration 3s")).exit, 0);
  put(pipeline(1));
  const same = await tinman("replay latest pipeline.json --verify");
  assert.equal(same.exit, 0, same.stderr);
  assert.match(same.stdout, /^amp +(\d+) +\1 +same$/m);
  assert.match(same.stdout, /^level +(\d+) +\1 +same$/m);
  put(pipeline(2));
  const other = await tinman("replay latest pipeline.json --verify");
  assert.equal(other.exit, 6);
  assert.match(
    other.stderr,
    /^pipeline\.json is not what the run began with; since then:\n {2}~ amp: config\.gain 1 → 2\n/m,
  );
});

Deno.test("run --watch is for one pipeline.json, all of it", async () => {
  const { tinman } = world([0, pipeline(1)]);
  assert.match((await tinman("run pipeline.json pipeline.json --watch")).stderr, /--watch is for one pipeline\.json/);
  assert.match((await tinman("run pipeline.json --watch --only amp")).stderr, /Cannot watch a part of pipeline\.json/);
});
