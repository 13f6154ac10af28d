// Goal: a plugin that is restarted by hand begins anew under load, and nothing is lost or comes twice. Method: numbered
// messages and frames, plugins that count what they have seen, 20 restarts, virtual time.
import assert from "node:assert/strict";
import { channel } from "../channel/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { buildGraph, builtinStages, createPipeline, frameKind, readPipeline, StageRegistry } from "../pipeline/mod.ts";
import { Graph, node, runGraph } from "../runtime/mod.ts";
import { createTestEnvironment } from "../testing/mod.ts";
import { createMemoryGuest } from "./_memory_guest.ts";
import { openPlugins } from "./host.ts";
import type { LivePlugin } from "./live.ts";
import { parseManifest } from "./manifest.ts";
import { definePlugin, type Plugin } from "./plugin.ts";
import { pluginNode } from "./plugin_node.ts";
import { pluginStageTypes } from "./plugin_stage.ts";

const ID = "org.example.test";
const numbers = channel<number>("numbers");
const results = channel<readonly [number, number]>("results");

/** What a manifest says that the plugin brings. */
const provides = {
  nodes: [{ name: "count", in: { numbers: "" }, out: { results: "" } }, { name: "ticks", out: { results: "" } }],
  stages: [{ name: "seen" }],
};

/** A world with one plugin, those that are at work in it, and how often it was opened. */
function worldOf(plugin: Plugin) {
  const manifest = parseManifest(
    JSON.stringify({ id: ID, version: "1.0.0", api: "1", provides, capabilities: [] }),
    { path: "plugin.jsonc" },
  );
  const environment = createTestEnvironment({ registry: createTestEnvironment().registry.with([frameKind]) });
  const live = new Set<LivePlugin>();
  let opened = 0;
  let most = 0;
  const open = () => Promise.resolve(createMemoryGuest(plugin));
  const plugins = openPlugins({
    ...{ load: () => ({ manifest, modules: [] }), grantsOf: () => ({}), clock: environment.clock },
    guests: { quickjs: open, process: open, trusted: open },
    paths: { cwd: "/", realPath: (path) => path },
    onLive(each) {
      opened++;
      live.add(each);
      most = Math.max(most, live.size);
      each.over.addEventListener("abort", () => live.delete(each));
    },
  });
  return {
    environment: Object.assign(environment, { services: { plugins } }),
    live,
    registry: new StageRegistry([...builtinStages, ...pluginStageTypes(manifest)]),
    counts: () => ({ opened, most, left: live.size }),
  };
}

/** Publishes each number with how many it has seen; `waitMs` for each. */
function counting(waitMs: number): Plugin {
  return definePlugin({
    nodes: {
      count: async ({ in: { numbers }, out, clock }) => {
        let seen = 0;
        for await (const n of numbers!) {
          if (waitMs > 0) await clock.sleep(waitMs);
          await out.results!.publish([n, ++seen]);
        }
      },
    },
  });
}

for (const waitMs of [0, 3]) {
  Deno.test(`a node that is restarted 20 times under load loses no message and gives none twice, at ${waitMs} ms each`, async () => {
    const { environment, live, counts } = worldOf(counting(waitMs));
    const values: (readonly [number, number])[] = [];
    const nodes = [
      node({ name: "source", out: { numbers } }, async ({ numbers, clock }) => {
        for (let i = 0; i < 1000; i++) {
          await numbers.publish(i);
          if (i % 10 === 0) await clock.sleep(5);
        }
      }),
      pluginNode(ID, "count", { in: { numbers }, out: { results } }),
      node({ name: "sink", in: { results } }, { results: (pair) => void values.push(pair) }),
    ];
    const running = runGraph(nodes, environment);
    const restarts = async () => {
      for (let i = 0; i < 20; i++) {
        await environment.clock.sleep(13);
        const [each] = live;
        assert.deepEqual([each!.as, each!.plugin], [{ kind: "node", name: `${ID}/count` }, ID]);
        await each!.leave!();
        while (live.size === 0 || live.has(each!)) await environment.clock.sleep(1);
      }
    };
    await environment.drive(Promise.all([running, restarts()]));
    assert.deepEqual(values.map(([n]) => n), Array.from({ length: 1000 }, (_, i) => i));
    assert.equal(values.filter(([, seen]) => seen === 1).length, 21);
    assert.deepEqual(counts(), { opened: 21, most: 1, left: 0 });
  });
}

Deno.test("a source that is restarted begins anew, and what it published before is there", async () => {
  const ticks = definePlugin({
    nodes: {
      ticks: async ({ out, clock }) => {
        for (let i = 0;; i++, await clock.sleep(10)) await out.results!.publish([i, 0]);
      },
    },
  });
  const { environment, live, counts } = worldOf(ticks);
  const values: number[] = [];
  const nodes = [
    pluginNode(ID, "ticks", { out: { results } }),
    node({ name: "sink", in: { results } }, { results: ([n]) => void values.push(n) }),
  ];
  const restart = async () => {
    await environment.clock.sleep(35);
    await [...live][0]!.leave!();
  };
  await environment.drive(Promise.all([runGraph(nodes, environment, { durationMs: 60 }), restart()]));
  assert.deepEqual(values, [0, 1, 2, 3, 0, 1, 2]);
  assert.equal(counts().opened, 2);
});

Deno.test("a node that never comes to the end of a message is restarted all the same, and the loss is said", async () => {
  let lives = 0;
  const stuck = definePlugin({
    nodes: {
      count: async ({ in: { numbers }, out }) => {
        const isFirst = ++lives === 1;
        for await (const n of numbers!) {
          if (isFirst && n === 1) await new Promise(() => {});
          await out.results!.publish([n as number, 0]);
        }
      },
    },
  });
  const { environment, live } = worldOf(stuck);
  const values: number[] = [];
  const said: string[] = [];
  const nodes = [
    node({ name: "source", out: { numbers } }, async ({ numbers, clock }) => {
      for (let i = 0; i < 6; i++, await clock.sleep(10)) await numbers.publish(i);
      await clock.sleep(2000);
      await numbers.publish(6);
    }),
    pluginNode(ID, "count", { in: { numbers }, out: { results } }),
    node({ name: "sink", in: { results } }, { results: ([n]) => void values.push(n) }),
  ];
  const restart = async () => {
    await environment.clock.sleep(35);
    await [...live][0]!.leave!(100);
  };
  const running = runGraph(nodes, { ...environment, say: ({ message }) => void said.push(message) });
  await environment.drive(Promise.all([running, restart()]));
  assert.deepEqual(values, [0, 4, 5, 6]);
  assert.match(said.join("\n"), /up to \d messages that were inside the plugin are lost/);
});

Deno.test("a node whose plugin is ended for a reason has failed with it", async () => {
  const { environment, live } = worldOf(counting(0));
  const running = runGraph([
    node({ name: "source", out: { numbers } }, async ({ numbers, clock }) => {
      for (let i = 0; i < 10; i++, await clock.sleep(10)) await numbers.publish(i);
    }),
    pluginNode(ID, "count", { in: { numbers }, out: { results } }),
    node({ name: "sink", in: { results } }, { results() {} }),
  ], environment);
  const end = async () => {
    await environment.clock.sleep(35);
    [...live][0]!.end(new TinmanError("DENIED", "Plugin x was ended: net was taken back from it", { what: "net" }));
  };
  await assert.rejects(environment.drive(Promise.all([running, end()])), { code: "DENIED" });
});

Deno.test("a stage of a plugin is restarted in its pipeline: no frame lost or twice, and the same in a replay", async () => {
  const plugin = definePlugin({
    stages: {
      seen: (_, { random }) => {
        let seen = 0;
        return { process: (frame) => ({ ...frame, metadata: { seen: ++seen, chance: random.next() } }) };
      },
    },
  });
  const { environment, registry, live, counts } = worldOf(plugin);
  const config = {
    nodes: [{ id: "n", type: "NoiseGenerator", config: { frame_size: 1 } }, { id: "c", type: `${ID}/seen` }],
    connections: [{ from: "n", to: "c" }],
  };
  const seen: (readonly [number, unknown])[] = [];
  const pipeline = createPipeline(config, {
    ...{ registry, environment, run: { record: "/runs", seed: "one" } },
    onResult: (_, { sequenceId, metadata }) => seen.push([sequenceId, metadata.seen]),
  });
  const { drive, clock } = environment;
  await drive(pipeline.start());
  assert.deepEqual([...live][0]!.as, { kind: "stage", name: "c" });
  assert.equal([...live][0]!.leave, undefined);
  const feed = async () => {
    for (let i = 0; i < 200; i++, await clock.sleep(1)) await pipeline.trigger();
  };
  const restart = async () => {
    for (let i = 0; i < 20; i++, await clock.sleep(7)) await pipeline.restart("c");
  };
  await drive(Promise.all([feed(), restart()]));
  const report = await drive(pipeline.stop());
  assert.deepEqual(seen.map(([n]) => n), Array.from({ length: 200 }, (_, i) => i));
  assert.ok(seen.filter(([, count]) => count === 1).length >= 20);
  assert.deepEqual(counts(), { opened: 21, most: 1, left: 0 });
  const graph = buildGraph(readPipeline(config, { registry }), { changes: { registry } });
  const nodes = graph.nodes.filter(({ name }) => name !== "trigger");
  const { verify } = await drive(Graph.of(...nodes).replay(report!.recording!, environment, { verify: true }));
  assert.equal(verify!.divergence, undefined);
});

Deno.test("a stage that hangs is ended while its pipeline waits to restart it; its frame is for on_error, the next for its successor", async () => {
  let lives = 0;
  const plugin = definePlugin({
    stages: {
      seen: () => {
        const isFirst = ++lives === 1;
        return { process: (frame) => isFirst && frame.sequenceId === 1 ? new Promise(() => {}) : frame };
      },
    },
  });
  const { environment, registry, live, counts } = worldOf(plugin);
  const passed: number[] = [];
  const pipeline = createPipeline({
    nodes: [{ id: "n", type: "NoiseGenerator", config: { frame_size: 1 } }, {
      id: "c",
      type: `${ID}/seen`,
      on_error: "skip",
      timeout_ms: 0,
    }],
    connections: [{ from: "n", to: "c" }],
  }, { registry, environment, onResult: (_, { sequenceId }) => passed.push(sequenceId) });
  const { drive, clock } = environment;
  await drive(pipeline.start());
  await drive(Promise.all([pipeline.trigger(), pipeline.trigger()]));
  const restarting = pipeline.restart("c");
  const end = async () => {
    await clock.sleep(1000);
    assert.equal(lives, 1);
    [...live][0]!.end(new TinmanError("PLUGIN", "Plugin x was ended", { plugin: ID }));
  };
  await drive(Promise.all([restarting, end()]));
  await drive(pipeline.trigger());
  await drive(pipeline.stop());
  assert.deepEqual(passed, [0, 2]);
  assert.deepEqual(counts(), { opened: 2, most: 1, left: 0 });
});

Deno.test("a node that works as a stage of a pipeline is restarted without a loss, too", async () => {
  const plugin = definePlugin({
    nodes: {
      count: async ({ in: { numbers }, out, clock }) => {
        for await (const frame of numbers!) {
          await clock.sleep(2);
          await out.results!.publish(frame);
        }
      },
    },
  });
  const { environment, registry, counts } = worldOf(plugin);
  const passed: number[] = [];
  const pipeline = createPipeline({
    nodes: [{ id: "n", type: "NoiseGenerator", config: { frame_size: 1 } }, { id: "c", type: `${ID}/count` }],
    connections: [{ from: "n", to: "c" }],
  }, { registry, environment, onResult: (_, { sequenceId }) => passed.push(sequenceId) });
  const { drive, clock } = environment;
  await drive(pipeline.start());
  const feed = async () => {
    for (let i = 0; i < 100; i++, await clock.sleep(1)) await pipeline.trigger();
  };
  const restart = async () => {
    for (let i = 0; i < 20; i++, await clock.sleep(3)) await pipeline.restart("c");
  };
  await drive(Promise.all([feed(), restart()]));
  await drive(pipeline.stop());
  assert.deepEqual(passed, Array.from({ length: 100 }, (_, i) => i));
  assert.deepEqual(counts(), { opened: 21, most: 1, left: 0 });
});
