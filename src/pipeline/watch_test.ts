import assert from "node:assert/strict";
import { createMemoryFiles } from "../files/mod.ts";
import { createTestEnvironment } from "../testing/mod.ts";
import { add, counter, valueOf } from "./_fixture_test.ts";
import { buildGraph } from "./build.ts";
import { readPipeline } from "./config.ts";
import type { DataFrame } from "./frame.ts";
import { formatDiff } from "./format_diff.ts";
import { StageRegistry } from "./registry.ts";
import type { StageType } from "./stage.ts";
import { PipelineWatch, watchText } from "./watch.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("watchText() gives what a file says once it has said so for two looks", async () => {
  const environment = createTestEnvironment();
  const { files, clock } = environment;
  files.replace("/p.json", bytes("one"));
  const ended = new AbortController();
  const got: string[] = [];
  const reading = (async () => {
    const onMissing = () => void got.push("missing");
    const options = { clock, signal: ended.signal, text: "one", onMissing };
    for await (const text of watchText(files, "/p.json", options)) got.push(text);
  })();
  const at = (ms: number, what: () => void) => environment.drive(clock.sleep(ms).then(what));
  await at(500, () => files.replace("/p.json", bytes("tw")));
  await at(150, () => files.replace("/p.json", bytes("two")));
  await at(500, () => files.remove("/p.json"));
  await at(500, () => files.replace("/p.json", bytes("two")));
  await at(500, () => files.replace("/p.json", bytes("three")));
  await at(500, () => ended.abort());
  await environment.drive(reading);
  assert.deepEqual(got, ["two", "missing", "three"]);
});

/** A pipeline that follows `texts`, each at its time in milliseconds, for a second. */
async function watched(first: object, texts: readonly (readonly [number, string | object])[]) {
  const environment = createTestEnvironment({ files: createMemoryFiles() });
  const options = { registry: new StageRegistry([counter, add]), path: "p.json" };
  const config = readPipeline(first, options);
  const watch = new PipelineWatch(config, options);
  const out: [number, number][] = [];
  const now = () => Math.round(environment.clock.elapsedNs() / 1e6);
  const graph = buildGraph(config, { ...watch.build, onResult: (_, frame) => void out.push([now(), valueOf(frame)]) });
  const said: string[] = [];
  const following = watch.follow(
    (async function* () {
      for (const [ms, text] of texts) {
        await environment.clock.sleep(ms - now());
        yield typeof text === "string" ? text : JSON.stringify(text);
      }
    })(),
    {
      changing: (diff) => said.push(...formatDiff(diff)),
      changed: () => said.push("changed"),
      refused: (error) => said.push((error as Error).message),
    },
  );
  const running = graph.run(environment, { durationMs: 1000, handleSignals: false });
  await environment.drive(Promise.all([running, following]));
  return { out, said };
}

const pipeline = (by: number, pipeline_config: object = {}) => ({
  pipeline_config,
  nodes: [{ id: "count", type: "Counter" }, { id: "add", type: "Add", config: { by } }],
  connections: [{ from: "count", to: "add" }],
});

Deno.test("PipelineWatch changes a pipeline that triggers itself, also how often", async () => {
  const { out, said } = await watched(pipeline(0, { trigger_every_ms: 200 }), [
    [250, pipeline(50, { trigger_every_ms: 200 })],
    [450, '{ "nodes": [{ "id": "count", "type": "Conter" }] }'],
    [550, pipeline(50, { trigger_every_ms: 100 })],
  ]);
  assert.deepEqual(out.map(([ms, value]) => `${ms}: ${value}`), [
    ...["0: 0", "200: 1", "400: 52", "550: 53", "650: 54", "750: 55", "850: 56", "950: 57"],
  ]);
  assert.deepEqual(said, [
    "~ add: config.by 0 → 50 (made anew)",
    "changed",
    'Cannot use p.json: nodes[0].type: unknown node type "Conter"; did you mean "Counter"?',
    "~ pipeline_config: trigger_every_ms 200 → 100",
    "changed",
  ]);
});

Deno.test("PipelineWatch triggers a pipeline once more after each change, if it does not do so by itself", async () => {
  const { out } = await watched(pipeline(0), [[300, pipeline(7)], [600, pipeline(9, { trigger_count: 2 })]]);
  assert.deepEqual(out, [[0, 0], [300, 8], [600, 11], [600, 12]]);
});

Deno.test("a stop ends the wait for a restart at once, also of a stage that is kept over a change", async () => {
  const environment = createTestEnvironment();
  const process = (frame: DataFrame) => valueOf(frame) === 0 ? frame : Promise.reject(new Error("no"));
  const failing: StageType = { ...add, type: "Fail", create: () => ({ process }) };
  const options = { registry: new StageRegistry([counter, add, failing]), path: "p.json" };
  const config = (every: number) => ({
    pipeline_config: { trigger_every_ms: every },
    nodes: [
      { id: "count", type: "Counter" },
      { id: "fail", type: "Fail", restart: { strategy: "exponential", base_ms: 1e6 }, on_error: "skip" },
    ],
    connections: [{ from: "count", to: "fail" }],
  });
  const read = readPipeline(config(500), options);
  const watch = new PipelineWatch(read, options);
  const texts = (async function* () {
    await environment.clock.sleep(10);
    yield JSON.stringify(config(600));
  })();
  const following = watch.follow(texts, { changing() {}, changed() {}, refused() {} });
  const running = buildGraph(read, watch.build).run(environment, { durationMs: 2000, handleSignals: false });
  const report = await environment.drive(running);
  assert.deepEqual([report.leftBehind, report.elapsedMs], [[], 2000]);
  await environment.drive(following);
});

Deno.test("a stop with a change that never comes through leaves behind who hangs, and who waits for it, and nobody else", async () => {
  const environment = createTestEnvironment();
  const hanging: StageType = { ...add, type: "Hang", create: () => ({ process: () => new Promise(() => {}) }) };
  const options = { registry: new StageRegistry([counter, add, hanging]), path: "p.json" };
  const config = (by: number) => ({
    pipeline_config: { stage_timeout_ms: 0, trigger_every_ms: 100 },
    nodes: [...pipeline(by).nodes, { id: "hang", type: "Hang" }],
    connections: [{ from: "count", to: "hang" }, { from: "hang", to: "add" }],
  });
  const read = readPipeline(config(0), options);
  const watch = new PipelineWatch(read, options);
  const texts = (async function* () {
    await environment.clock.sleep(250);
    yield JSON.stringify(config(1));
  })();
  const refused: unknown[] = [];
  const following = watch.follow(texts, { changing() {}, changed() {}, refused: (error) => refused.push(error) });
  const running = buildGraph(read, watch.build).run(environment, { durationMs: 1000, handleSignals: false });
  const { leftBehind } = await environment.drive(running);
  await environment.drive(following);
  assert.deepEqual([leftBehind.toSorted(), refused.map((error) => (error as Error).message)], [
    ["hang"],
    ["Cannot change the pipeline: it has ended"],
  ]);
});
