// Goal: a pipeline that runs becomes another one, and no frame is lost, doubled or out of order. Method: sources that
// count, stages that say which they are, and virtual time.
import assert from "node:assert/strict";
import { add, make, numberFrame, stageType, valueOf, values, world } from "./_fixture_test.ts";
import { MemoryWorkers } from "./_workers_test.ts";
import type { Services } from "../runtime/mod.ts";
import { OWN_MODULE } from "./placement.ts";
import { createFrame, type DataFrame } from "./frame.ts";
import type { PipelineOptions } from "./pipeline.ts";
import type { StageType } from "./stage.ts";

const chain = (by = 1, more: object = {}) => ({
  nodes: [{ id: "count", type: "Counter" }, { id: "add", type: "Add", config: { by } }],
  connections: [{ from: "count", to: "add" }],
  ...more,
});

async function started(
  config: unknown,
  types: readonly StageType[] = [],
  options: Partial<PipelineOptions> = {},
  services: Services = {},
) {
  const results: [string, number][] = [];
  const onResult = (end: string, frame: DataFrame) => void results.push([end, valueOf(frame)]);
  const environment = { ...world(), services };
  const { pipeline } = make(config, types, { onResult, environment, ...options });
  await environment.drive(pipeline.start());
  return {
    ...{ pipeline, environment, results },
    drive: <T>(work: Promise<T>) => environment.drive(work),
    trigger: async (count: number) => {
      for (let i = 0; i < count; i++) await environment.drive(pipeline.trigger());
    },
    at: (end: string) => results.filter(([name]) => name === end).map(([, value]) => value),
  };
}

Deno.test("Pipeline.apply() changes a parameter between two frames, and the source before it goes on", async () => {
  const { pipeline, drive, trigger, at } = await started(chain(10));
  await trigger(3);
  const diff = await drive(pipeline.apply(chain(50)));
  assert.deepEqual(diff.changed.map(({ id, fate, values }) => [id, fate, values]), [
    ["add", "anew", [{ path: "config.by", before: 10, after: 50 }]],
  ]);
  await trigger(3);
  await drive(pipeline.stop());
  assert.deepEqual(at("add"), [10, 11, 12, 53, 54, 55]);
});

Deno.test("Pipeline.apply() puts stages in and takes them out, on a path that goes on", async () => {
  const { pipeline, drive, trigger, at } = await started(chain(0));
  await trigger(2);
  const longer = {
    nodes: [...chain(0).nodes, { id: "more", type: "Add", config: { by: 100 } }, { id: "side", type: "Add" }],
    connections: [{ from: "count", to: "add" }, { from: "add", to: "more" }, { from: "count", to: "side" }],
  };
  const diff = await drive(pipeline.apply(longer));
  assert.deepEqual(diff.added.map(({ id }) => id), ["more", "side"]);
  await trigger(2);
  await drive(
    pipeline.apply({ nodes: [longer.nodes[0], longer.nodes[2]], connections: [{ from: "count", to: "more" }] }),
  );
  await trigger(2);
  await drive(pipeline.stop());
  assert.deepEqual(at("add"), [0, 1]);
  assert.deepEqual(at("side"), [3, 4]);
  assert.deepEqual(at("more"), [102, 103, 104, 105]);
});

Deno.test("a bad configuration changes nothing, nor does a stage that cannot be made", async () => {
  const broken = stageType("Broken", () => {
    throw new Error("no such device");
  });
  const hanging: StageType = { ...add, type: "Hanging", create: () => new Promise(() => {}) };
  let closed = 0;
  const closing: StageType = { ...add, type: "Closing", create: () => ({ process() {}, close: () => void closed++ }) };
  const { pipeline, drive, trigger, at } = await started(chain(), [broken, hanging, closing]);
  await trigger(1);
  await assert.rejects(pipeline.apply({ nodes: [{ id: "x", type: "Coutner" }, { id: "x", type: "Add" }] }), {
    code: "CONFIG",
    message: /Coutner.*"x" is the name of nodes\[0\]\.id already/,
  });
  const nodes = [...chain().nodes, { id: "c", type: "Closing" }];
  await assert.rejects(drive(pipeline.apply({ ...chain(), nodes: [...nodes, { id: "b", type: "Broken" }] })), {
    code: "NODE",
    message: 'Cannot make stage "b": no such device',
  });
  await assert.rejects(drive(pipeline.apply({ ...chain(), nodes: [...nodes, { id: "h", type: "Hanging" }] })), {
    code: "TIMEOUT",
  });
  assert.equal(closed, 2, "what was made for it is let go");
  await trigger(1);
  assert.deepEqual([at("add"), pipeline.config.stages.length], [[1, 2], 2]);
  await drive(pipeline.apply(chain(5)));
  await trigger(1);
  await drive(pipeline.stop());
  assert.deepEqual(at("add"), [1, 2, 7]);
});

Deno.test("a stage that is kept keeps its state; one that is not gives what is left in it first", async () => {
  const holding = stageType("Hold", () => () => {}, { parameters: { n: { type: "number", title: "n", default: 0 } } });
  const delaying: StageType = {
    ...holding,
    create() {
      const held: number[] = [];
      return {
        process(frame) {
          held.push(valueOf(frame));
          return held.length > 2 ? numberFrame(held.shift()!) : undefined;
        },
        end: () => held.splice(0).map((value) => numberFrame(value)),
      };
    },
  };
  const config = (n: number, rest = {}) => ({
    nodes: [{ id: "count", type: "Counter" }, { id: "hold", type: "Hold", config: { n }, ...rest }],
    connections: [{ from: "count", to: "hold" }],
  });
  const { pipeline, drive, trigger, at } = await started(config(0), [delaying]);
  await trigger(3);
  const kept = await drive(pipeline.apply(config(0, { on_error: "skip", timeout_ms: 5 })));
  assert.deepEqual(kept.changed.map(({ fate }) => fate), ["kept"]);
  await trigger(1);
  assert.deepEqual(at("hold"), [0, 1]);
  await drive(pipeline.apply(config(1)));
  assert.deepEqual(at("hold"), [0, 1, 2, 3]);
  await trigger(3);
  await drive(pipeline.stop());
  assert.deepEqual(at("hold"), [0, 1, 2, 3, 4, 5, 6]);
});

Deno.test("a stage with several inputs takes all that came before a change on each of them first", async () => {
  const config = (by: number) => ({
    nodes: [
      { id: "count", type: "Counter" },
      { id: "fast", type: "Add", config: { by } },
      { id: "slow", type: "Slow" },
      { id: "join", type: "Join" },
    ],
    connections: [
      { from: "count", to: "fast" },
      { from: "count", to: "slow" },
      { from: "fast", to: "join.a" },
      { from: "slow", to: "join.b" },
    ],
  });
  const slow = stageType("Slow", ({ clock }) => async (frame) => {
    await clock.sleep(100);
    return frame;
  });
  const { pipeline, environment, drive, at } = await started(config(0), [slow]);
  await Promise.all([0, 1, 2].map(() => pipeline.trigger()));
  const applied = pipeline.apply(config(50));
  for (let i = 0; i < 20; i++) await environment.nextTurn();
  await Promise.all([0, 1, 2].map(() => pipeline.trigger()));
  await drive(applied);
  await drive(pipeline.stop());
  const seen = at("join");
  assert.equal(seen.length, 12);
  assert.deepEqual(seen.slice(0, 6).at(-1), 2002, "both inputs, up to the change");
  assert.deepEqual(seen.at(-1), 55_005);
});

Deno.test("Pipeline.apply() while it is paused is done at once, ahead of the triggers that wait", async () => {
  const { pipeline, drive, trigger, at } = await started(chain(0));
  await trigger(1);
  pipeline.pause();
  const waiting = [pipeline.trigger(), pipeline.trigger()];
  await drive(pipeline.apply(chain(50)));
  assert.deepEqual(at("add"), [0]);
  pipeline.resume();
  await drive(Promise.all(waiting));
  await drive(pipeline.stop());
  assert.deepEqual(at("add"), [0, 51, 52]);
});

Deno.test("Pipeline.apply() is refused clearly before a start, after the end, and when too many wait", async () => {
  const { pipeline, environment } = make(chain());
  await assert.rejects(pipeline.apply(chain(2)), { message: "Cannot change the pipeline: it is idle", code: "CLOSED" });
  await environment.drive(pipeline.start());
  const all = Array.from({ length: 18 }, (_, i) => pipeline.apply(chain(i + 2)));
  const outcomes = await environment.drive(Promise.allSettled(all));
  assert.deepEqual(outcomes.map(({ status }) => status).filter((status) => status === "rejected").length, 2);
  assert.match(String((outcomes[17] as PromiseRejectedResult).reason.message), /^Cannot take another change: 16 wait/);
  assert.equal(pipeline.config.stages[1]!.config.by, 17);
  const late = pipeline.apply(chain(90));
  const stopped = pipeline.stop();
  await assert.rejects(environment.drive(late), { code: "CLOSED" });
  await environment.drive(stopped);
  await assert.rejects(pipeline.apply(chain(2)), { message: "Cannot change the pipeline: it is stopped" });
});

Deno.test("Pipeline.apply() that changes nothing is done at once", async () => {
  const { pipeline, drive } = await started(chain(1));
  const { nodes, connections } = chain(1);
  assert.equal((await pipeline.apply({ connections, nodes: nodes.toReversed() })).isEmpty, true);
  await drive(pipeline.stop());
});

Deno.test("a change waits for a stage that waits for its restart", async () => {
  let fails = true;
  const flaky = stageType("Flaky", () => (frame) => {
    if (fails && valueOf(frame) === 1) throw new Error("not yet");
    return frame;
  });
  const config = (by: number) => ({
    nodes: [
      { id: "count", type: "Counter" },
      {
        ...{ id: "flaky", type: "Flaky" },
        restart: { strategy: "exponential", base_ms: 1000, max_attempts: 3, jitter: 0 },
      },
      { id: "add", type: "Add", config: { by } },
    ],
    connections: [{ from: "count", to: "flaky" }, { from: "flaky", to: "add" }],
  });
  const { pipeline, environment, drive, at } = await started(config(0), [flaky]);
  const sent = [pipeline.trigger(), pipeline.trigger(), pipeline.trigger()];
  await Promise.all(sent);
  const applied = pipeline.apply(config(10));
  for (let i = 0; i < 20; i++) await environment.nextTurn();
  assert.deepEqual(at("add"), [0]);
  fails = false;
  await drive(applied);
  assert.ok(environment.clock.elapsedNs() >= 1e9);
  await drive(pipeline.trigger());
  await drive(pipeline.stop());
  assert.deepEqual(at("add"), [0, 1, 2, 13]);
});

Deno.test("a change behind a stage that hangs comes when its time is over, or fails with the pipeline", async () => {
  const hanging = stageType("Hang", () => (frame) => valueOf(frame) === 1 ? new Promise(() => {}) : frame);
  const config = (on_error: string, by: number) => ({
    nodes: [
      { id: "count", type: "Counter" },
      { id: "hang", type: "Hang", timeout_ms: 500, on_error },
      { id: "add", type: "Add", config: { by } },
    ],
    connections: [{ from: "count", to: "hang" }, { from: "hang", to: "add" }],
  });
  const skipping = await started(config("skip", 0), [hanging]);
  await Promise.all([0, 1, 2].map(() => skipping.pipeline.trigger()));
  await skipping.drive(skipping.pipeline.apply(config("skip", 10)));
  await skipping.trigger(1);
  await skipping.drive(skipping.pipeline.stop());
  assert.deepEqual(skipping.at("add"), [0, 2, 13]);

  const failing = await started(config("propagate", 0), [hanging]);
  await Promise.all([0, 1, 2].map(() => failing.pipeline.trigger()));
  await assert.rejects(failing.drive(failing.pipeline.apply(config("propagate", 10))), { code: "TIMEOUT" });
  assert.equal(failing.pipeline.state, "failed");
  await assert.rejects(failing.pipeline.apply(config("skip", 1)), {
    message: "Cannot change the pipeline: it is failed",
  });
});

Deno.test("a removed stage is closed, one that failed on the way to a change too", async () => {
  const open = new Set<string>();
  const held: StageType = {
    ...add,
    type: "Held",
    create(_, { id }) {
      open.add(id);
      return { process: (frame) => frame, close: () => void open.delete(id) };
    },
  };
  const failing = stageType("Fail", () => (frame) => {
    if (valueOf(frame) === 2) throw new Error("two");
    return frame;
  });
  const config = (ids: readonly string[]) => ({
    nodes: [{ id: "count", type: "Counter" }, { id: "fail", type: "Fail" }, ...ids.map((id) => ({ id, type: "Held" }))],
    connections: [{ from: "count", to: "fail" }, ...ids.map((id) => ({ from: "fail", to: id }))],
  });
  const { pipeline, drive, trigger } = await started(config(["a", "b"]), [held, failing]);
  await trigger(1);
  await drive(pipeline.apply(config(["b", "c"])));
  assert.deepEqual([...open], ["b", "c"]);
  await trigger(1);
  const sent = pipeline.trigger();
  await assert.rejects(drive(pipeline.apply(config(["c", "d"]))), { code: "NODE" });
  await sent;
  await pipeline.close();
  assert.deepEqual([...open], []);
});

Deno.test("executeOnce() begins anew with the new configuration", async () => {
  const { pipeline, drive } = await started(chain(10));
  await drive(pipeline.executeOnce());
  await drive(pipeline.apply(chain(20)));
  assert.deepEqual(values(await drive(pipeline.executeOnce(createFrame())), "add"), [20]);
  await drive(pipeline.close());
});

Deno.test("a stage in a worker keeps its state over a change of others, and is made anew when its own parameters change", async () => {
  const sum: StageType = {
    ...stageType("Sum", (_, { from }) => {
      let total = from as number;
      return (frame) => numberFrame(total += valueOf(frame), frame.sequenceId);
    }, { parameters: { from: { type: "number", title: "First", default: 0 } }, updates: ["from"] }),
    module: OWN_MODULE,
  };
  const config = (by: number, from = 0) => ({
    pipeline_config: { channel_capacity: 3 },
    nodes: [...chain(by).nodes, { id: "sum", type: "Sum", config: { from }, placement: "worker" }],
    connections: [{ from: "count", to: "add" }, { from: "add", to: "sum" }],
  });
  const workers = new MemoryWorkers([sum]);
  const { pipeline, drive, trigger, at } = await started(config(0), [sum], {}, { workers });
  await trigger(3);
  await drive(pipeline.apply(config(50)));
  await trigger(2);
  const { changed } = await drive(pipeline.apply(config(50, 7)));
  assert.deepEqual(changed.map(({ id, fate }) => [id, fate]), [["sum", "anew"]]);
  await trigger(2);
  await drive(pipeline.stop());
  assert.deepEqual(at("sum"), [0, 1, 3, 56, 110, 62, 118]);
  assert.deepEqual([workers.opened, workers.ended], [2, 2]);
});
