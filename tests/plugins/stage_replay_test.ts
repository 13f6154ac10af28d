// Goal: a pipeline with plugins in QuickJS and in processes of their own replays as it was: chance, errors, two outputs,
// and processes that take their time. Method: recorded live on this machine's clock, and replayed three times.
import assert from "node:assert/strict";
import { createEnvironment } from "tinman";
import { buildGraph, builtinStages, readPipeline, StageRegistry } from "../../src/pipeline/mod.ts";
import { openPlugins, parseManifest, pluginStageTypes, type PluginWorld } from "../../src/plugin/mod.ts";
import { Graph } from "../../src/runtime/mod.ts";

const code = `import { definePlugin } from "tinman/plugin";
  const scaled = (frame, by) => new Map([...frame.payload].map(([name, samples]) => [name, samples.map((x) => x * by)]));
  export default definePlugin({
    stages: { chancy: (_, { random }) => ({ process(frame) {
      if (random.next() < 0.2) throw new Error("by chance");
      return { ...frame, payload: scaled(frame, random.next()) };
    } }) },
    nodes: { split: async ({ in: { frames }, out, random }) => {
      for await (const { payload, sequenceId } of frames) {
        await (sequenceId % 2 ? out.odd : out.even).publish({ ...payload, drawn: random.next() });
      }
    } },
  });`;

const config = {
  pipeline_config: { trigger_every_ms: 5, trigger_count: 60 },
  nodes: [
    { id: "noise", type: "NoiseGenerator", config: { frame_size: 16 } },
    { id: "quick", type: "org.example.quick/chancy", on_error: "skip", dead_letters: "lost" },
    {
      id: "slow",
      type: "org.example.slow/chancy",
      restart: { strategy: "immediate", max_attempts: 2 },
      on_error: "default",
    },
    { id: "split", type: "org.example.slow/split" },
  ],
  connections: [{ from: "noise", to: "quick" }, { from: "quick", to: "slow" }, { from: "slow", to: "split" }],
};

Deno.test("plugins in QuickJS and in processes do the same in every replay of a pipeline", async () => {
  const env = createEnvironment();
  const manifests = new Map(["quick", "slow"].map((name) => {
    const text = JSON.stringify({
      ...{ id: `org.example.${name}`, version: "1.0.0", api: "1" },
      provides: {
        stages: [{ name: "chancy" }],
        nodes: [{ name: "split", in: { frames: "" }, out: { even: "", odd: "" } }],
      },
      capabilities: name === "slow" ? [{ name: "env", why: "to be in a process" }] : [],
      // The limits are of real time, and a machine that is busy is no reason for another replay.
      limits: { startMs: 60_000, stallMs: 60_000 },
    });
    return [`org.example.${name}`, parseManifest(text, { path: "plugin.jsonc" })];
  }));
  const plugins = openPlugins({
    ...env.services!.pluginWorld as PluginWorld,
    clock: env.clock,
    load: (id) => ({ manifest: manifests.get(id)!, modules: [{ name: "mod.ts", code }] }),
    grantsOf: (id) => id.endsWith("slow") ? { env: { allow: true } } : {},
    paths: { cwd: "/", realPath: (path) => path },
  });
  const world = { ...env, services: { plugins }, say: () => {} };
  const registry = new StageRegistry([...builtinStages, ...[...manifests.values()].flatMap(pluginStageTypes)]);
  const graph = () => buildGraph(readPipeline(config, { registry }));
  const folder = await Deno.makeTempDir({ prefix: "tinman-stage-replay-" });
  try {
    const { recording } = await graph().run(world, { record: folder });
    for (let i = 0; i < 3; i++) {
      const stages = graph().nodes.filter(({ name }) => name !== "trigger" && name !== "noise");
      const { verify } = await Graph.of(...stages).replay(recording!, world, { verify: true });
      assert.equal(verify!.divergence, undefined);
      const counts = Object.fromEntries(verify!.channels.map(({ name, recorded }) => [name, recorded]));
      assert.ok(
        counts.quick! > 20 && counts.lost! > 0 && counts.split! > 5 && counts["split.odd"]! > 5,
        JSON.stringify(counts),
      );
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
