// What a run carries. Of the original: launcher_test/run_test TestRun (all), runtime_test TestTimerInjection, TestNodeNames,
// TestValidateNodes.test_skips_dict_injection_nodes; its defects 2 and 8. How a run ends: run_end_test.ts; what is recorded
// and replayed: recorder_test.ts, replay_test.ts.
import assert from "node:assert/strict";
import { allChannels, channel } from "../channel/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { filter, map, node } from "./node.ts";
import { runGraph } from "./run.ts";

const numbers = channel<number>("numbers");

function source(count: number, out = numbers) {
  return node({ out: { out } }, async function source({ out }) {
    for (let i = 0; i < count; i++) await out.publish(i);
  });
}

function collect<T>(from: typeof numbers, into: T[]) {
  return node({ in: { from } }, async function collect({ from }) {
    for await (const value of from) into.push(value as T);
  });
}

Deno.test("runGraph() carries every value from a producer to a consumer, in order", async () => {
  const got: number[] = [];
  const report = await runGraph([source(100), collect(numbers, got)], createTestEnvironment());
  assert.deepEqual(got, Array.from({ length: 100 }, (_, i) => i));
  assert.equal(report.channels.find(({ name }) => name === "numbers")?.count, 100);
  assert.equal(report.stopped, "ended");
});

Deno.test("runGraph() gives every value to each of several consumers", async () => {
  const [a, b, c]: number[][] = [[], [], []];
  await runGraph(
    [source(50), collect(numbers, a!), collect(numbers, b!), collect(numbers, c!)],
    createTestEnvironment(),
  );
  assert.deepEqual([a!.length, b!.length, c!.length], [50, 50, 50]);
});

Deno.test("runGraph() gives a node that is listed twice an input of its own each (defect 8 of the original)", async () => {
  const got: number[] = [];
  const sink = collect(numbers, got);
  await runGraph([source(6), sink, sink], createTestEnvironment());
  assert.equal(got.length, 12);
});

Deno.test("runGraph() ends a transform when its input ends, and a producer without messages at once", async () => {
  const doubled = channel<number>("doubled");
  const got: number[] = [];
  const double = node({ in: { numbers }, out: { doubled } }, async ({ numbers, doubled }) => {
    for await (const n of numbers) await doubled.publish(n * 2);
  });
  await runGraph([source(3), double, collect(doubled, got)], createTestEnvironment());
  assert.deepEqual(got, [0, 2, 4]);
  await runGraph([source(0), collect(numbers, got)], createTestEnvironment());
  await runGraph([source(3)], createTestEnvironment());
});

Deno.test("runGraph() runs handlers and pure steps like functions", async () => {
  const [even, squared, sums] = [channel<number>("even"), channel<number>("squared"), channel<number>("sums")];
  const got: number[] = [];
  let sum = 0;
  const summing = node({ in: { squared }, out: { sums } }, {
    squared: (n, { sums }) => sums.publish(sum += n),
  });
  const nodes = [
    source(10),
    filter({ in: numbers, out: even }, (n) => n % 2 === 0),
    map({ in: even, out: squared }, (n) => n * n),
    summing,
    collect(sums, got),
  ];
  const report = await runGraph(nodes, createTestEnvironment());
  assert.deepEqual(got, [0, 4, 20, 56, 120]);
  assert.ok(!report.channels.some(({ name }) => name === "even"), "the channel between pure nodes is fused away");
  sum = got.length = 0;
  const watched = await runGraph(nodes, createTestEnvironment(), { stats: true });
  assert.equal(watched.channels.find(({ name }) => name === "even")?.count, 5);
});

Deno.test("runGraph() hands the messages of several inputs to handlers in the order of publication", async () => {
  const [a, b] = [channel<string>("a"), channel<string>("b")];
  const got: string[] = [];
  const both = node({ out: { a, b } }, async ({ a, b }) => {
    for (const [out, text] of [[a, "a1"], [b, "b1"], [b, "b2"], [a, "a2"], [a, "a3"], [b, "b3"]] as const) {
      await out.publish(text);
    }
  });
  const sink = node({ in: { b, a } }, { a: (text) => void got.push(text), b: (text) => void got.push(text) });
  await runGraph([both, sink], createTestEnvironment());
  assert.deepEqual(got, ["a1", "b1", "b2", "a2", "a3", "b3"]);
});

Deno.test("runGraph() lets two loops in one node take turns in the order of publication", async () => {
  const [a, b] = [channel<string>("a"), channel<string>("b")];
  const got: string[] = [];
  const both = node({ out: { a, b } }, async ({ a, b }) => {
    for (const [out, text] of [[a, "a1"], [b, "b1"], [b, "b2"], [a, "a2"], [a, "a3"], [b, "b3"]] as const) {
      await out.publish(text);
    }
  });
  const sink = node({ in: { a, b } }, async ({ a, b }) => {
    const read = async (input: AsyncIterable<string>) => {
      for await (const text of input) {
        got.push(text);
        // However long a body takes, the other loop waits for its turn.
        for (let i = 0; i < text.charCodeAt(1) % 5; i++) await null;
        got.push("/");
      }
    };
    await Promise.all([read(b), read(a)]);
  });
  await runGraph([both, sink], createTestEnvironment());
  assert.equal(got.join(""), "a1/b1/b2/a2/a3/b3/");
});

Deno.test("runGraph() goes on when a consumer leaves its loop early (defect 2 of the original)", async () => {
  const first = node({ in: { numbers } }, async ({ numbers }) => {
    for await (const _ of numbers) break;
  });
  const got: number[] = [];
  await runGraph([source(1000), first, collect(numbers, got)], createTestEnvironment());
  assert.equal(got.length, 1000);
});

Deno.test("runGraph() gives allChannels every channel, and its reader only what it asks for", async () => {
  const counts = new Map<string, number>();
  const monitor = node({ in: { all: allChannels } }, async ({ all }) => {
    const input = all.get("numbers")!;
    for await (const _ of input) counts.set("numbers", (counts.get("numbers") ?? 0) + 1);
  });
  const other = channel<number>("other");
  await runGraph([source(30), source(30, other), monitor], createTestEnvironment());
  assert.deepEqual([...counts], [["numbers", 30]]);
});

Deno.test("runGraph() ends a declared cycle when its other inputs have ended", async () => {
  const [state, ticks] = [channel<number>("state"), channel<number>("ticks")];
  const got: number[] = [];
  const counter = node({ in: { ticks, before: state.with({ feedback: true }) }, out: { state } }, async (ports) => {
    let last = 0;
    const follow = async () => {
      for await (const value of ports.before) last = value;
    };
    const count = async () => {
      for await (const tick of ports.ticks) await ports.state.publish(last + tick);
    };
    await Promise.all([follow(), count()]);
  });
  await runGraph([source(5, ticks), counter, collect(state, got)], createTestEnvironment());
  assert.equal(got.length, 5);
});

Deno.test("runGraph() ends when a monitor reads every channel to its end, also the logs", async () => {
  const counts = new Map<string, number>();
  const monitor = node({ in: { all: allChannels } }, async ({ all }) => {
    const count = async ([name, input]: [string, AsyncIterable<unknown>]) => {
      for await (const _ of input) counts.set(name, (counts.get(name) ?? 0) + 1);
    };
    await Promise.all([...all].map(count));
  });
  const speaker = node({}, ({ log }) => Promise.resolve(log.info("hello")));
  const env = createTestEnvironment();
  await env.drive(runGraph([source(30), speaker, monitor], env));
  assert.deepEqual(Object.fromEntries(counts), { numbers: 30, logs: 1 });
});

Deno.test("runGraph() gives each node its name, the run's clock and a signal", async () => {
  const env = createTestEnvironment();
  const seen: unknown[] = [];
  const twice = node({ name: "twice" }, async ({ name, clock, signal }) => {
    await clock.sleep(5);
    seen.push([name, clock.now() - env.clock.originNs, signal.aborted]);
  });
  await env.drive(runGraph([twice, twice], env));
  assert.deepEqual(seen, [["twice_1", 5_000_000n, false], ["twice_2", 5_000_000n, false]]);
});

Deno.test("runGraph() draws chance from the seed: one stream for each node, the same in each run", async () => {
  const draw = async (seed: string) => {
    const drawn: Record<string, number[]> = {};
    const gambler = node({ name: "gambler" }, ({ name, random }) => {
      drawn[name] = [random.next(), random.int(100)];
      return Promise.resolve();
    });
    await runGraph([gambler, gambler], createTestEnvironment(), { seed });
    return drawn;
  };
  const first = await draw("seven");
  assert.deepEqual(await draw("seven"), first);
  assert.notDeepEqual(first.gambler_1, first.gambler_2);
  assert.notDeepEqual(await draw("eight"), first);
});

Deno.test("runGraph() runs the same nodes again as if for the first time", async () => {
  const got: number[] = [];
  const nodes = [source(3), collect(numbers, got)];
  for (let run = 0; run < 3; run++) await runGraph(nodes, createTestEnvironment());
  assert.deepEqual(got, [0, 1, 2, 0, 1, 2, 0, 1, 2]);
});
