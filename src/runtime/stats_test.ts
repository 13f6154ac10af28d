// Of the original: stats_test TestChannelStats, TestStatsCollector and TestCreateStatsNode (the numbers); its printing is
// done by the command line, its run over log files by `tinman log info`.
import assert from "node:assert/strict";
import { channel, Out } from "../channel/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { Graph } from "./graph.ts";
import { map, node } from "./node.ts";
import type { ChannelStats } from "./options.ts";
import { runGraph } from "./run.ts";
import { hertz, StatsCollector } from "./stats.ts";

const nothing = () => undefined;

/** A collector over two channels and a clock that the test moves. */
function createCollector() {
  const [a, b] = [new Out<unknown>(), new Out<unknown>()];
  const time = { nowNs: 5e9 };
  const collector = new StatsCollector(new Map([["a", a], ["b", b]]), () => time.nowNs);
  const publish = (out: Out<unknown>, count: number, atNs: number) => {
    time.nowNs = atNs;
    for (let i = 0; i < count; i++) void out.publish(i);
    collector.sample();
  };
  return { a, b, time, collector, publish };
}

Deno.test("hertz() counts the intervals between values", () => {
  assert.equal(hertz(11, 1), 10);
  assert.equal(hertz(2, 4), 0.25);
});

Deno.test("hertz() of no value, one value or no time is 0", () => {
  assert.deepEqual([hertz(0, 10), hertz(1, 10), hertz(100, 0), hertz(100, -1)], [0, 0, 0, 0]);
});

Deno.test("StatsCollector knows every channel, also without values", () => {
  const { collector } = createCollector();
  assert.deepEqual(collector.stats(nothing), [
    { name: "a", count: 0, hz: 0, bytes: 0, drops: 0 },
    { name: "b", count: 0, hz: 0, bytes: 0, drops: 0 },
  ]);
});

Deno.test("StatsCollector measures from the first value to the last, not from the start to the end of the run", () => {
  const { a, b, time, collector, publish } = createCollector();
  for (let i = 0; i <= 10; i++) publish(a, 1, 60e9 + i * 1e8);
  publish(b, 1, 70e9);
  time.nowNs = 100e9;
  const [statsA, statsB] = collector.stats(nothing);
  assert.deepEqual([statsA!.count, statsA!.hz], [11, 10]);
  assert.deepEqual([statsB!.count, statsB!.hz], [1, 0]);
});

Deno.test("StatsCollector measures values that all came between two looks by the time between these", () => {
  const { a, time, collector, publish } = createCollector();
  time.nowNs = 50e9;
  collector.sample();
  publish(a, 11, 51e9);
  assert.equal(collector.stats(nothing)[0]!.hz, 10);
});

Deno.test("StatsCollector takes bytes and drops from the recording", () => {
  const { collector } = createCollector();
  const recorded = (name: string) => name === "a" ? { frames: 2, bytes: 77, drops: 3 } : undefined;
  const [a, b] = collector.stats(recorded);
  assert.deepEqual([a!.bytes, a!.drops, b!.bytes, b!.drops], [77, 3, 0, 0]);
});

Deno.test("runGraph() reports how many values went through each channel, and what was recorded of them", async () => {
  const [numbers, doubled] = [channel<number>("numbers"), channel<number>("doubled")];
  const source = node({ out: { numbers } }, async ({ numbers, clock }) => {
    for (let i = 0; i < 21; i++) {
      await numbers.publish(i);
      await clock.sleep(100);
    }
  });
  const env = createTestEnvironment();
  const nodes = [source, map({ in: numbers, out: doubled }, (n) => n * 2)];
  const { channels, elapsedMs } = await env.drive(
    runGraph(nodes, env, { record: { folder: "runs", channels: ["doubled"] }, statsEveryMs: 50 }),
  );
  const [first, second] = channels;
  assert.deepEqual([first!.name, first!.count, first!.bytes], ["numbers", 21, 0]);
  assert.ok(Math.abs(first!.hz - 10) < 0.5, `${first!.hz} Hz`);
  assert.deepEqual([second!.name, second!.count, second!.drops], ["doubled", 21, 0]);
  assert.ok(second!.bytes > 0);
  assert.equal(elapsedMs, 2100);
});

Deno.test("Graph.withStats() hands over statistics while the run goes on", async () => {
  const numbers = channel<number>("numbers");
  const source = node({ out: { numbers } }, async ({ numbers, clock }) => {
    for await (const _ of clock.every(100)) {
      if (numbers.published === 35) return;
      await numbers.publish(1);
    }
  });
  const seen: (readonly ChannelStats[])[] = [];
  const env = createTestEnvironment();
  await env.drive(Graph.of(source).withStats((channels) => seen.push(channels)).run(env));
  assert.deepEqual(seen.map(([numbers]) => numbers!.count), [9, 19, 29]);
});
