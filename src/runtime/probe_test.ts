import assert from "node:assert/strict";
import { channel } from "../channel/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { map, node } from "./node.ts";
import type { RunProbe } from "./probe.ts";
import { replayGraph } from "./replay.ts";
import { runGraph } from "./run.ts";

const [numbers, doubled] = [channel<number>("numbers"), channel<number>("doubled", { capacity: 3 })];
const source = node({ out: { numbers } }, async function source({ numbers }) {
  for (let i = 0; i < 5; i++) await numbers.publish(i);
});
const double = map({ in: numbers, out: doubled }, function double(n: number) {
  return n * 2;
});
const sink = node({ in: { doubled } }, async function sink({ doubled }) {
  for await (const _ of doubled);
});

Deno.test("RunOptions.onProbe() gives nodes, queues and channels, and what is said on each", async () => {
  const env = createTestEnvironment();
  let probe: RunProbe | undefined;
  const heard: [unknown, number][] = [];
  await runGraph([source, double, sink], env, {
    record: "/runs",
    onProbe: (given) => {
      probe = given;
      probe.listen("doubled", (...each) => heard.push(each));
      assert.equal(probe.listen("nobody", () => {}), undefined);
    },
  });
  assert.deepEqual(heard, [[0, 0], [2, 1], [4, 2], [6, 3], [8, 4]]);
  assert.deepEqual(probe!.nodes().map(({ name, ended, outputs }) => [name, ended, outputs]), [
    ["source", true, ["numbers"]],
    ["to doubled", true, ["doubled"]],
    ["sink", true, []],
  ]);
  const [input] = probe!.nodes()[2]!.inputs;
  assert.deepEqual(input, { channel: "doubled", waiting: 0, capacity: 3, feedback: false });
  const found = probe!.channels().find(({ name }) => name === "doubled")!;
  assert.deepEqual([found.published, found.closed, found.recorded?.frames], [5, true, 5]);
  assert.match(probe!.recording!, /^\/runs\//);
});

Deno.test("a listener that throws is called no more, and stops nobody", async () => {
  const env = createTestEnvironment();
  let calls = 0;
  const { channels } = await runGraph([source, double, sink], env, {
    onProbe: (probe) => {
      probe.listen("numbers", () => {
        calls++;
        throw new Error("odd");
      });
    },
  });
  assert.deepEqual([calls, channels.find(({ name }) => name === "doubled")!.count], [1, 5]);
});

Deno.test("RunOptions.onProbe() hears what a replay feeds, too", async () => {
  const env = createTestEnvironment();
  const { recording } = await runGraph([source, double, sink], env, { record: "/runs" });
  const heard: unknown[] = [];
  await replayGraph([double, sink], recording!, env, {
    onProbe: (probe) => void probe.listen("numbers", (value) => heard.push(value)),
  });
  assert.deepEqual(heard, [0, 1, 2, 3, 4]);
});
