// Goal: a stage that is restarted by hand under load begins anew, no frame is lost or comes twice, and a replay restarts it
// at the same frames. Method: numbered frames, stages that count what they have seen, virtual time.
import assert from "node:assert/strict";
import { Graph } from "../runtime/mod.ts";
import { add, counter, stageType, world } from "./_fixture_test.ts";
import { buildGraph } from "./build.ts";
import { readPipeline } from "./config.ts";
import { createFrame } from "./frame.ts";
import { PipelineMetrics } from "./metrics.ts";
import { createPipeline } from "./pipeline.ts";
import { StageRegistry } from "./registry.ts";
import { defineStage } from "./stage.ts";

interface Passed {
  readonly frame: number;
  readonly seen: number;
  readonly chance: number;
}

/** Says how many frames it has seen, takes its time, and counts how many of it are there at once. */
function seeing(lives: { now: number; most: number }) {
  return defineStage({
    ...{ type: "Seeing", title: "", category: "test", parameters: {} },
    create(_, { clock, random }) {
      let seen = 0;
      lives.most = Math.max(lives.most, ++lives.now);
      return {
        async process({ sequenceId }) {
          await clock.sleep(random.int(4));
          return createFrame({ sequenceId, metadata: { frame: sequenceId, seen: ++seen, chance: random.next() } });
        },
        end: () => createFrame({ sequenceId: 0, metadata: { frame: -1, seen, chance: 0 } }),
        close: () => void lives.now--,
      };
    },
  });
}

const config = {
  pipeline_config: { channel_capacity: 4 },
  nodes: [{ id: "n", type: "Counter" }, { id: "s", type: "Seeing" }, { id: "a", type: "Add" }],
  connections: [{ from: "n", to: "s" }, { from: "n", to: "a" }],
};

Deno.test("a stage that is restarted 20 times under load loses no frame and gives none twice, and replays the same", async () => {
  const lives = { now: 0, most: 0 };
  const registry = new StageRegistry([counter, add, seeing(lives)]);
  const environment = world();
  const passed: Passed[] = [];
  const observer = new PipelineMetrics();
  const pipeline = createPipeline(config, {
    ...{ registry, environment, observer, run: { record: "/runs", seed: "one" } },
    onResult: (end, { metadata }) => end === "s" && passed.push(metadata as unknown as Passed),
  });
  const { drive, clock } = environment;
  await drive(pipeline.start());
  const feed = async () => {
    for (let i = 0; i < 400; i++) await pipeline.trigger();
  };
  const restart = async () => {
    for (let i = 0; i < 20; i++) {
      await clock.sleep(7);
      await pipeline.restart("s");
    }
  };
  await drive(Promise.all([feed(), restart()]));
  const report = await drive(pipeline.stop());
  const ofFrames = passed.filter(({ frame }) => frame >= 0);
  assert.deepEqual(ofFrames.map(({ frame }) => frame), Array.from({ length: 400 }, (_, i) => i));
  // What was left in each came out before its successor's first frame.
  assert.equal(passed.length, 421);
  assert.ok(
    passed.every(({ frame, seen }, i) => frame >= 0 || seen === (passed[i - 1]!.frame >= 0 ? passed[i - 1]!.seen : 0)),
  );
  assert.equal(ofFrames.filter(({ seen }) => seen === 1).length, 21);
  assert.equal(observer.stages().find(({ id }) => id === "s")!.restarts, 20);
  assert.deepEqual(lives, { now: 0, most: 1 });

  const replayed = buildGraph(readPipeline(config, { registry }), { changes: { registry } });
  const nodes = replayed.nodes.filter(({ name }) => name !== "trigger");
  const { verify } = await drive(Graph.of(...nodes).replay(report!.recording!, environment, { verify: true }));
  assert.equal(verify!.divergence, undefined);
  assert.equal(verify!.channels.find(({ name }) => name === "s")!.recorded, 421);
});

Deno.test("a source that gives frames by itself is restarted when the one before is gone", async () => {
  const lives = { now: 0, most: 0 };
  const source = defineStage({
    ...{ type: "Ticks", title: "", category: "source", inputs: [], selfDriven: true, parameters: {} },
    create(_, { clock, signal, emit }) {
      lives.most = Math.max(lives.most, ++lives.now);
      return {
        process: () => undefined,
        async run() {
          for (let i = 0; !signal.aborted; i++) {
            await emit(createFrame({ sequenceId: i }));
            await clock.sleep(10);
          }
        },
        close: () => void lives.now--,
      };
    },
  });
  const registry = new StageRegistry([source, add]);
  const environment = world();
  const numbers: number[] = [];
  const pipeline = createPipeline({
    nodes: [{ id: "t", type: "Ticks" }, { id: "a", type: "Add" }],
    connections: [{ from: "t", to: "a" }],
  }, { registry, environment, onResult: (_, { sequenceId }) => numbers.push(sequenceId) });
  const { drive, clock } = environment;
  await drive(pipeline.start());
  await drive(clock.sleep(35));
  await drive(pipeline.restart("t"));
  await drive(clock.sleep(25));
  await drive(pipeline.stop());
  assert.deepEqual(numbers, [0, 1, 2, 3, 0, 1, 2]);
  assert.deepEqual(lives, { now: 0, most: 1 });
});

Deno.test("a stage that cannot be made when it is restarted fails on its next frame, by its policy", async () => {
  let isThere = true;
  const fussy = stageType("Fussy", () => {
    if (!isThere) throw new Error("not now");
    return (frame) => frame;
  });
  const environment = world();
  const registry = new StageRegistry([counter, fussy]);
  const numbers: number[] = [];
  const pipeline = createPipeline({
    nodes: [{ id: "n", type: "Counter" }, { id: "f", type: "Fussy", on_error: "skip" }],
    connections: [{ from: "n", to: "f" }],
  }, { registry, environment, onResult: (_, { sequenceId }) => numbers.push(sequenceId) });
  const { drive } = environment;
  await drive(pipeline.start());
  const trigger = () => drive(pipeline.trigger());
  await trigger();
  isThere = false;
  await drive(pipeline.restart("f"));
  await trigger();
  await trigger();
  isThere = true;
  await trigger();
  await drive(pipeline.stop());
  assert.deepEqual(numbers, [0, 3]);
  await assert.rejects(drive(pipeline.restart("f")), { code: "CLOSED" });
});

Deno.test("a stage that is not there is not restarted, and the pipeline goes on", async () => {
  const environment = world();
  const { drive } = environment;
  const pipeline = createPipeline({ nodes: [{ id: "n", type: "Counter" }] }, {
    registry: new StageRegistry([counter]),
    environment,
  });
  await assert.rejects(pipeline.restart("n"), { code: "CLOSED" });
  await drive(pipeline.start());
  await assert.rejects(drive(pipeline.restart("x")), { code: "NOT_FOUND", message: /stage "x".*has n/ });
  await drive(pipeline.restart("n"));
  await drive(pipeline.stop());
});
