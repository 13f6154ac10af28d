// Goal: several stages may give up frames to one channel, and whoever reads it or writes the configuration down sees one.
import assert from "node:assert/strict";
import { Graph } from "../runtime/mod.ts";
import { counter, failing, make, stageType, values, world } from "./_fixture_test.ts";
import { buildGraph } from "./build.ts";
import { readPipeline } from "./config.ts";
import { StageRegistry } from "./registry.ts";
import { writePipeline } from "./write_config.ts";

/** Two stages that fail on every second frame, and what they give up. */
const config = (isRead: boolean) => ({
  pipeline_config: { trigger_every_ms: 10, trigger_count: 6 },
  nodes: [
    { id: "count", type: "Counter" },
    { id: "a", type: "Failing", on_error: "skip", dead_letters: "lost" },
    { id: "b", type: "Failing", on_error: "skip", dead_letters: "lost" },
    ...isRead ? [{ id: "reader", type: "Whose" }] : [],
  ],
  connections: [
    { from: "count", to: "a" },
    { from: "count", to: "b" },
    ...isRead ? [{ from: "lost", to: "reader" }] : [],
  ],
});

const types = () => [
  failing((call) => call % 4 < 2),
  stageType("Whose", () => ({ metadata, ...frame }) => ({
    ...frame,
    metadata: { whose: (metadata.dead_letter as { stage: string }).stage },
  })),
];

Deno.test("two stages share a channel of dead letters, as an end", async () => {
  const { pipeline, environment } = make(config(false), types());
  const once = await environment.drive(pipeline.executeOnce());
  assert.deepEqual([...once.keys()].sort(), ["a", "b", "lost"]);
  await environment.drive(pipeline.start());
  for (let i = 0; i < 6; i++) await environment.drive(pipeline.trigger());
  await environment.drive(pipeline.stop());
  const { results } = pipeline;
  const all = [...values(results, "a"), ...values(results, "b"), ...values(results, "lost")].sort();
  assert.deepEqual(all, [0, 1, 2, 3, 4, 5].flatMap((n) => [n, n]));
  assert.ok(values(results, "lost").length > 3, "both gave some up");
});

Deno.test("who is connected to a channel of dead letters gets those of all stages, and a replay has them in that order", async () => {
  const environment = world();
  const read = () => readPipeline(config(true), { registry: new StageRegistry([counter, ...types()]) });
  const whose: unknown[] = [];
  const onResult = (end: string, { metadata }: { metadata: Readonly<Record<string, unknown>> }) =>
    void (end === "reader" && whose.push(metadata.whose));
  const { recording } = await environment.drive(buildGraph(read(), { onResult }).run(environment, { record: "/runs" }));
  assert.deepEqual([...new Set(whose)].sort(), ["a", "b"]);
  const [, ...stages] = buildGraph(read()).nodes;
  const { verify } = await environment.drive(Graph.of(...stages).replay(recording!, environment, { verify: true }));
  assert.equal(verify!.divergence, undefined);
});

Deno.test("a configuration with shared dead letters is written as it was read", () => {
  const registry = new StageRegistry([counter, ...types()]);
  const read = readPipeline(config(true), { registry });
  const written = writePipeline(read);
  assert.deepEqual(written.connections, config(true).connections);
  assert.deepEqual(written.nodes.map(({ dead_letters }) => dead_letters), [undefined, "lost", "lost", undefined]);
  assert.deepEqual(readPipeline(written, { registry }), read);
});

Deno.test("dead letters may not go to a channel that is something else", () => {
  const registry = new StageRegistry([counter, ...types()]);
  const bad = { ...config(false), nodes: config(false).nodes.map((node) => ({ ...node, dead_letters: "a" })) };
  assert.throws(() => readPipeline(bad, { registry }), /"a" is the name of nodes\[0\]\.dead_letters already/);
});

Deno.test("a stage that joins or leaves a channel of dead letters while the pipeline runs loses nothing", async () => {
  const { pipeline, environment } = make(config(false), types());
  await environment.drive(pipeline.start());
  const shared = config(false);
  const alone = {
    ...shared,
    nodes: shared.nodes.map((node) => node.id === "b" ? { ...node, dead_letters: "b lost" } : node),
  };
  let sent = 0;
  for (const next of [alone, shared, alone]) {
    for (let i = 0; i < 5; i++, sent++) await environment.drive(pipeline.trigger());
    await environment.drive(pipeline.apply(next));
  }
  await environment.drive(pipeline.stop());
  const { results } = pipeline;
  const count = ["a", "b", "lost", "b lost"].reduce((sum, end) => sum + (results.get(end)?.length ?? 0), 0);
  assert.equal(count, sent * 2);
});
