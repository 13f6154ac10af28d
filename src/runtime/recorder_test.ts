// Of the original: launcher_test/run_test TestLoggingNode (all), TestConvenienceFunctions.test_run_with_recording,
// TestPlaybackNode.test_read_codec_from_log; its defects 4 (recording twice into one folder) and 11 (an empty filter).
import assert from "node:assert/strict";
import { channel } from "../channel/mod.ts";
import { type Codec, CodecRegistry } from "../codec/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { openRecording } from "../log/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { type Node, node } from "./node.ts";
import type { RunOptions } from "./options.ts";
import { codeOf, type RecordedGraph } from "./recorded_graph.ts";
import { runGraph } from "./run.ts";

const [numbers, words] = [channel<number>("numbers"), channel<string>("words")];

const source: Node = node({ out: { numbers, words } }, async function source({ numbers, words, clock }) {
  for (let i = 0; i < 3; i++) {
    await numbers.publish(i);
    await words.publish(`word ${i}`);
    await clock.sleep(100);
  }
});

/** Runs nodes in a world of their own and opens what was recorded. */
async function record(nodes: readonly Node[], options: RunOptions) {
  const env = createTestEnvironment();
  const report = await env.drive(runGraph(nodes, env, options));
  const recording = openRecording(env.files, report.recording!, { registry: env.registry });
  return { env, report, recording };
}

Deno.test("runGraph() records what flows, each value with the time at which it was published", async () => {
  const { recording, env } = await record([source], { record: "runs" });
  const frames = [...recording.values<number>("numbers")].map(({ timeNs, value }) => [timeNs, value]);
  assert.deepEqual(frames.map(([, value]) => value), [0, 1, 2]);
  const startNs = env.clock.originNs;
  frames.forEach(([timeNs], i) => {
    const late = (timeNs as bigint) - startNs - BigInt(i) * 100_000_000n;
    assert.ok(late >= 0n && late < 100n, `frame ${i} is ${late} ns late`);
  });
  assert.deepEqual([...recording.values("words")].map(({ value }) => value), ["word 0", "word 1", "word 2"]);
});

Deno.test("runGraph() stamps strictly increasing times over all channels", async () => {
  const { recording } = await record([source], { record: "runs" });
  const frames = [...recording.frames()];
  assert.deepEqual(frames.map(({ channel }) => channel), ["numbers", "words", "numbers", "words", "numbers", "words"]);
  frames.reduce((before, { timeNs }) => {
    assert.ok(timeNs > before);
    return timeNs;
  }, 0n);
});

Deno.test("runGraph() marks a recording as whole, with seed, tool, graph and end", async () => {
  const sink = node({ in: { numbers } }, async function sink({ numbers }) {
    for await (const _ of numbers);
  });
  const { recording: { manifest }, env } = await record([source, sink], { record: "runs", seed: "seven" });
  assert.deepEqual([manifest.clean, manifest.seed, manifest.tool], [true, "seven", env.tool]);
  assert.ok(manifest.endedNs! - env.clock.now() < 100n);
  const { originNs, nodes } = manifest.graph as RecordedGraph;
  assert.equal(originNs, `${env.clock.originNs}`);
  assert.deepEqual(nodes, [
    { name: "source", code: codeOf(source), inputs: [], outputs: ["numbers", "words"] },
    { name: "sink", code: codeOf(sink), inputs: ["numbers"], outputs: [] },
  ]);
});

Deno.test("runGraph() records the channels that the globs name", async () => {
  const names = async (options: { channels?: string[]; exclude?: string[] }) => {
    const { recording } = await record([source], { record: { folder: "runs", ...options } });
    return recording.channels.map(({ name }) => name);
  };
  assert.deepEqual(await names({}), ["logs", "numbers", "words"], "diagnostics are recorded as well");
  assert.deepEqual(await names({ channels: ["num*"] }), ["numbers"]);
  assert.deepEqual(await names({ exclude: ["num*", "logs"] }), ["words"]);
  assert.deepEqual(await names({ channels: [] }), [], "an empty list records nothing");
});

Deno.test("runGraph() writes each channel with its own codec, and a replay finds it by name", async () => {
  const celsius: Codec<number> = {
    id: "testing.celsius",
    version: 1,
    encode: (value) => new Uint8Array(Float64Array.of(value).buffer),
    decode: (bytes) => new Float64Array(bytes.slice().buffer)[0]!,
  };
  const readings = channel<number>("readings", { codec: celsius });
  const sensor = node({ out: { readings } }, ({ readings }) => readings.publish(21.5));
  const { env, report } = await record([sensor], { record: "runs" });
  const registry = new CodecRegistry([{ id: celsius.id, version: 1, revive: () => celsius }]);
  const recording = openRecording(env.files, report.recording!, { registry });
  assert.equal(recording.channels.find(({ name }) => name === "readings")!.codec!.codec, "testing.celsius");
  assert.deepEqual([...recording.values("readings")].map(({ value }) => value), [21.5]);
});

Deno.test("runGraph() twice into one folder makes two recordings (defect 4 of the original)", async () => {
  const env = createTestEnvironment();
  const first = await env.drive(runGraph([source], env, { record: "runs" }));
  const second = await env.drive(runGraph([source], env, { record: "runs" }));
  assert.notEqual(first.recording, second.recording);
  for (const { recording } of [first, second]) {
    assert.equal([...openRecording(env.files, recording!).frames()].length, 6);
  }
});

Deno.test("runGraph() writes the names that were asked for, and never over what is there", async () => {
  const env = createTestEnvironment();
  const options: RunOptions = { record: { folder: "runs", name: "monday" } };
  const { recording } = await env.drive(runGraph([source], env, options));
  assert.equal(recording, "runs/monday");
  const again = await env.drive(runGraph([source], env, options).catch((error) => error));
  assert.ok(isTinmanError(again, "EXISTS") || again.recording !== recording);
  assert.equal([...openRecording(env.files, "runs/monday").frames()].length, 6);
});

Deno.test("runGraph() closes the recording when a node fails; what was published before is in it", async () => {
  const env = createTestEnvironment();
  const failing = node({ in: { numbers } }, async ({ numbers }) => {
    for await (const n of numbers) if (n === 1) throw new Error("on fire");
  });
  await env.drive(runGraph([source, failing], env, { record: "runs" }).catch(() => {}));
  const recording = openRecording(env.files, "runs", { registry: env.registry });
  assert.deepEqual([...recording.values("numbers")].map(({ value }) => value), [0, 1]);
  assert.deepEqual(recording.problems, []);
});

Deno.test("runGraph() refuses a value that its codec does not take, names the channel, and records the rest", async () => {
  const env = createTestEnvironment();
  const refused: unknown[] = [];
  const odd = node({ out: { numbers } }, async ({ numbers }) => {
    const cyclic: Record<string, unknown> = {};
    cyclic.itself = cyclic;
    for (const value of [1, cyclic, 2]) await numbers.publish(value as number).catch((error) => refused.push(error));
  });
  const report = await env.drive(runGraph([odd], env, { record: "runs" }));
  assert.equal(refused.length, 1);
  const recording = openRecording(env.files, report.recording!, { registry: env.registry });
  assert.deepEqual([...recording.values("numbers")].map(({ value }) => value), [1, 2]);
});

Deno.test("runGraph() keeps channel names inside the folder (defect 10 of the original)", async () => {
  const outside = channel<number>("../outside");
  const { recording, env } = await record([
    node({ out: { outside } }, ({ outside }) => outside.publish(1)),
  ], { record: "runs" });
  assert.deepEqual([...recording.values("../outside")].map(({ value }) => value), [1]);
  for (const above of [".", "runs"]) {
    assert.deepEqual(env.files.list(above).filter((name) => name.endsWith(".blog")), []);
  }
});

Deno.test("runGraph() writes what is recorded to the disk while the run goes on", async () => {
  const env = createTestEnvironment();
  const slow = node({ out: { numbers } }, async ({ numbers, clock }) => {
    await numbers.publish(7);
    await clock.sleep(10_000);
  });
  const done = runGraph([slow], env, { record: "runs" });
  void env.clock.sleep(1000).then(() => {
    const recording = openRecording(env.files, "runs", { registry: env.registry });
    assert.deepEqual([...recording.values("numbers")].map(({ value }) => value), [7]);
    assert.equal(recording.manifest.clean, false);
  });
  await env.drive(done);
});

Deno.test("codeOf() is the same for the same text, and another for another", () => {
  const make = (factor: number) => node({ in: { numbers } }, { numbers: (n) => void (n * factor) });
  assert.equal(codeOf(make(1)), codeOf(make(2)), "what code refers to is not its text");
  assert.notEqual(codeOf(make(1)), codeOf(node({ in: { numbers } }, { numbers: () => {} })));
});
