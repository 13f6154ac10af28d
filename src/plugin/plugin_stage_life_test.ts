// Goal: what a plugin brings to a pipeline begins, is reset, counted and replayed as what tinman brings. Method: as in
// plugin_stage_test.ts.
import assert from "node:assert/strict";
import {
  buildGraph,
  builtinStages,
  type DataFrame,
  PipelineMetrics,
  readPipeline,
  StageRegistry,
} from "../pipeline/mod.ts";
import { Graph } from "../runtime/mod.ts";
import { pluginWorld, samplesOf } from "./_pipeline_test.ts";
import { definePlugin } from "./plugin.ts";

const from = (id: string) => `org.example.test/${id}`;

interface Plain {
  readonly payload: Readonly<Record<string, readonly number[]>>;
}

function scaled({ payload }: DataFrame, factor: number): Map<string, Float64Array> {
  return new Map([...payload].map(([name, samples]) => [name, samples.map((x) => x * factor)]));
}

Deno.test("what a plugin does in a pipeline replays as it was: errors, restarts, sleeps and chance", async () => {
  const plugin = definePlugin({
    nodes: {
      late: async ({ in: { in: frames }, out, clock, random }) => {
        for await (const each of frames!) {
          if (random.next() < 0.2) throw new Error("by chance");
          await clock.sleep(random.int(30));
          await out.out!.publish((each as Plain).payload);
        }
      },
    },
    stages: {
      chancy: (_, { random }) => ({
        process(frame) {
          if (random.next() < 0.3) throw new Error("by chance");
          return { ...frame, payload: scaled(frame, random.next()) };
        },
      }),
    },
  });
  const provides = { nodes: [{ name: "late", in: { in: "" }, out: { out: "" } }], stages: [{ name: "chancy" }] };
  const config = {
    pipeline_config: { trigger_every_ms: 10, trigger_count: 40 },
    nodes: [
      { id: "n", type: "NoiseGenerator", config: { frame_size: 2 } },
      {
        id: "a",
        type: from("chancy"),
        restart: { strategy: "exponential", base_ms: 3, jitter: 0.5 },
        on_error: "skip",
      },
      { id: "b", type: from("late"), on_error: "skip", dead_letters: "lost" },
    ],
    connections: [{ from: "n", to: "a" }, { from: "a", to: "b" }],
  };
  const { environment, types } = pluginWorld({ provides, plugin });
  const nodes = () =>
    buildGraph(readPipeline(config, { registry: new StageRegistry([...builtinStages, ...types]) })).nodes;
  const { recording } = await environment.drive(
    Graph.of(...nodes()).run(environment, { record: "/runs", seed: "one" }),
  );
  for (let i = 0; i < 2; i++) {
    const stages = nodes().filter(({ name }) => name === "a" || name === "b");
    const { verify } = await environment.drive(Graph.of(...stages).replay(recording!, environment, { verify: true }));
    assert.equal(verify!.divergence, undefined);
    const counts = Object.fromEntries(verify!.channels.map(({ name, recorded }) => [name, recorded]));
    assert.ok(counts.a! > 20 && counts.b! > 10 && counts.lost! > 0, JSON.stringify(counts));
  }
});

Deno.test("a source of a plugin that is started again after an error goes on counting, in its time too", async () => {
  let calls = 0;
  const plugin = definePlugin({
    nodes: {
      ticks: async ({ out, clock }) => {
        for (;;) {
          if (++calls === 3) throw new Error("once");
          await out.ticks!.publish(calls);
          await clock.sleep(10);
        }
      },
    },
  });
  const { pipeline, environment } = pluginWorld({
    provides: { nodes: [{ name: "ticks", out: { ticks: "" } }] },
    plugin,
  });
  await using made = pipeline({ nodes: [{ id: "t", type: from("ticks"), restart: "immediate" }] }, []);
  const { drive, clock } = environment;
  await drive(made.start());
  await drive(clock.sleep(45));
  await drive(made.stop());
  const frames = made.results.get("t")!.map(({ sequenceId, timestampUs }) => [sequenceId, timestampUs]);
  assert.deepEqual(frames, [[0, 0], [1, 10_000], [2, 20_000], [3, 30_000], [4, 40_000]]);
});

Deno.test("a stage of a plugin that is reset begins anew, with the same chance, in the plugin that is there", async () => {
  const plugin = definePlugin({
    stages: {
      walk: (_, { random }) => {
        let sum = 0;
        return {
          process: (frame) => ({ ...frame, payload: new Map([["sum", Float64Array.of(sum += random.next())]]) }),
        };
      },
    },
  });
  const world = pluginWorld({ provides: { stages: [{ name: "walk" }] }, plugin });
  await using made = world.pipeline({ nodes: [{ id: "x", type: from("walk") }] }, []);
  const run = async () => {
    const sums: unknown[] = [];
    for (let i = 0; i < 3; i++) sums.push(...samplesOf((await world.environment.drive(made.executeOnce())).get("x")));
    await made.reset();
    return sums;
  };
  const first = await run();
  assert.deepEqual(await run(), first);
  assert.deepEqual([first.length, world.starts], [3, 1]);
});

Deno.test("metrics count what plugins do in a pipeline: frames of sources too, errors, restarts and what was given up", async () => {
  const counts = { source: 0, stage: 0 };
  const plugin = definePlugin({
    nodes: {
      ticks: async ({ out, clock, signal }) => {
        for (; !signal.aborted && counts.source < 20; await clock.sleep(5)) await out.ticks!.publish(++counts.source);
      },
    },
    stages: {
      stage: () => ({
        process(frame) {
          if (++counts.stage % 4 === 0) throw new Error("every fourth");
          return frame;
        },
      }),
    },
  });
  const provides = { nodes: [{ name: "ticks", out: { ticks: "" } }], stages: [{ name: "stage" }] };
  const { pipeline, environment } = pluginWorld({ provides, plugin });
  const metrics = new PipelineMetrics();
  const nodes = [{ id: "t", type: from("ticks") }, { id: "x", type: from("stage"), on_error: "skip" }];
  await using made = pipeline({ nodes, connections: [{ from: "t", to: "x" }] }, [], { observer: metrics });
  await environment.drive(made.start());
  await environment.drive(environment.clock.sleep(200));
  await environment.drive(made.stop());
  const told = metrics.stages().map(({ id, frames, errors, drops }) => [id, frames, errors, drops]);
  assert.deepEqual(told, [["t", 20, 0, 0], ["x", 15, 5, 5]]);
  assert.equal(metrics.runs.latency.count, 15);
});
