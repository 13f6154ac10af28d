// Goal: a pipeline whose sources give frames by themselves is changed as others are: a source that is kept goes on as if
// nothing were, one that is not ends and makes room for the next. Method: sources that tick, and virtual time.
import assert from "node:assert/strict";
import { Graph } from "../runtime/mod.ts";
import { add, make, numberFrame, valueOf } from "./_fixture_test.ts";
import { buildGraph } from "./build.ts";
import { readPipeline } from "./config.ts";
import type { DataFrame } from "./frame.ts";
import { StageRegistry } from "./registry.ts";
import { defineStage } from "./stage.ts";

/** `from`, `from` + 1, … every 10 ms, `count` times. */
const ticker = defineStage({
  ...{ type: "Ticker", title: "Ticks", category: "source", inputs: [], selfDriven: true },
  parameters: {
    from: { type: "integer", title: "First", default: 0 },
    count: { type: "integer", title: "How many", default: 1e6 },
  },
  create(config, { clock, emit, signal }) {
    const { from, count } = config as { from: number; count: number };
    return {
      process: () => undefined,
      async run() {
        for (let i = from; i < from + count && !signal.aborted; i++) {
          await clock.sleep(10);
          await emit(numberFrame(i));
        }
      },
    };
  },
});

const config = (ticks: object, by: number, more: readonly string[] = []) => ({
  pipeline_config: { channel_capacity: 2 },
  nodes: [
    { id: "ticks", type: "Ticker", config: ticks },
    { id: "add", type: "Add", config: { by } },
    ...more.map((id) => ({ id, type: "Add", config: { by: 0 } })),
  ],
  connections: [{ from: "ticks", to: "add" }, ...more.map((to) => ({ from: "ticks", to }))],
});

async function started(first: object, record = false) {
  const got: string[] = [];
  const onResult = (end: string, frame: DataFrame) => void got.push(`${end} ${valueOf(frame)}`);
  const run = record ? { run: { record: "/runs" } } : {};
  const { pipeline, environment } = make(first, [ticker], { onResult, ...run });
  await environment.drive(pipeline.start());
  const pass = (ms: number) => environment.drive(environment.clock.sleep(ms));
  return { pipeline, environment, got, pass, drive: environment.drive };
}

Deno.test("a source that gives frames by itself goes on over a change of others, none lost and none twice", async () => {
  const { pipeline, got, pass, drive } = await started(config({}, 0));
  await pass(35);
  await drive(pipeline.apply(config({}, 50)));
  await pass(30);
  await drive(pipeline.apply(config({}, 50, ["side"])));
  await pass(20);
  await drive(pipeline.apply(config({}, 0)));
  await pass(10);
  await drive(pipeline.stop());
  assert.deepEqual(
    got.filter((each) => each.startsWith("add")),
    [0, 1, 2, 53, 54, 55, 56, 57, 8, 9].map((n) => `add ${n}`),
  );
  assert.deepEqual(got.filter((each) => each.startsWith("side")), ["side 6", "side 7"]);
});

Deno.test("a source that gives frames by itself and is changed ends, and the next takes its place", async () => {
  const { pipeline, got, pass, drive } = await started(config({}, 0));
  await pass(35);
  await drive(pipeline.apply(config({ from: 100 }, 0)));
  await pass(25);
  await drive(pipeline.stop());
  assert.deepEqual(got, [0, 1, 2, 3, 100, 101, 102].map((n) => `add ${n}`).slice(0, got.length));
  assert.ok(got.length >= 6);
});

Deno.test("a source that has come to its end begins anew when it is changed, and so does what was behind it", async () => {
  const { pipeline, got, pass, drive } = await started(config({ count: 2 }, 0));
  await pass(100);
  assert.deepEqual(got, ["add 0", "add 1"]);
  await drive(pipeline.apply(config({ count: 3, from: 10 }, 0)));
  await pass(100);
  await drive(pipeline.stop());
  assert.deepEqual(got, ["add 0", "add 1", "add 10", "add 11", "add 12"]);
});

Deno.test("a source is put in, and taken out, while the pipeline runs", async () => {
  const { pipeline, got, pass, drive } = await started(config({}, 0));
  await pass(15);
  const other = { id: "other", type: "Ticker", config: { from: 50 } };
  const { nodes, connections, ...rest } = config({}, 0);
  await drive(pipeline.apply({ ...rest, nodes: [...nodes, other], connections }));
  await pass(20);
  await drive(pipeline.apply({ ...rest, nodes: [nodes[1], other], connections: [{ from: "other", to: "add" }] }));
  await pass(20);
  await drive(pipeline.stop());
  const from = got.map((each) => each.split(" ")).filter(([, value]) => Number(value) >= 50);
  assert.deepEqual(from.map(([, value]) => Number(value)), from.map((_, i) => 50 + i), "each once, in order");
  assert.deepEqual([from[0]![0], from.at(-1)![0]], ["other", "add"]);
});

Deno.test("a replay changes a pipeline with a source that gives frames by itself at the very frame", async () => {
  const { pipeline, environment, pass, drive } = await started(config({}, 0), true);
  await pass(35);
  await drive(pipeline.apply(config({}, 50)));
  await pass(30);
  await drive(pipeline.apply(config({}, 7, ["side"])));
  await pass(20);
  const { nodes, pipeline_config } = config({ from: 500 }, 7);
  const other = { id: "other", type: "Ticker", config: { from: 50 } };
  await drive(
    pipeline.apply({ pipeline_config, nodes: [...nodes, other], connections: [{ from: "other", to: "add" }] }),
  );
  await pass(50);
  const report = await drive(pipeline.stop());
  const registry = new StageRegistry([ticker, add]);
  const graph = buildGraph(readPipeline(config({}, 0), { registry }), { changes: { registry } });
  const replayed = Graph.of(...graph.nodes.filter(({ name }) => name !== "trigger" && name !== "ticks"));
  const { verify } = await drive(replayed.replay(report!.recording!, environment, { verify: true }));
  assert.equal(verify!.divergence, undefined);
  assert.ok(verify!.channels.every(({ equal, recorded }) => equal === recorded && equal > 0));
});
