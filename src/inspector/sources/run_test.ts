import assert from "node:assert/strict";
import { channel } from "../../channel/mod.ts";
import { map, node, runGraph } from "../../runtime/mod.ts";
import { createTestEnvironment } from "../../testing/mod.ts";
import { RunSource } from "./run.ts";

const [numbers, doubled] = [channel<number>("numbers"), channel<number>("doubled", { capacity: 3 })];
const double = map({ in: numbers, out: doubled }, function double(n: number) {
  return n * 2;
});

function open() {
  const env = createTestEnvironment();
  const source = new RunSource({ name: "nodes.ts", clock: env.clock, files: env.files });
  return { env, source, within: { ...env, say: (entry: Parameters<typeof env.say>[0]) => source.say(entry) } };
}

Deno.test("RunSource is empty before the run, live in it, and shows how it ended", async () => {
  const { source, within } = open();
  assert.deepEqual([source.look().phase, source.look().nodes], ["running", []]);
  let live: ReturnType<RunSource["look"]> | undefined;
  const generator = node({ out: { numbers } }, async function generator({ numbers, log }) {
    for (let i = 0; i < 5; i++) await numbers.publish(i);
    live = source.look();
    log.error("it is over");
  });
  await runGraph([generator, double], within, { record: "/runs", onProbe: source.attach });
  assert.deepEqual(live!.edges.map(({ from, to, channel, capacity }) => [from, channel, to, capacity]), [
    ["generator", "numbers", "to doubled", 10],
    ["to doubled", "doubled", undefined, undefined],
  ]);
  source.end("ended");
  const { phase, nodes, channels, recording, warnings } = source.look();
  assert.equal(phase, "ended");
  assert.deepEqual(nodes.map(({ id, type, state }) => [id, type, state]), [
    ["generator", "source", "ended"],
    ["to doubled", "step", "ended"],
  ]);
  assert.deepEqual([nodes[0]!.errors, nodes[0]!.lastError?.message], [1, "it is over"]);
  const found = channels.find(({ name }) => name === "numbers")!;
  assert.deepEqual([found.count, found.isRecorded, found.bytes! > 0], [5, true, true]);
  assert.deepEqual([recording?.isGrowing, recording?.drops], [false, 0]);
  assert.deepEqual(warnings.map(({ level, node, message }) => [level, node, message]), [[
    "error",
    "generator",
    "it is over",
  ]]);
});

Deno.test("RunSource weighs channels that nobody records", async () => {
  const { env, source, within } = open();
  let bytes: number | undefined;
  const generator = node({ out: { numbers } }, async function generator({ numbers, clock }) {
    for (let i = 0; i < 6; i++) {
      await numbers.publish(i);
      await clock.sleep(3000);
      const found = source.look().channels.find(({ name }) => name === "numbers")!;
      bytes = found.isEstimate ? found.bytes : undefined;
    }
  });
  await env.drive(runGraph([generator, double], within, { onProbe: source.attach }));
  // JSON of one digit is one byte; the first value came before anybody weighed.
  assert.equal(bytes, 6);
});

Deno.test("RunSource.tail() gives what a channel carries, as it would be recorded", async () => {
  const { source, within } = open();
  const got: unknown[] = [];
  assert.equal(source.tail("doubled"), undefined, "before the run there is nothing to hear");
  const generator = node({ out: { numbers } }, async function generator({ numbers }) {
    using tail = source.tail("doubled", { match: (value) => value as number > 2 })!;
    for (let i = 0; i < 4; i++) await numbers.publish(i);
    await new Promise((resolve) => queueMicrotask(() => resolve(undefined)));
    got.push(...tail.take().map(({ index, data }) => [index, source.decode("doubled", data!)]));
  });
  await runGraph([generator, double], within, { onProbe: source.attach });
  assert.deepEqual(got, [[2, 4], [3, 6]]);
});

Deno.test("RunSource goes on when it begins anew: who listened hears the new run, and counts are its own", async () => {
  const { env, source, within } = open();
  const counts: (number | undefined)[] = [];
  let tail: ReturnType<RunSource["tail"]>;
  const generator = node({ out: { numbers } }, async function generator({ numbers, clock, log }) {
    tail ??= source.tail("numbers");
    for (let i = 0; i < 3; i++) await numbers.publish(i);
    await clock.sleep(1);
    log.error("once");
    counts.push(source.look().channels.find(({ name }) => name === "numbers")?.count);
  });
  await env.drive(runGraph([generator], within, { onProbe: source.attach }));
  source.end("ended");
  await env.drive(runGraph([generator], within, { onProbe: source.attach }));
  assert.deepEqual(counts, [3, 3]);
  assert.deepEqual([tail!.seen, tail!.take().map(({ index }) => index)], [6, [0, 1, 2, 0, 1, 2]]);
  const { phase, nodes } = source.look();
  assert.deepEqual([phase, nodes[0]!.errors], ["running", 1]);
});
