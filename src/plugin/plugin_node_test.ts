import assert from "node:assert/strict";
import { channel } from "../channel/mod.ts";
import { type Node, node, replayGraph, type RunOptions } from "../runtime/mod.ts";
import { runGraph } from "../runtime/mod.ts";
import { createTestEnvironment, type TestEnvironment } from "../testing/mod.ts";
import { createMemoryGuest } from "./_memory_guest.ts";
import { definePlugin, type Plugin, type PluginContext } from "./plugin.ts";
import { type OpenPlugin, pluginNode, type PluginPorts } from "./plugin_node.ts";
import { PluginSession } from "./session.ts";

const ID = "org.example.test";
const numbers = channel<number>("numbers");
const words = channel<string>("words");
const results = channel<unknown>("results");

const double = definePlugin({
  nodes: {
    function: async ({ in: { numbers }, out: { results } }) => {
      for await (const n of numbers!) await results!.publish((n as number) * 2);
    },
    handlers: { numbers: (n: number, { out }: PluginContext) => out.results!.publish(n * 2) },
  },
});

for (const form of ["function", "handlers"]) {
  Deno.test(`a plugin's node in ${form} form gets every message, and what it publishes reaches the graph in order`, async () => {
    const { values } = await runWith(double, form, { in: { numbers }, out: { results } }, [count(2000, numbers)]);
    assert.deepEqual(values, Array.from({ length: 2000 }, (_, i) => i * 2));
  });
}

Deno.test("a plugin that publishes faster than the graph reads has to wait", async () => {
  let published = 0;
  const flood = definePlugin({
    nodes: {
      flood: async ({ out: { results } }) => {
        for (; published < 5000; published++) await results!.publish(published);
      },
    },
  });
  const env = withPlugin(createTestEnvironment(), flood);
  let most = 0;
  let read = 0;
  const slow = node({ in: { results } }, async ({ results, clock }) => {
    for await (const _ of results) {
      read++;
      most = Math.max(most, published - read);
      if (read % 100 === 0) await clock.sleep(1);
    }
  });
  await env.drive(runGraph([pluginNode(ID, "flood", { out: { results } }), slow], env));
  assert.equal(read, 5000);
  assert.ok(most <= 1024 + 10 + 1, `${most} values were under way`);
});

Deno.test("a plugin's error fails the run, names the plugin, and has the plugin's own error as its cause", async () => {
  const broken = definePlugin({ nodes: { broken: () => Promise.reject(new RangeError("no fix yet")) } });
  await assert.rejects(runWith(broken, "broken", { out: { results } }), (error: Error) => {
    assert.match(error.message, /Node "broken" failed in plugin org\.example\.test: no fix yet/);
    assert.equal((error.cause as Error).name, "RangeError");
    return true;
  });
});

Deno.test("a plugin with a restart policy goes on with the next message, and says what happened", async () => {
  const touchy = definePlugin({
    nodes: {
      touchy: {
        numbers: (n: number, { out }: PluginContext) => {
          if (n === 3) throw new Error("three");
          return out.results!.publish(n);
        },
      },
    },
  });
  const ports = { in: { numbers }, out: { results }, restart: { attempts: 2, delayMs: 10 } };
  const { values, said } = await runWith(touchy, "touchy", ports, [slowly(6, numbers)]);
  assert.deepEqual(values, [0, 1, 2, 4, 5]);
  assert.match(said.join("\n"), /three; start 1 of 2 in 10 ms/);
});

Deno.test("a plugin that is restarted too often fails the run", async () => {
  const broken = definePlugin({ nodes: { broken: () => Promise.reject(new Error("never")) } });
  await assert.rejects(
    runWith(broken, "broken", { out: { results }, restart: { attempts: 3, delayMs: 1 } }),
    { code: "PLUGIN" },
  );
});

Deno.test("a plugin sleeps in the run's time and draws the run's chance", async () => {
  const timed = definePlugin({
    nodes: {
      timed: async ({ out: { results }, clock, random }) => {
        const start = clock.now();
        await clock.sleep(1500);
        await results!.publish([Number(clock.now() - start) / 1e6, random.int(1000)]);
      },
    },
  });
  const first = await runWith(timed, "timed", { out: { results } }, [], { seed: "a" });
  const second = await runWith(timed, "timed", { out: { results } }, [], { seed: "a" });
  assert.equal((first.values[0] as number[])[0], 1500);
  assert.deepEqual(first.values, second.values);
});

Deno.test("a plugin's messages for people are said under the node's name", async () => {
  const chatty = definePlugin({
    nodes: { chatty: ({ log }) => Promise.resolve(log.warn("battery low")) },
  });
  const { said } = await runWith(chatty, "chatty", { name: "gps" });
  assert.match(said.join("\n"), /warn +gps: battery low/);
});

Deno.test("a plugin that is asked to stop is told by its signal", async () => {
  const endless = definePlugin({
    nodes: {
      endless: ({ signal }) => new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve())),
    },
  });
  const env = withPlugin(createTestEnvironment(), endless);
  const report = await env.drive(runGraph([pluginNode(ID, "endless")], env, { durationMs: 1000 }));
  assert.equal(report.stopped, "duration");
});

Deno.test("a plugin that sleeps when it is asked to stop has not failed, and what it published before is there", async () => {
  const ticking = definePlugin({
    nodes: {
      ticking: async ({ out, clock }) => {
        for (let i = 0;; i++) {
          await out.results!.publish(i);
          await clock.sleep(400);
        }
      },
    },
  });
  const { values } = await runWith(ticking, "ticking", { out: { results } }, [], { durationMs: 1000 });
  assert.deepEqual(values, [0, 1, 2]);
});

Deno.test("what a plugin does is the same in every replay, whatever its inputs", async () => {
  const merge = definePlugin({
    nodes: {
      merge: {
        numbers: (n: number, { out }: PluginContext) => out.results!.publish(n),
        words: async (word: string, { out, clock }: PluginContext) => {
          await clock.sleep(15);
          await out.results!.publish(word);
        },
      },
    },
  });
  const env = withPlugin(createTestEnvironment(), merge);
  const merger = () => pluginNode(ID, "merge", { in: { numbers, words }, out: { results } });
  const { recording } = await env.drive(
    runGraph([slowly(20, numbers), slowly(20, words, 7), merger()], env, { record: "runs" }),
  );
  const replays: unknown[] = [];
  for (let i = 0; i < 3; i++) {
    const values: unknown[] = [];
    await env.drive(replayGraph([merger(), collect(values)], recording!, env));
    replays.push(values);
  }
  assert.equal((replays[0] as unknown[]).length, 40);
  assert.deepEqual(replays[1], replays[0]);
  assert.deepEqual(replays[2], replays[0]);
});

function withPlugin(env: TestEnvironment, plugin: Plugin): TestEnvironment {
  const plugins: OpenPlugin = async ({ config }) => ({
    config,
    session: await PluginSession.open([], { plugin: ID, guest: createMemoryGuest(plugin), clock: env.clock }),
    seesTime: true,
  });
  return { ...env, services: { plugins } };
}

async function runWith(
  plugin: Plugin,
  name: string,
  ports: PluginPorts,
  others: readonly Node[] = [],
  options: RunOptions = {},
) {
  const env = withPlugin(createTestEnvironment(), plugin);
  const values: unknown[] = [];
  const readers = ports.out === undefined ? [] : [collect(values)];
  await env.drive(runGraph([...others, pluginNode(ID, name, ports), ...readers], env, options));
  return { values, said: env.said.map(({ level, node, message }) => `${level} ${node}: ${message}`) };
}

function collect(into: unknown[]): Node {
  return node({ in: { results } }, async ({ results }) => {
    for await (const value of results) into.push(value);
  });
}

function count(to: number, out: typeof numbers): Node {
  return node({ out: { out } }, async ({ out }) => {
    for (let i = 0; i < to; i++) await out.publish(i);
  });
}

function slowly(to: number, out: typeof numbers | typeof words, everyMs = 10): Node {
  return node({ out: { out: out as typeof numbers } }, async ({ out, clock }) => {
    for (let i = 0; i < to; i++) {
      await clock.sleep(everyMs);
      await out.publish(i);
    }
  });
}
