// Goal: stages that give frames by themselves, and stages with several outputs, have all that other stages have. Method: small
// stages on a virtual clock; what came out is compared frame by frame, also in a replay.
import assert from "node:assert/strict";
import { Graph } from "../runtime/mod.ts";
import { add, counter, make, numberFrame, stageType, valueOf, values, world } from "./_fixture_test.ts";
import { buildGraph } from "./build.ts";
import { readPipeline } from "./config.ts";
import type { DataFrame } from "./frame.ts";
import { StageRegistry } from "./registry.ts";
import { defineStage, type StageType } from "./stage.ts";

/** 0, 1, 2, … every 10 ms; fails as `fails` says of the number that comes next, over all that were ever made. */
function ticker(fails: (next: number) => boolean = () => false): StageType {
  let next = 0;
  return defineStage({
    type: "Ticker",
    title: "Ticks",
    category: "source",
    inputs: [],
    selfDriven: true,
    parameters: {},
    create: (_, { clock, emit, signal }) => ({
      process: () => numberFrame(next++),
      async run() {
        while (!signal.aborted && next < 8) {
          await clock.sleep(10);
          if (fails(next)) throw new RangeError(`${next++} is wrong`);
          await emit(numberFrame(next++));
        }
      },
    }),
  });
}

/** Numbers from 0, odd ones on the second output. */
const parity: StageType = {
  ...stageType("Parity", ({ emit }) => async (frame) => {
    if (valueOf(frame) % 2 === 0) return frame;
    await emit(frame, "odd");
    return undefined;
  }),
  outputs: ["even", "odd"],
};

async function run(config: unknown, types: readonly StageType[]) {
  const environment = world();
  const got: string[] = [];
  const graph = buildGraph(readPipeline(config, { registry: new StageRegistry([counter, add, ...types]) }), {
    onResult: (end, frame) => got.push(`${end} ${valueOf(frame)}`),
  });
  const report = await environment.drive(graph.run(environment, { record: "/runs", seed: "a" }));
  return { got, environment, graph, report };
}

const chain = {
  nodes: [{ id: "ticks", type: "Ticker" }, { id: "more", type: "Add" }],
  connections: [{ from: "ticks", to: "more" }],
};

Deno.test("a stage that is driven by nobody gives frames until it is over, and there is nobody who triggers", async () => {
  const { got, graph } = await run(chain, [ticker()]);
  assert.deepEqual(got, [1, 2, 3, 4, 5, 6, 7, 8].map((value) => `more ${value}`));
  assert.deepEqual(graph.nodes.map(({ name }) => name), ["ticks", "more"]);
});

Deno.test("what comes of a stage that is driven by nobody replays as it was", async () => {
  const { environment, report } = await run(chain, [ticker()]);
  const { nodes } = buildGraph(readPipeline(chain, { registry: new StageRegistry([ticker(), add]) }));
  const [, more] = nodes;
  const replay = Graph.of(more!).replay(report.recording!, environment, { verify: true });
  const { verify } = await environment.drive(replay);
  assert.equal(verify!.divergence, undefined);
  assert.equal(verify!.channels[0]!.recorded, 8);
});

Deno.test("one that fails is made anew as its restart says, and its policy has the last word", async () => {
  const fails = (next: number) => next === 2 || next === 5;
  const node = (rest: object) => ({ nodes: [{ id: "ticks", type: "Ticker", ...rest }] });
  const restarted = await run(node({ restart: { strategy: "exponential", base_ms: 50, jitter: 0 } }), [ticker(fails)]);
  assert.deepEqual(restarted.got, [0, 1, 3, 4, 6, 7].map((value) => `ticks ${value}`));
  assert.match(
    restarted.environment.said[0]!.message,
    /Stage "ticks" failed while it ran: 2 is wrong; it is made anew in 50 ms/,
  );
  const breaker = { strategy: "circuit_breaker", error_threshold: 1, timeout_ms: 500 };
  assert.deepEqual((await run(node({ restart: breaker }), [ticker(fails)])).got, restarted.got);
  assert.deepEqual((await run(node({ on_error: "skip" }), [ticker(fails)])).got, ["ticks 0", "ticks 1"]);
  await assert.rejects(run(node({}), [ticker(fails)]), { code: "NODE", message: /"ticks" failed while it ran: 2 is/ });
});

Deno.test("stop() ends a stage that would go on for ever, and pause() holds it", async () => {
  const { pipeline, environment } = make({ nodes: [{ id: "ticks", type: "Ticker" }] }, [ticker()]);
  await environment.drive(pipeline.start());
  await environment.drive(environment.clock.sleep(25));
  assert.deepEqual(values(pipeline.results, "ticks"), [0, 1]);
  pipeline.pause();
  await environment.drive(environment.clock.sleep(100));
  assert.deepEqual(values(pipeline.results, "ticks"), [0, 1]);
  await assert.rejects(pipeline.trigger("ticks"), { code: "NOT_FOUND", message: /the sources are none/ });
  pipeline.resume();
  await environment.drive(environment.clock.sleep(15));
  await environment.drive(pipeline.stop());
  assert.ok(values(pipeline.results, "ticks").length < 8);
});

Deno.test("executeOnce() takes the next frame of a stage that is driven by nobody", async () => {
  const { pipeline, environment } = make(chain, [ticker()]);
  for (const value of [1, 2, 3]) {
    assert.deepEqual(values(await environment.drive(pipeline.executeOnce()), "more"), [value]);
  }
  await pipeline.close();
});

Deno.test("a stage may have several outputs, each a channel: the first is its id, the others are id.output", async () => {
  const nodes = [{ id: "count", type: "Counter" }, { id: "split", type: "Parity" }, { id: "one", type: "Add" }, {
    id: "ten",
    type: "Add",
    config: { by: 10 },
  }];
  const connections = [{ from: "count", to: "split" }, { from: "split.even", to: "one" }, {
    from: "split.odd",
    to: "ten",
  }];
  const config = { pipeline_config: { trigger_count: 4 }, nodes, connections };
  assert.deepEqual((await run(config, [parity])).got.sort(), ["one 1", "one 3", "ten 11", "ten 13"]);
  const { pipeline, environment } = make(config, [parity]);
  const once = async () => await environment.drive(pipeline.executeOnce());
  assert.deepEqual([values(await once(), "one"), values(await once(), "ten")], [[1], [11]]);
});

Deno.test("readPipeline() knows outputs, and says which there are", () => {
  const read = (nodes: object[], connections: object[]) => () =>
    readPipeline({ nodes, connections }, { registry: new StageRegistry([parity, add]) });
  const [split, one] = [{ id: "split", type: "Parity" }, { id: "one", type: "Add" }];
  assert.throws(read([split, one], [{ from: "split.odds", to: "one" }]), {
    message: /connections\[0\]\.from: "split" has no output "odds"; did you mean "odd"\?/,
  });
  assert.throws(read([split, { ...one, id: "split.odd" }], []), {
    message: /"split\.odd" is the name of an output of nodes\[0\] already/,
  });
  assert.throws(read([{ ...one, id: "split.odd" }, split], []), {
    message: /nodes\[1\]\.id: its output "split\.odd" is the name of nodes\[0\]/,
  });
  assert.throws(read([split], [{ from: "split.odd", to: "split" }]), { message: /split → split is a circle/ });
});

Deno.test("a frame for an output that is not there, or that is none, is an error of its stage", async () => {
  const wrong = (frame: unknown, output: string): StageType => ({
    ...stageType("Wrong", ({ emit }) => async () => await emit(frame as DataFrame, output)),
    inputs: [],
  });
  const config = { nodes: [{ id: "wrong", type: "Wrong" }] };
  await assert.rejects(run(config, [wrong(numberFrame(1), "odd")]), {
    message: /it gave a frame for output "odd"; Wrong has out/,
  });
  await assert.rejects(run(config, [wrong({ payload: 1 }, "out")]), {
    message: /Stage "wrong" failed on frame 0: it gave no frame/,
  });
});
