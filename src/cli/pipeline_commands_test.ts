// Goal: a pipeline.json is checked, drawn, run, recorded and replayed as a TypeScript graph is. Method: files and time in
// memory, and the very configuration of the original's README.
import assert from "node:assert/strict";
import { builtinRegistry, msgpack } from "../../codecs/mod.ts";
import { frameKind } from "../pipeline/mod.ts";
import { createMemoryFiles } from "../files/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { main } from "./main.ts";
import { createMemoryIo } from "./memory_io.ts";

const original = {
  pipeline_config: { channel_capacity: 10 },
  nodes: [
    { id: "sine_gen", type: "SineGenerator", config: { frequency: 440.0, sample_rate: 48000.0, frame_size: 1024 } },
    { id: "amplifier", type: "Gain", config: { gain: 2.5 } },
    { id: "console_out", type: "Print", config: { label: "Async Output" } },
  ],
  connections: [{ from: "sine_gen", to: "amplifier" }, { from: "amplifier", to: "console_out" }],
};

/** A folder with these files, and a command line in it. */
function world(files: Readonly<Record<string, unknown>>) {
  const memory = createMemoryFiles();
  const put = (name: string, content: unknown) => {
    const text = typeof content === "string" ? content : JSON.stringify(content);
    memory.replace(`/data/${name}`, new TextEncoder().encode(text));
  };
  for (const [name, content] of Object.entries(files)) put(name, content);
  const registry = builtinRegistry().with([frameKind]);
  const environment = createTestEnvironment({ files: memory, registry, defaultCodec: msgpack() });
  const tinman = async (line: string) => {
    const io = createMemoryIo({ environment, folder: "/data" });
    const exit = await environment.drive(main(line.split(" "), io));
    return { exit, stdout: io.printed(), stderr: io.noted() };
  };
  return { tinman, put };
}

Deno.test("the README example of the original runs unchanged, triggered once, and says what it printed", async () => {
  const { exit, stderr } = await world({ "pipeline.json": original }).tinman("run pipeline.json");
  assert.equal(exit, 0, stderr);
  assert.match(
    stderr,
    /console_out: \[Async Output\] Frame #0 @ 0μs\n {2}main_channel: len=1024, mean=0\.\d{4}, rms=1\.7\d{3}\n/,
  );
});

Deno.test("a pipeline.json that was recorded replays the same, and a changed one is found out", async () => {
  const { tinman, put } = world({ "pipeline.json": { ...original, pipeline_config: { trigger_count: 3 } } });
  const run = await tinman("run pipeline.json --record --stats");
  assert.equal(run.exit, 0, run.stderr);
  assert.match(run.stdout, /^console_out +3 /m);
  const same = await tinman("replay latest pipeline.json --verify");
  assert.equal(same.exit, 0, same.stderr);
  assert.match(same.stdout, /^console_out +3 +3 +same/m);
  put("pipeline.json", JSON.stringify(original).replace("2.5", "2.50001"));
  const other = await tinman("replay latest pipeline.json --verify");
  assert.equal(other.exit, 6, other.stderr);
});

Deno.test("a pipeline.json triggers as often as it says, and --duration ends one that has no end", async () => {
  const { tinman } = world({
    "p.jsonc": `// ten a second\n${JSON.stringify({ ...original, pipeline_config: { trigger_every_ms: 100 } })}`,
  });
  const { exit, stdout, stderr } = await tinman("run p.jsonc --duration 1.05s --json");
  assert.equal(exit, 0, stderr);
  const { channels, stopped } = JSON.parse(stdout);
  assert.equal(stopped, "duration");
  assert.equal(channels.find(({ name }: { name: string }) => name === "console_out").count, 11);
});

Deno.test("check and graph show a pipeline.json as a graph", async () => {
  const { tinman } = world({ "pipeline.json": original });
  const checked = await tinman("check pipeline.json");
  assert.equal(checked.exit, 0, checked.stderr);
  assert.match(checked.stdout, /^amplifier +amplifier +console_out +frame$/m);
  assert.equal(
    (await tinman("graph pipeline.json")).stdout,
    "[trigger] → trigger\ntrigger → [sine_gen] → sine_gen\nsine_gen → [amplifier] → amplifier\n" +
      "amplifier → [console_out] → console_out\n",
  );
});

Deno.test("check says all that is wrong with a pipeline.json at once, and nothing starts", async () => {
  const nodes = [{ id: "a", type: "Sine" }, { id: "b", type: "Gain", config: { gian: 2 } }];
  const { tinman } = world({
    "pipeline.json": { nodes, connections: [{ from: "a", to: "c" }] },
    "torn.json": "{\n  [",
  });
  for (const command of ["check", "run", "graph"]) {
    const { exit, stdout, stderr } = await tinman(`${command} pipeline.json`);
    assert.deepEqual([exit, stdout], [2, ""]);
    assert.match(
      stderr,
      /^error\[E1002\]: Cannot use .*pipeline\.json: 3 problems\n {2}nodes\[0\]\.type: unknown node type/,
    );
    assert.match(
      stderr,
      /\n {2}nodes\[1\]\.config\.gian: did you mean "gain"\?\n {2}connections\[0\]\.to: there is no/,
    );
  }
  assert.match((await tinman("check torn.json")).stderr, /torn\.json:2:3: expected a key/);
  assert.match((await tinman("run pipeline.json:a")).stderr, /it is a pipeline, not a module\n.*--only a/);
});

Deno.test("pipeline stages lists the types and what they take", async () => {
  const { tinman } = world({});
  assert.match((await tinman("pipeline stages")).stdout, /^Gain +math +gain /m);
  assert.match((await tinman("pipeline stages Gain")).stdout, /^Gain: .*\ninputs: in\n[^]*\ngain +number +1 /m);
  const { stages } = JSON.parse((await tinman("pipeline stages SineGenerator --json")).stdout);
  assert.equal(stages[0].parameters.frequency.unit, "Hz");
  const missing = await tinman("pipeline stages Gian");
  assert.equal(missing.exit, 3);
  assert.match(missing.stderr, /did you mean "Gain"\?/);
});
