// Goal: what a plugin of the project brings is used in a pipeline.json as what tinman brings. Method: a project in memory,
// plugins in QuickJS, the command line in process.
import assert from "node:assert/strict";
import { builtinRegistry, msgpack } from "../../codecs/mod.ts";
import { frameKind } from "../pipeline/mod.ts";
import { openQuickJs } from "../plugin/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { createTestProject, writePlugin } from "./_plugin_project.ts";

const plugin = {
  title: "Signals",
  provides: {
    nodes: [{
      name: "ticks",
      title: "Numbers",
      out: { ticks: "" },
      config: { everyMs: { type: "number", default: 100 } },
    }],
    stages: [{
      name: "scale",
      title: "Every sample times a number",
      category: "math",
      config: { by: { type: "number", title: "Factor", min: 0, max: 10, default: 2, unit: "V" } },
    }],
  },
  capabilities: [{ name: "clock", why: "tick", optional: true }],
  module: `export default definePlugin({
    nodes: { ticks: async ({ out, clock, config, signal }) => {
      for (let i = 0; !signal.aborted; i++) {
        await out.ticks.publish({ tick: i });
        await clock.sleep(config.everyMs);
      }
    } },
    stages: { scale: ({ by }) => ({
      process(frame) {
        if (frame.payload.get("tick")?.[0] === 3) throw new RangeError("three");
        return { ...frame, payload: new Map([...frame.payload].map(([name, samples]) => [name, samples.map((x) => x * by)])) };
      },
    }) },
  });`,
};

const pipeline = (scale: object = {}) =>
  JSON.stringify({
    nodes: [{ id: "ticks", type: "org.example.signal/ticks" }, { id: "x", type: "org.example.signal/scale", ...scale }],
    connections: [{ from: "ticks", to: "x" }],
  });

async function project() {
  // The engine takes its time to load, once, and virtual time does not wait for it.
  await (await openQuickJs({ now: () => 0 })).close();
  const made = createTestProject(({ files }) =>
    createTestEnvironment({ files, registry: builtinRegistry().with([frameKind]), defaultCodec: msgpack() })
  );
  writePlugin(made, "signal", plugin);
  const { exit, stderr } = await made.run("plugin add signal");
  assert.equal(exit, 0, stderr);
  return made;
}

Deno.test("a pipeline.json with nodes and stages of a plugin is checked, drawn, run, recorded and replayed", async () => {
  const { run, write } = await project();
  write("p.json", pipeline({ on_error: "skip", dead_letters: "lost" }));
  assert.match((await run("check p.json")).stdout, /^ticks +ticks +x +frame$/m);
  assert.equal((await run("graph p.json")).stdout, "[ticks] → ticks\nticks → [x] → x, lost\n");
  const ran = await run("run p.json --record --duration 1s --json");
  assert.equal(ran.exit, 0, ran.stderr);
  const { channels } = JSON.parse(ran.stdout) as { channels: { name: string; count: number }[] };
  const [ticks, x, lost] = ["ticks", "x", "lost"].map((name) => channels.find((each) => each.name === name)!.count);
  assert.ok(ticks! > 4, `${ticks} ticks`);
  assert.deepEqual([x, lost], [ticks! - 1, 1]);
  const replayed = await run("replay latest p.json --verify");
  assert.equal(replayed.exit, 0, replayed.stderr);
  assert.match(replayed.stdout, new RegExp(`^x +${x} +${x} +same$`, "m"));
  assert.match(replayed.stderr, /ticks does not run: ticks comes from the recording/);
});

Deno.test("a stage of a plugin that throws fails the run with its name and its own words", async () => {
  const { run, write } = await project();
  write("p.json", pipeline());
  const { exit, stderr } = await run("run p.json --duration 1s");
  assert.equal(exit, 1);
  assert.match(stderr, /Stage "x" failed on frame 3: it failed in plugin org\.example\.signal: three/);
});

Deno.test("pipeline stages and pipeline schema know what plugins bring, and what it takes", async () => {
  const { run } = await project();
  assert.match(
    (await run("pipeline stages")).stdout,
    /^org\.example\.signal\/scale +math +by +Every sample times a number$/m,
  );
  const one = (await run("pipeline stages org.example.signal/scale")).stdout;
  assert.match(one, /^by +number 0 … 10 V +2 +Factor$/m);
  const { stages } = JSON.parse((await run("pipeline stages org.example.signal/ticks --json")).stdout);
  assert.deepEqual(stages[0].parameters, { everyMs: { type: "number", title: "everyMs", default: 100 } });
  assert.ok(stages[0].selfDriven);
  const schema = JSON.parse((await run("pipeline schema")).stdout);
  const forScale = schema.properties.nodes.items.allOf.find((
    each: { if: { properties: { type: { const: string } } } },
  ) => each.if.properties.type.const === "org.example.signal/scale");
  assert.deepEqual(forScale.then.properties.config.properties.by, {
    ...{ description: "Factor, in V", type: "number", minimum: 0, maximum: 10, default: 2 },
  });
});

Deno.test("check says what is wrong with a node of a plugin, and which command helps", async () => {
  const { run, write } = await project();
  const problem = async (text: string) => {
    write("p.json", text);
    const { exit, stderr } = await run("check p.json");
    assert.equal(exit, 2, stderr);
    return stderr;
  };
  assert.match(
    await problem(pipeline({ config: { by: 11 } })),
    /nodes\[1\]\.config\.by: expected a number from 0 to 10 V, found 11/,
  );
  assert.match(
    await problem(pipeline().replace("signal/scale", "signal/scal")),
    /did you mean "org\.example\.signal\/scale"\?/,
  );
  assert.match(
    await problem(pipeline().replace("signal/scale", "signal/other")),
    /plugin org\.example\.signal has org\.example\.signal\/ticks, /,
  );
  assert.match(
    await problem(pipeline().replaceAll("org.example.signal", "org.other")),
    /plugin org\.other was not added; tinman plugin add FOLDER/,
  );
  assert.match(
    await problem(pipeline().replaceAll("org.example.signal", "org.example.signals")),
    /was not added; did you mean "org\.example\.signal"\?/,
  );
});

Deno.test("a pipeline does not start without what its plugins were not granted", async () => {
  const { run, write } = await project();
  write("p.json", pipeline());
  writePlugin({ write } as never, "signal", {
    ...plugin,
    version: "2.0.0",
    capabilities: [{ name: "clock", why: "tick" }],
  });
  assert.equal((await run("plugin add signal")).exit, 0);
  const denied = await run("run p.json --duration 1s");
  assert.equal(denied.exit, 4, denied.stderr);
  assert.match(denied.stderr, /fix: tinman plugin grant org\.example\.signal clock/);
  assert.equal((await run("plugin grant org.example.signal clock")).exit, 0);
  assert.equal((await run("run p.json --duration 0.2s")).exit, 0);
});
